import { phasesOf } from '../../core/activity.ts';
import type { Sighting } from '../../core/sighting.ts';
import type { Window } from '../../core/time.ts';
import { type BuildOptions, buildSightings, largestFirst } from './build-sightings.ts';
import type { EventEvidence, EventSpan } from './event-evidence.ts';
import { insideOf } from './group-rows.ts';

/** A zone's sightings, and how many addresses were none, by reason: names for `coverage.counts`. */
export interface EventPhases {
  /** One for each address, method and phase of activity; the largest. */
  readonly sightings: readonly Sighting[];
  readonly isAll: boolean;
  /** Distinct addresses of all of them. */
  readonly addresses: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** What the spans of evidence are part of. */
export interface Read {
  readonly window: Window;
  /** Every span of what was read is known. */
  readonly timed: boolean;
}

/** Sightings kept of a zone; the largest are. */
const MOST_SIGHTINGS = 20_000;
/** A zone may have 100,000 addresses: they become sightings so many at a time. */
const AT_A_TIME = 5_000;

/**
 * Evidence as sightings of phases of activity (`core/activity.ts`): where no spans are known, of the whole window.
 * @param quietMs Milliseconds of silence that end a phase
 */
export function sightingsOf(
  found: readonly EventEvidence[],
  building: BuildOptions,
  read: Read,
  quietMs: number,
): EventPhases {
  const { addresses, counts } = countsOf(found, building);
  const exact = phasesAmong(found, building, read, quietMs);
  // Fewer and longer spans match more, never less.
  const kept = exact.count <= MOST_SIGHTINGS ? exact : phasesAmong(found, building, read, Number.POSITIVE_INFINITY);
  const sightings = kept.largest.sort(largestFirst).slice(0, MOST_SIGHTINGS);
  return { sightings, isAll: sightings.length === kept.count, addresses, counts };
}

/** Of each address once, whatever the number of its methods. */
function countsOf(
  found: readonly EventEvidence[],
  building: BuildOptions,
): { addresses: number; counts: Record<string, number> } {
  const seen = new Set<string>();
  const counts: Record<string, number> = {};
  let addresses = 0;
  for (const some of chunksOf(found)) {
    const unseen = some.filter(({ address }) => !seen.has(address) && seen.add(address));
    const built = buildSightings(evidenceOf(unseen), building);
    addresses += built.sightings.length;
    for (const [reason, count] of Object.entries(built.counts)) counts[reason] = (counts[reason] ?? 0) + count;
  }
  return { addresses, counts };
}

function phasesAmong(
  found: readonly EventEvidence[],
  building: BuildOptions,
  read: Read,
  quietMs: number,
): { largest: Sighting[]; count: number } {
  let largest: Sighting[] = [];
  let count = 0;
  for (const some of chunksOf(found)) {
    // One at a time: a sighting would put an address's methods together.
    for (const one of some) {
      const [sighting] = buildSightings(evidenceOf([one]), building).sightings;
      if (sighting === undefined) continue;
      const phases = phasesIn(sighting, one.spans, read, quietMs);
      count += phases.length;
      for (const phase of phases) largest.push(phase);
    }
    if (largest.length > 2 * MOST_SIGHTINGS) largest = largest.sort(largestFirst).slice(0, MOST_SIGHTINGS);
  }
  return { largest, count };
}

/** Of spans that were read in part nobody knows which are missing: then the whole window counts. */
function phasesIn(
  sighting: Sighting,
  spans: readonly EventSpan[],
  { window, timed }: Read,
  quietMs: number,
): Sighting[] {
  if (!timed || spans.length === 0) return [{ ...sighting, seen: insideOf(window), seenExactly: false }];
  const seen = spans.map(({ notBefore, notAfter, exact, count }) => ({
    ...sighting,
    seen: { notBefore, notAfter },
    seenExactly: exact,
    requests: Math.round(count),
  }));
  const inexact = spans.filter(({ exact }) => !exact);
  // A phase is as exact as the least exact of its spans.
  return phasesOf(seen, quietMs).map((phase) => {
    const { notBefore, notAfter } = phase.seen;
    const holdsInexact = inexact.some((span) => span.notBefore >= notBefore && span.notBefore <= notAfter);
    return holdsInexact ? { ...phase, seenExactly: false } : phase;
  });
}

function evidenceOf(found: readonly EventEvidence[]) {
  return found.map(({ evidence }) => ({ ...evidence, requests: Math.round(evidence.requests) }));
}

function* chunksOf(found: readonly EventEvidence[]): Generator<readonly EventEvidence[]> {
  for (let first = 0; first < found.length; first += AT_A_TIME) yield found.slice(first, first + AT_A_TIME);
}
