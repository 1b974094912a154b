import type { Sighting } from './sighting.ts';

/**
 * Sightings of one address and zone in short spans of time as sightings of its phases of activity: spans that lie at
 * most `quiet` milliseconds apart become one. With `quiet` no longer than the slack of a match, a phase matches exactly
 * the uses that its single requests would match.
 *
 * @param spans of one address, zone and method, in any order
 */
export function phasesOf(spans: readonly Sighting[], quiet: number): Sighting[] {
  const phases: Sighting[] = [];
  for (const span of [...spans].sort((a, b) => a.seen.notBefore - b.seen.notBefore)) {
    const last = phases.at(-1);
    if (last === undefined || span.seen.notBefore - last.seen.notAfter > quiet) phases.push(span);
    else phases[phases.length - 1] = together(last, span);
  }
  return phases;
}

/** The most different values kept of each list. */
const KEPT = 10;

function together(a: Sighting, b: Sighting): Sighting {
  const score = lowest(a.lowestBotScore, b.lowestBotScore);
  return {
    ...b,
    ...a,
    seen: {
      notBefore: Math.min(a.seen.notBefore, b.seen.notBefore),
      notAfter: Math.max(a.seen.notAfter, b.seen.notAfter),
    },
    requests: a.requests + b.requests,
    ja4: union(a.ja4, b.ja4),
    hosts: union(a.hosts, b.hosts),
    paths: union(a.paths, b.paths),
    ...(score === undefined ? {} : { lowestBotScore: score }),
  };
}

function lowest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])].slice(0, KEPT);
}
