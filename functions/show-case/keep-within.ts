import { count, plural } from '../core/amount-text.ts';
import type { CaseFile, CaseLook } from '../core/case-file.ts';
import { worstFirst } from '../core/evidence-ids.ts';
import type { EventGroup } from '../core/security-events.ts';
import type { Sighting } from '../core/sighting.ts';
import type { TokenUse } from '../core/token-use.ts';
import { dealOut, FINDING_LISTS, firstOfEach, type ShortFinding, withoutLists } from './finding-lists.ts';

/** What is kept of the lists of a case. */
export interface Kept {
  /** By the number of the look. */
  readonly looks: ReadonlyMap<number, KeptOfLook>;
  readonly uses: readonly TokenUse[];
  /** What is left out, one sentence for each list that is cut. */
  readonly notes: readonly string[];
}

interface KeptOfLook {
  readonly sightings: readonly Sighting[];
  /** Each with as much of its lists as is kept. */
  readonly findings: readonly ShortFinding[];
  readonly groups: readonly EventGroup[];
}

/**
 * As much of a case's lists as fits into so many bytes of indented JSON. The largest lists are cut, and none below the
 * size of one that is not: a case with many sightings keeps its few uses. Of each the most telling are kept: sightings
 * on matched networks, then the busiest; the worst findings, each with its strongest
 * matches and busiest addresses; the newest uses.
 */
export function keepWithin(file: CaseFile, bytes: number): Kept {
  const piles = [...file.looks.flatMap(pilesOf), usesPile(file)];
  const most = largestShare(
    piles.map(({ rows }) => rows.reduce((sum, { size }) => sum + size, 0)),
    bytes,
  );
  const counts = new Map(piles.map(({ name, rows }) => [name, countWithin(rows, most)]));
  const keptOf = <T>(name: string, ordered: readonly T[]): T[] => ordered.slice(0, counts.get(name) ?? 0);
  const looks = file.looks.map((look): [number, KeptOfLook] => {
    const name = (list: string) => `${list} of look ${look.look}`;
    return [
      look.look,
      {
        sightings: keptOf(name('sightings'), tellingFirst(look)),
        findings: FINDING_LISTS.reduce<readonly ShortFinding[]>(
          (findings, list) => dealOut(findings, list, counts.get(name(list)) ?? 0),
          keptOf(name('findings'), worstFirst(look.findings ?? [])),
        ),
        groups: keptOf(name('event groups'), look.picture?.groups ?? []),
      },
    ];
  });
  return {
    looks: new Map(looks),
    uses: keptOf('uses', newestFirst(file)).sort((a, b) => a.at.notAfter - b.at.notAfter),
    notes: piles.flatMap(({ name, rows }) => noteOf(name, rows.length, counts.get(name) ?? 0)),
  };
}

/** One list: a note of what it is, and the bytes each of its rows takes, the most telling first. */
interface Pile {
  readonly name: string;
  readonly rows: readonly { readonly size: number }[];
}

function pilesOf(look: CaseLook): Pile[] {
  const findings = worstFirst(look.findings ?? []);
  const of = (list: string, rows: Pile['rows']): Pile => ({ name: `${list} of look ${look.look}`, rows });
  return [
    of('sightings', tellingFirst(look).map(sized)),
    of('findings', findings.map(withoutLists).map(sized)),
    ...FINDING_LISTS.map((list) => of(list, firstOfEach(findings, list).map(sized))),
    of('event groups', (look.picture?.groups ?? []).map(sized)),
  ];
}

function usesPile(file: CaseFile): Pile {
  return { name: 'uses', rows: newestFirst(file).map(sized) };
}

/** Indented six deep at most, as every row of these lists is. */
function sized(row: unknown): { readonly size: number } {
  const text = JSON.stringify(row, null, 1);
  return { size: Buffer.byteLength(text) + 7 * text.split('\n').length + 2 };
}

/** The size that no list may exceed so that all of them take at most `room`: what is smaller leaves its share to others. */
function largestShare(sizes: readonly number[], room: number): number {
  let left = room;
  const ascending = [...sizes].sort((a, b) => a - b);
  for (const [index, size] of ascending.entries()) {
    const share = left / (ascending.length - index);
    if (size > share) return Math.max(0, share);
    left -= size;
  }
  return Number.POSITIVE_INFINITY;
}

function countWithin(rows: Pile['rows'], most: number): number {
  let total = 0;
  const past = rows.findIndex(({ size }) => {
    total += size;
    return total > most;
  });
  return past === -1 ? rows.length : past;
}

function tellingFirst({ sightings, findings = [] }: CaseLook): Sighting[] {
  const matched = new Set(findings.flatMap(({ networks }) => networks));
  const rank = ({ network }: Sighting) => Number(matched.has(network));
  return [...(sightings?.sightings ?? [])].sort((a, b) => rank(b) - rank(a) || b.requests - a.requests);
}

function newestFirst({ uses }: CaseFile): TokenUse[] {
  return [...(uses?.uses ?? [])].sort((a, b) => b.at.notAfter - a.at.notAfter);
}

function noteOf(name: string, all: number, kept: number): string[] {
  if (kept >= all) return [];
  return [`Of ${plural(all, 'row', 'rows')} of ${name}, ${count(kept)} are here: the rest is left out for its size.`];
}
