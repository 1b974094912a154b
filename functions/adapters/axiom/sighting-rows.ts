import * as z from 'zod/mini';
import { networkOf, parseAddress } from '../../core/address.ts';
import { isCloudflareAddress } from '../../core/cloudflare-ranges.ts';
import { withoutQuery } from '../../core/hostile-text.ts';
import type { Sighting } from '../../core/sighting.ts';
import type { EpochMs } from '../../core/time.ts';
import type { AxiomRow } from './client.ts';

/** What a row of a query over Cloudflare's requests is, and how many requests it stands for. */
export type SightingRow =
  | { readonly kind: 'sighting'; readonly sighting: Sighting; readonly onGitlab: boolean }
  /** An address of Cloudflare's own, which is nobody's (`reference/cloudflare.md` §10). */
  | { readonly kind: 'of-cloudflare'; readonly requests: number }
  /** Its address is none. */
  | { readonly kind: 'no-address'; readonly requests: number }
  /** What Axiom worked out for it cannot be read, so that nothing is known of this address. */
  | { readonly kind: 'unreadable'; readonly requests: number };

/** What all rows of a query have in common. */
export interface SightingContext {
  readonly dataset: string;
  readonly method: Sighting['method'];
  readonly ipv6PrefixLength: number;
  readonly askedBack: boolean;
}

/** Numbers of the one row of totals; `oldest` and `newest` where there was any request. */
export interface Totals {
  readonly rows: number;
  readonly requests: number;
  readonly addresses: number;
  readonly ofCloudflare: number;
  readonly onGitlabHosts: number;
  readonly withoutAddress: number;
  readonly scored: number;
  readonly unreadable: number;
  readonly oldest?: EpochMs | undefined;
  readonly newest?: EpochMs | undefined;
}

const MAX_TEXT = 200;

/** A number, also as text; NaN, which no schema takes, for anything else. */
const Numeric = z.pipe(
  z.transform((value: unknown) =>
    typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value,
  ),
  z.number(),
);
const Counted = z.pipe(Numeric, z.number().check(z.gte(0)));
const Instant = z.pipe(
  z.transform((value: unknown) => instantOf(value)),
  z.number(),
);
const Truth = z.pipe(
  z.transform((value: unknown) => value === true || value === 1 || value === 'true'),
  z.boolean(),
);
const Texts = z.pipe(
  z.transform((value: unknown) => textsIn(value)),
  z.array(z.string()),
);
const Score = z.catch(z.optional(z.pipe(Numeric, z.int().check(z.gte(1), z.lte(99)))), undefined);
const Asn = z.catch(z.optional(z.pipe(Numeric, z.int().check(z.gte(1), z.lte(0xffff_ffff)))), undefined);

const Row = z.object({
  address: z.string(),
  gitlab: z.optional(Truth),
  requests: Counted,
  first: Instant,
  last: Instant,
  score: Score,
  asn: Asn,
  countries: z.optional(Texts),
  hosts: z.optional(Texts),
  paths: z.optional(Texts),
  ja4: z.optional(Texts),
});

/** Sums over nothing are null. */
const Sum = z.union([
  Counted,
  z.pipe(
    z.null(),
    z.transform(() => 0),
  ),
]);
const TotalsRow = z.object({
  rows: Sum,
  requests: Sum,
  addresses: Sum,
  ofCloudflare: Sum,
  onGitlabHosts: Sum,
  withoutAddress: Sum,
  scored: Sum,
  unreadable: Sum,
  oldest: z.catch(z.optional(Instant), undefined),
  newest: z.catch(z.optional(Instant), undefined),
});

/** The totals; undefined where the row cannot be read. No row at all is a window without any request. */
export function readTotals(row: AxiomRow | undefined): Totals | undefined {
  return row === undefined ? NOTHING : z.safeParse(TotalsRow, row).data;
}

const NOTHING: Totals = {
  rows: 0,
  requests: 0,
  addresses: 0,
  ofCloudflare: 0,
  onGitlabHosts: 0,
  withoutAddress: 0,
  scored: 0,
  unreadable: 0,
};

/** Reads one row of the list, or of an answer about networks. Never throws: what cannot be read says so. */
export function readSightingRow(row: AxiomRow, context: SightingContext): SightingRow {
  const parsed = z.safeParse(Row, row);
  const counted = z.safeParse(Counted, row.requests).data ?? 0;
  if (!parsed.success || parsed.data.last < parsed.data.first) return { kind: 'unreadable', requests: counted };
  const { requests, gitlab = false, first, last, score, asn, countries, ...lists } = parsed.data;
  const address = parseAddress(parsed.data.address);
  if (address === undefined) return { kind: 'no-address', requests };
  if (isCloudflareAddress(address)) return { kind: 'of-cloudflare', requests };
  const { dataset, method, ipv6PrefixLength, askedBack } = context;
  const country = countries?.find((code) => /^[A-Za-z0-9]{2}$/.test(code))?.toUpperCase();
  const sighting: Sighting = {
    address: address.canonical,
    network: networkOf(address, ipv6PrefixLength),
    original: parsed.data.address,
    seen: { notBefore: first, notAfter: last },
    seenExactly: true,
    requests,
    sampleInterval: 1,
    ...(score === undefined ? {} : { lowestBotScore: score }),
    ...(asn === undefined ? {} : { asn }),
    ...(country === undefined ? {} : { country }),
    ja4: lists.ja4 ?? [],
    hosts: lists.hosts ?? [],
    paths: (lists.paths ?? []).map(withoutQuery),
    zone: { id: `axiom/${dataset}`, name: dataset },
    method,
    confidence: 'high',
    askedBack,
  };
  return { kind: 'sighting', sighting, onGitlab: gitlab };
}

/**
 * RFC 3339, or a number or text of seconds, milliseconds, microseconds or nanoseconds, told apart by size
 * (`reference/cloudflare.md` §6.3), as whole milliseconds; NaN for anything else.
 */
function instantOf(value: unknown): EpochMs {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)) return Date.parse(value);
  const number = typeof value === 'string' && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || number <= 0) return Number.NaN;
  if (number > 1e17) return Math.floor(number / 1e6);
  if (number > 1e14) return Math.floor(number / 1e3);
  return Math.floor(number > 1e11 ? number : number * 1e3);
}

/** A set as a list, or as the JSON text of one; bounded, as clients write most of it. */
function textsIn(value: unknown): string[] {
  const list = typeof value === 'string' ? listIn(value) : value;
  if (!Array.isArray(list)) return [];
  return list.flatMap((one: unknown) => (typeof one === 'string' && one !== '' ? [one.slice(0, MAX_TEXT)] : []));
}

function listIn(text: string): unknown {
  if (!text.startsWith('[')) return [text];
  try {
    return JSON.parse(text);
  } catch {
    // Fails toward the text as it is: it describes an address and decides nothing.
    return [text];
  }
}
