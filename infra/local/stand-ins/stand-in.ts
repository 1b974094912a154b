import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { EpochMs } from '../../../functions/core/time.ts';
import type { Clock } from '../../../functions/runtime/clock.ts';
import { TransientError } from '../../../functions/runtime/errors.ts';

/** A small HTTP server on the loopback address that takes an outside system's place and says so in every answer. */
export interface StandIn {
  /** Short name, for example `gitlab`. */
  readonly name: string;
  /** Where it listens, in the form the product's variable for that system wants. */
  readonly url: string;
  /** Every request so far, oldest first, with the status it was answered with (0: none was sent). */
  readonly seen: readonly SeenRequest[];
  close(): Promise<void>;
}

export interface SeenRequest {
  readonly at: EpochMs;
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly status: number;
}

/** What goes wrong, live: a running stand-in reads it at every request. */
export interface Faults {
  /** Connections are cut without an answer. */
  down: boolean;
  /** Requests are taken and never answered, until the stand-in closes. */
  hang: boolean;
  /** Milliseconds, by the stand-in's clock, before each answer. */
  slowMs: number;
  /** Bodies are cut in the middle, and the connection with them. */
  truncate: boolean;
  /** Given instead of the true answer, each as often as it says, the first that fits first. */
  answers: FaultAnswer[];
}

export interface FaultAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is; anything else as JSON. */
  readonly body?: unknown;
  /** Only requests whose path and query contain this text. */
  readonly path?: string;
  /** How many requests get it; 1 by default. It counts down and leaves the list at 0. */
  times?: number;
}

/** Nothing goes wrong, with whatever is given. */
export function faults(given: Partial<Faults> = {}): Faults {
  return { down: false, hang: false, slowMs: 0, truncate: false, answers: [], ...given };
}

export interface Asked {
  readonly method: string;
  /** Percent-encoded, as sent, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The body, unpacked. */
  readonly text: string;
  /** Scheme, host and port this request came in at. */
  readonly origin: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is (give its content type); anything else as JSON; undefined is an empty body. */
  readonly body?: unknown;
}

export interface Serving {
  readonly name: string;
  readonly clock: Clock;
  /** 0 or nothing: any free port. */
  readonly port?: number;
  readonly faults: Faults;
  /** Appended to the origin to make `url`. */
  readonly urlPath?: string;
  readonly answer: (asked: Asked) => Answer | Promise<Answer>;
  /** The largest body taken, in bytes, once unpacked; 1 MB by default. The connection of a larger one is cut. */
  readonly largestBody?: number;
  /** Whether bodies may be packed with gzip; they are taken as they are by default. */
  readonly gzip?: boolean;
}

const LARGEST_BODY = 1024 * 1024;
const REQUESTS_KEPT = 10_000;

/**
 * Starts a stand-in on 127.0.0.1. Faults come before the system's own answer.
 * @throws TransientError when the port cannot be had.
 */
export async function serve(serving: Serving): Promise<StandIn> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const remember = (status: number) => {
      seen.push({ at: serving.clock.now(), method: request.method ?? '', target: request.url ?? '', status });
      if (seen.length > REQUESTS_KEPT) seen.shift();
    };
    handle(serving, request, response, remember).catch((error: unknown) => {
      // A stand-in's own bug must be seen by whoever asked, not waited for.
      send(response, { status: 500, body: { standIn: serving.name, error: String(error) } }, serving, false);
      remember(500);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new TransientError(`${serving.name} stand-in cannot listen`, error)));
    server.listen(serving.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    name: serving.name,
    url: `http://127.0.0.1:${port}${serving.urlPath ?? ''}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(
  serving: Serving,
  request: IncomingMessage,
  response: ServerResponse,
  remember: (status: number) => void,
): Promise<void> {
  const { faults, clock } = serving;
  const text = await readBody(request, serving);
  if (faults.down || faults.hang || text === undefined) {
    remember(0);
    if (!faults.hang) request.socket.destroy();
    return;
  }
  if (faults.slowMs > 0) await clock.sleep(faults.slowMs);
  const origin = `http://${request.headers.host ?? '127.0.0.1'}`;
  const url = new URL(request.url ?? '/', origin);
  const answer =
    takeFault(faults, request.url ?? '/') ??
    (await serving.answer({
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      text,
      origin,
    }));
  send(response, answer, serving, faults.truncate);
  remember(answer.status);
}

function takeFault(faults: Faults, target: string): Answer | undefined {
  const index = faults.answers.findIndex(({ path }) => path === undefined || target.includes(path));
  const answer = faults.answers[index];
  if (answer === undefined) return undefined;
  answer.times = (answer.times ?? 1) - 1;
  if (answer.times <= 0) faults.answers.splice(index, 1);
  return answer;
}

function send(response: ServerResponse, answer: Answer, serving: Serving, truncate: boolean): void {
  const isText = typeof answer.body === 'string';
  const text = isText ? String(answer.body) : answer.body === undefined ? '' : JSON.stringify(answer.body);
  const bytes = Buffer.from(text, 'utf8');
  response.writeHead(answer.status, {
    server: `latchkey-stand-in/${serving.name}`,
    ...(isText || answer.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...answer.headers,
    'content-length': String(bytes.length),
  });
  if (!truncate) {
    response.end(bytes);
    return;
  }
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
}

/** The whole body as text; undefined when it is larger than the system takes, cannot be unpacked, or was cut. */
async function readBody(request: IncomingMessage, { largestBody, gzip }: Serving): Promise<string | undefined> {
  const largest = largestBody ?? LARGEST_BODY;
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of request) {
      const bytes = Buffer.from(part);
      size += bytes.length;
      if (size > largest) return undefined;
      parts.push(bytes);
    }
    const body = Buffer.concat(parts);
    const isPacked = gzip === true && request.headers['content-encoding'] === 'gzip';
    return (isPacked ? gunzipSync(body, { maxOutputLength: largest }) : body).toString('utf8');
  } catch {
    // The caller went away, or sent what nobody can unpack: there is nothing to answer.
    return undefined;
  }
}

/**
 * Counts requests per key over a sliding span of time.
 * @param limit requests allowed per `spanMs` and key.
 */
export function rateLimit(limit: number, spanMs: number, clock: Clock) {
  const taken = new Map<string, EpochMs[]>();
  return {
    /** Takes one, or says how many milliseconds are left until one is free. */
    take(key: string): { readonly free: number } | { readonly waitMs: number } {
      const now = clock.now();
      const recent = (taken.get(key) ?? []).filter((at) => at > now - spanMs);
      const first = recent[0];
      taken.set(key, recent);
      if (recent.length >= limit && first !== undefined) return { waitMs: first + spanMs - now };
      recent.push(now);
      return { free: limit - recent.length };
    },
  };
}
