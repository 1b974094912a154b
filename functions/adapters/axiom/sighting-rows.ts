import * as z from 'zod/mini';
import { networkOf, parseAddress } from '../../core/address.ts';
import { isCloudflareAddress } from '../../core/cloudflare-ranges.ts';
import type { Sighting } from '../../core/sighting.ts';
import type { AxiomRow } from './client.ts';

/** What a row of a query over Cloudflare's requests is. */
export type SightingRow =
  | { readonly kind: 'sighting'; readonly sighting: Sighting; readonly onGitlab: boolean }
  /** An address of Cloudflare's own, which is nobody's (`reference/cloudflare.md` §10). */
  | { readonly kind: 'of-cloudflare'; readonly requests: number }
  /** Its address or times cannot be read. */
  | { readonly kind: 'malformed'; readonly requests: number };

/** What all rows of a query have in common. */
export interface SightingContext {
  readonly dataset: string;
  readonly method: Sighting['method'];
  readonly ipv6PrefixLength: number;
  readonly askedBack: boolean;
}

const MAX_TEXT = 200;

const Instant = z.pipe(
  z.string(),
  z.pipe(
    z.transform((value: string) => Date.parse(value)),
    z.number(),
  ),
);
const Counted = z.catch(z.number().check(z.gte(0)), 0);
const Whole = z.catch(z.nullish(z.int()), undefined);
const Texts = z.catch(z.array(z.unknown()), []);

const Row = z.object({
  address: z.string(),
  gitlab: z.catch(z.boolean(), false),
  requests: Counted,
  first: Instant,
  last: Instant,
  score: Whole,
  asn: Whole,
  countries: Texts,
  hosts: Texts,
  paths: Texts,
  ja4: Texts,
});

/** Reads one row of the list, or of an answer about networks. Never throws: what cannot be read is counted. */
export function readSightingRow(row: AxiomRow, context: SightingContext): SightingRow {
  const parsed = z.safeParse(Row, row);
  if (!parsed.success) return { kind: 'malformed', requests: z.parse(Counted, row.requests) };
  const { requests, gitlab } = parsed.data;
  const address = parseAddress(parsed.data.address.trim());
  if (address === undefined || parsed.data.last < parsed.data.first) return { kind: 'malformed', requests };
  if (isCloudflareAddress(address)) return { kind: 'of-cloudflare', requests };
  const { dataset, method, ipv6PrefixLength, askedBack } = context;
  const { first, last, score, asn, countries, hosts, paths, ja4 } = parsed.data;
  const [country] = textsIn(countries);
  const sighting: Sighting = {
    address: address.canonical,
    network: networkOf(address, ipv6PrefixLength),
    original: parsed.data.address.slice(0, MAX_TEXT),
    seen: { notBefore: first, notAfter: last },
    seenExactly: true,
    requests,
    sampleInterval: 1,
    ...(score !== undefined && score !== null && score >= 1 && score < 100 ? { lowestBotScore: score } : {}),
    ...(asn !== undefined && asn !== null && asn > 0 ? { asn } : {}),
    ...(country === undefined ? {} : { country: country.slice(0, 10) }),
    ja4: textsIn(ja4),
    hosts: textsIn(hosts),
    paths: textsIn(paths).map(withoutQuery),
    zone: { id: `axiom/${dataset}`, name: dataset },
    method,
    confidence: 'high',
    askedBack,
  };
  return { kind: 'sighting', sighting, onGitlab: gitlab };
}

function textsIn(values: readonly unknown[]): string[] {
  return values.flatMap((value) => (typeof value === 'string' && value !== '' ? [value.slice(0, MAX_TEXT)] : []));
}

/** Query strings carry tokens. */
function withoutQuery(path: string): string {
  return path.split('?', 1)[0] ?? '';
}
