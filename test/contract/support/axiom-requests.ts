import { findAsked } from '../../../functions/adapters/axiom/asked-sightings.ts';
import type { AxiomClient } from '../../../functions/adapters/axiom/client.ts';
import { findListed } from '../../../functions/adapters/axiom/listed-sightings.ts';
import { openAxiom } from '../../../functions/adapters/axiom/open-axiom.ts';
import { AxiomRequests, type AxiomRequestsOptions } from '../../../functions/adapters/axiom/requests.ts';
import { readTraffic } from '../../../functions/adapters/axiom/traffic.ts';
import { parseAddress } from '../../../functions/core/address.ts';
import { openCase } from '../../../functions/core/case.ts';
import { type EpochMs, HOUR, MINUTE, toIso, type Window } from '../../../functions/core/time.ts';
import { huntSightings } from '../../../functions/extract/hunt-sightings.ts';
import type { Fetch } from '../../../functions/runtime/http.ts';
import {
  AXIOM_STAND_IN_TOKEN,
  type AxiomEvent,
  type AxiomStandInOptions,
  startAxiomStandIn,
} from '../../../infra/local/stand-ins/axiom.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';

export const DATASET = 'edge-logs';
export const GITLAB = 'gitlab.example.com';

/** The hour that is read, and the instant at which it is. */
export const WINDOW: Window = {
  start: Date.parse('2026-03-01T11:00:00Z'),
  end: Date.parse('2026-03-01T12:00:00Z'),
};
const NOW = WINDOW.end + 20 * MINUTE;

/** `count` seconds past eleven. */
export const seconds = (count: number): EpochMs => WINDOW.start + count * 1000;

/** A certain bot's request to the shop, as Logpush writes it; it arrived half a minute later. */
export function request(at: EpochMs, address: unknown, columns: AxiomEvent = {}): AxiomEvent {
  return {
    _time: toIso(at + 30_000),
    '@cloudflare.Dataset': 'http_requests',
    EdgeStartTimestamp: toIso(at),
    ClientIP: address,
    ClientASN: 64500,
    ClientCountry: 'nl',
    ClientRequestHost: 'shop.example.com',
    ClientRequestPath: '/login',
    ClientRequestSource: 'eyeball',
    BotScore: 1,
    BotScoreSrc: 'Heuristics',
    VerifiedBotCategory: '',
    SecuritySources: [],
    JA4: 't13d1516h2_8daaf6152771_02713d6af862',
    ...columns,
  };
}

/** The same by somebody who is no bot. */
export function human(at: EpochMs, address: unknown, columns: AxiomEvent = {}): AxiomEvent {
  return request(at, address, { BotScore: 92, BotScoreSrc: 'Machine Learning', ...columns });
}

/** A request before the window: without any, the dataset has no columns. */
export const EARLIER = human(WINDOW.start - HOUR, '198.51.100.200');

/** Columns that were read before, so that a low limit of rows does not cut them. */
export const COLUMNS_KNOWN: AxiomRequestsOptions['cache'] = {
  get: async () => ({ columns: Object.keys(EARLIER).map((name) => [name, 'string']) }),
  put: async () => {},
};

const HUNT = openCase({
  caseId: 'hunt-1',
  trigger: 'hunt',
  window: { start: toIso(WINDOW.start), end: toIso(WINDOW.end) },
  shadow: false,
});

export interface Setup {
  readonly standIn?: Partial<AxiomStandInOptions>;
  readonly options?: Partial<AxiomRequestsOptions>;
  /** Stands between Axiom and whoever asks. */
  readonly fetch?: Fetch;
}

/** An Axiom with these requests, and what reads them. */
export async function openRequests(requests: readonly AxiomEvent[], setup: Setup = {}) {
  const { standIn = {}, options = {}, fetch: asks = (url, init) => fetch(url, init) } = setup;
  const clock = new FakeClock(NOW);
  const datasets = { [DATASET]: requests };
  const axiom = await startAxiomStandIn({ clock, datasets, requestsPerMinute: 1_000_000, ...standIn });
  const deadline = NOW + 5 * MINUTE;
  const asked: { readonly apl: string; readonly range: Window }[] = [];
  const token = async () => AXIOM_STAND_IN_TOKEN;
  const axiomOptions = { url: axiom.url, token, fetch: asks, clock, random: () => 0.5 };
  const client = openAxiom(axiomOptions);
  const once = openAxiom({ ...axiomOptions, attempts: 1 });
  const noting = (asking: AxiomClient): AxiomRequestsOptions['client'] => ({
    query: async (apl, query) => {
      if (!apl.includes('getschema')) asked.push({ apl, range: query.range });
      return await asking.query(apl, query);
    },
  });
  const requestsOptions: AxiomRequestsOptions = {
    client: noting(client),
    cache: { get: async () => undefined, put: async () => {} },
    dataset: DATASET,
    preset: 'logpush',
    overrides: {},
    gitlabHosts: [GITLAB],
    ipv6PrefixLength: 64,
    slackMs: 30 * MINUTE,
    lateMs: 15 * MINUTE,
    clock,
    ...options,
  };
  const dataset = new AxiomRequests(requestsOptions);
  const inPassing = new AxiomRequests({ ...requestsOptions, client: noting(once) });
  return {
    axiom,
    ingest: (events: readonly AxiomEvent[]) => client.ingest(DATASET, events, deadline),
    /** Every query but the one for the columns. */
    asked,
    find: (window = WINDOW) => findListed(dataset, { window, deadline }),
    /** A hunt's look: the list with the traffic. */
    hunt: (window = WINDOW) =>
      huntSightings(dataset, inPassing)({ caseId: HUNT.caseId, look: 1, state: HUNT, window, deadline }),
    /** Every pause that was made, in milliseconds. */
    pauses: clock.pauses,
    traffic: (window = WINDOW) => readTraffic(dataset, { window, deadline }),
    askBack: (addresses: readonly string[], window = WINDOW) =>
      findAsked(dataset, { addresses: addresses.flatMap((text) => parseAddress(text) ?? []), window, deadline }),
    [Symbol.asyncDispose]: () => axiom.close(),
  };
}
