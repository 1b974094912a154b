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

/** Addresses of a finding that are kept with it, before rows of anything else. */
const ADDRESSES_FIRST = 5;

/**
 * Measures the lists of a case; what it answers with keeps as much of them as fits into so many bytes of JSON. Findings
 * come first, each with its busiest addresses, and are cut only where they do not fit by themselves. Of everything else
 * the largest lists are cut, and none below the size of one that is not: a case with many sightings keeps its few uses.
 * Of each the most telling are kept: sightings on matched networks, then the busiest; the worst findings, each with its
 * strongest matches; the newest uses.
 */
export function keeperOf(file: CaseFile): (bytes: number) => Kept {
  const looks = file.looks.map((look) => ({
    look: look.look,
    sightings: tellingFirst(look),
    findings: worstFirst(look.findings ?? []),
    groups: look.picture?.groups ?? [],
  }));
  const newest = [...(file.uses?.uses ?? [])].sort((a, b) => b.at.notAfter - a.at.notAfter);
  const piles = [...looks.flatMap(pilesOf), pile('uses', newest)];
  return (bytes) => {
    const counts = countsWithin(piles, bytes);
    const keptOf = <T>(name: string, ordered: readonly T[]): T[] => ordered.slice(0, counts.get(name) ?? 0);
    return {
      looks: new Map(
        looks.map(({ look, sightings, findings, groups }): [number, KeptOfLook] => [
          look,
          {
            sightings: keptOf(nameOf('sightings', look), sightings),
            findings: FINDING_LISTS.reduce<readonly ShortFinding[]>(
              (kept, list) => dealOut(kept, list, counts.get(nameOf(list, look)) ?? 0),
              keptOf(nameOf('findings', look), findings),
            ),
            groups: keptOf(nameOf('event groups', look), groups),
          },
        ]),
      ),
      uses: keptOf('uses', newest).sort((a, b) => a.at.notAfter - b.at.notAfter),
      notes: piles.flatMap(({ name, sizes }) => noteOf(name, sizes.length, counts.get(name) ?? 0)),
    };
  };
}

/** One list: a note of what it is, and the bytes each of its rows takes, the most telling first. */
interface Pile {
  readonly name: string;
  readonly sizes: readonly number[];
  /** Rows that come before those of other lists. */
  readonly first: number;
}

interface OrderedLook extends KeptOfLook {
  readonly look: number;
}

function pilesOf({ look, sightings, findings, groups }: OrderedLook): Pile[] {
  const addressed = findings.reduce((sum, { addresses }) => sum + Math.min(ADDRESSES_FIRST, addresses.length), 0);
  return [
    pile(nameOf('sightings', look), sightings),
    pile(nameOf('findings', look), findings.map(withoutLists), findings.length),
    ...FINDING_LISTS.map((list) =>
      pile(nameOf(list, look), firstOfEach(findings, list), list === 'addresses' ? addressed : 0),
    ),
    pile(nameOf('event groups', look), groups),
  ];
}

function nameOf(list: string, look: number): string {
  return `${list} of look ${look}`;
}

function pile(name: string, rows: readonly unknown[], first = 0): Pile {
  return { name, sizes: rows.map((row) => Buffer.byteLength(JSON.stringify(row)) + 1), first };
}

/** How many rows of each list fit. */
function countsWithin(piles: readonly Pile[], bytes: number): Map<string, number> {
  const firsts = shared(
    piles.map(({ sizes, first }) => sizes.slice(0, first)),
    bytes,
  );
  const left = bytes - piles.reduce((sum, { sizes }, index) => sum + sumOf(sizes.slice(0, firsts[index])), 0);
  const rests = shared(
    piles.map(({ sizes, first }) => sizes.slice(first)),
    left,
  );
  return new Map(
    piles.map(({ name, first }, index) => {
      const kept = firsts[index] ?? 0;
      return [name, kept < first ? kept : kept + (rests[index] ?? 0)];
    }),
  );
}

/** How many rows of each list fit into `room`, the largest lists cut. */
function shared(lists: readonly (readonly number[])[], room: number): number[] {
  const most = largestShare(lists.map(sumOf), room);
  return lists.map((sizes) => countWithin(sizes, most));
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

function sumOf(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size, 0);
}

function countWithin(sizes: readonly number[], most: number): number {
  let total = 0;
  const past = sizes.findIndex((size) => {
    total += size;
    return total > most;
  });
  return past === -1 ? sizes.length : past;
}

function tellingFirst({ sightings, findings = [] }: CaseLook): Sighting[] {
  const matched = new Set(findings.flatMap(({ networks }) => networks));
  const rank = ({ network }: Sighting) => Number(matched.has(network));
  return [...(sightings?.sightings ?? [])].sort((a, b) => rank(b) - rank(a) || b.requests - a.requests);
}

function noteOf(name: string, all: number, kept: number): string[] {
  if (kept >= all) return [];
  return [`Of ${plural(all, 'row', 'rows')} of ${name}, ${count(kept)} are here: the rest is left out for its size.`];
}
