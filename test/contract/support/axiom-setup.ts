import { openAxiom } from '../../../functions/adapters/axiom/open-axiom.ts';
import { HOUR, MINUTE } from '../../../functions/core/time.ts';
import { type AxiomServer, TOKEN } from './axiom-server.ts';

/** Every test's clock starts here. */
export const NOW = Date.parse('2026-03-01T12:00:00Z');
const RANGE = { start: NOW - HOUR, end: NOW };
export const APL = "['requests'] | limit 10";

export interface Setup {
  readonly edge?: boolean;
  /** Put behind the server's URL. */
  readonly path?: string;
  /** The token, then what it is when it is asked for afresh. */
  readonly tokens?: readonly string[];
  /** Milliseconds from now. */
  readonly timeLeft?: number;
}

/** The client against the server, with a clock that only sleeping moves. */
export function connect(server: AxiomServer, setup: Setup = {}) {
  let now = NOW;
  const slept: number[] = [];
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      slept.push(ms);
      now += ms;
    },
  };
  const [first = TOKEN, ...later] = setup.tokens ?? [];
  const reads: string[] = [];
  const url = server.url + (setup.path ?? '');
  const client = openAxiom({
    url: setup.edge ? 'http://127.0.0.1:9' : url,
    edgeUrl: setup.edge ? url : '',
    token: async (options) => {
      reads.push(options?.fresh ? 'fresh' : 'kept');
      return options?.fresh ? (later.shift() ?? first) : first;
    },
    fetch: (target, init) => fetch(target, init),
    clock,
    random: () => 0.5,
  });
  const deadline = NOW + (setup.timeLeft ?? MINUTE);
  return {
    client,
    clock,
    deadline,
    /** Milliseconds of each pause. */
    slept,
    /** How the token was asked for. */
    reads,
    query: (apl = APL) => client.query(apl, { range: RANGE, deadline }),
    ingest: (events: readonly object[]) => client.ingest('report', events, deadline),
  };
}

/** What the promise rejected with, as one text with everything an error carries. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error('it did not fail');
}
