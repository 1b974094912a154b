import { type EpochMs, MINUTE, type Window } from '../../../functions/core/time.ts';
import { botColumns, gitlabLogRows, logpushRow, logpushRows } from './axiom-rows.ts';
import { DATASETS } from './builders.ts';
import { bot, requests } from './clients.ts';
import type { AxiomEvent, HttpRequests, RefusedUse, World } from './world.ts';

/** Axiom holds what Logpush sends of the world's traffic so far; what it held of that before is not held twice. */
export function withAxiom(world: World): World {
  return withMissing(world, DATASETS.cloudflare, logpushRows(world));
}

/** Axiom holds GitLab's API log of the world's token uses and refusals so far, each once. */
export function withGitlabLogs(world: World): World {
  return withMissing(world, DATASETS.gitlab, gitlabLogRows(world.gitlab));
}

/** Axiom holds these events, too; the dataset is made where it is not there. */
export function withEvents(world: World, dataset: string, events: readonly AxiomEvent[]): World {
  const { datasets } = world.axiom;
  return { ...world, axiom: { datasets: { ...datasets, [dataset]: [...(datasets[dataset] ?? []), ...events] } } };
}

/** Equal events may be there more than once: two requests in one second are. */
function withMissing(world: World, dataset: string, events: readonly AxiomEvent[]): World {
  const held = new Map<string, number>();
  for (const event of world.axiom.datasets[dataset] ?? []) {
    const key = JSON.stringify(event);
    held.set(key, (held.get(key) ?? 0) + 1);
  }
  const missing = events.filter((event) => {
    const key = JSON.stringify(event);
    const left = held.get(key) ?? 0;
    if (left > 0) held.set(key, left - 1);
    return left === 0;
  });
  return withEvents(world, dataset, missing);
}

export interface FlaggedOptions {
  /** The requests lie evenly in here, the addresses take turns. By default the ten minutes before the start. */
  readonly within?: Window;
  /** Requests of each address; 1 by default. */
  readonly each?: number;
  /** How the requests differ from a bot's visit to the shop's front page; `visibleFrom`: when Axiom shows them. */
  readonly request?: Partial<Omit<HttpRequests, 'at' | 'count'>>;
  /** Columns that hold something else than Logpush would write. */
  readonly columns?: Readonly<Record<string, unknown>>;
}

/** Axiom holds requests that Bot Management scored as a bot's, of addresses Cloudflare's analytics know nothing about. */
export function withFlagged(world: World, addresses: readonly string[], options: FlaggedOptions = {}): World {
  const { within = { start: world.start - 10 * MINUTE, end: world.start }, each = 1, columns } = options;
  const total = addresses.length * each;
  const events = Array.from({ length: total }, (_, index): AxiomEvent => {
    const at = within.start + Math.floor(((index + 0.5) * (within.end - within.start)) / total);
    return flaggedRow(at, addresses[index % addresses.length] ?? '', options.request, columns);
  });
  return withEvents(world, DATASETS.cloudflare, events);
}

/** One request of a bot, as Logpush writes it. */
export function flaggedRow(
  at: EpochMs,
  address: string,
  request: FlaggedOptions['request'] = {},
  columns: FlaggedOptions['columns'] = {},
): AxiomEvent {
  const made = requests(bot(address), at, request);
  return logpushRow(at, made, { ...botColumns(made), ...columns });
}

/** `count` different addresses of the ranges for tests: IPv4 while there are any, then IPv6, each in its own /64. */
export function manyAddresses(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    if (index < BENCHMARK_ADDRESSES) return `198.${18 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
    const network = index - BENCHMARK_ADDRESSES;
    return `2001:db8:${(network >> 15).toString(16)}:${((network & 0x7fff) + 1).toString(16)}::1`;
  });
}

/** `198.18.0.0/15` (RFC 2544). */
const BENCHMARK_ADDRESSES = 1 << 17;

/** An instant in the four forms in which logs carry it (`reference/cloudflare.md` §6.3). */
export function timeForms(at: EpochMs): Readonly<Record<'rfc3339' | 'unix' | 'unixms' | 'unixnano', string | number>> {
  return { rfc3339: new Date(at).toISOString(), unix: Math.floor(at / 1000), unixms: at, unixnano: at * 1_000_000 };
}

/** Requests of an address whose rows are broken in every way, by what is wrong with them. */
export function malformedRows(at: EpochMs, address: string) {
  const row = (columns: Readonly<Record<string, unknown>>) => flaggedRow(at, address, {}, columns);
  return {
    noAddress: row({ ClientIP: null }),
    emptyAddress: row({ ClientIP: '' }),
    noSuchAddress: row({ ClientIP: '198.18.300.1' }),
    addressWithPort: row({ ClientIP: `${address}:443` }),
    scoreAsWords: row({ BotScore: 'likely' }),
    noTime: row({ EdgeStartTimestamp: null }),
    noSuchTime: row({ EdgeStartTimestamp: 'yesterday' }),
  } as const;
}

/** Somebody presented a token that GitLab turned away; only its logs know. */
export function withRefusal(world: World, refusal: RefusedUse): World {
  return { ...world, gitlab: { ...world.gitlab, refusals: [...world.gitlab.refusals, refusal] } };
}
