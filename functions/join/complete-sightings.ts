import type { CaseState } from '../core/case.ts';
import { mergeCoverage, type SourceCoverage } from '../core/coverage.ts';
import type { TokenEvidence } from '../core/evidence.ts';
import { type GitlabHostSightings, suspectUses } from '../core/gitlab-hosts.ts';
import type { Sighting, SightingReport } from '../core/sighting.ts';
import { MINUTE, touches, type Window, widen } from '../core/time.ts';
import type { JoinServices } from './join.ts';

/** The most GitLab addresses one look asks about: 100 requests of 100 addresses, a third of Cloudflare's budget. */
const ASK_BACK_LIMIT = 10_000;

type AskBack = Pick<JoinServices, 'askBack' | 'settings'>;

/** Sightings with what only asking back can tell. */
export type CompleteSightings = SightingReport & GitlabHostSightings;

/**
 * Asks Cloudflare about GitLab's addresses of the window, the small side (design §2): those already sighted, for their
 * exact minutes; those whose use is suspect, as their requests to GitLab itself then count; and, where the list of
 * sightings is not whole, those it may have cut off. A token thief is in the low-volume tail, exactly where a top-N
 * list ends. What stays unasked is `partial` coverage.
 */
export async function completeSightings(
  listed: SightingReport,
  evidence: TokenEvidence,
  window: Window,
  state: CaseState,
  services: AskBack,
): Promise<CompleteSightings> {
  const wanted = addressesToAsk(listed, evidence, widen(window, services.settings.window.slackMinutes * MINUTE));
  if (wanted.length === 0) return { ...listed, onGitlabHosts: [] };
  const asked = wanted.slice(0, ASK_BACK_LIMIT);
  const answer = await services.askBack(state, asked, window);
  const unasked = wanted.length - asked.length;
  return {
    ...listed,
    sightings: mergeSightings(listed.sightings, answer.sightings, window),
    onGitlabHosts: answer.onGitlabHosts,
    coverage: mergeCoverage(listed.coverage, unasked > 0 ? withUnasked(answer.coverage, unasked) : answer.coverage),
  };
}

/** Sighted addresses first, then suspect ones: if the limit cuts, it cuts the unlikely. */
function addressesToAsk(listed: SightingReport, evidence: TokenEvidence, window: Window): string[] {
  const sighted = new Set(listed.sightings.map(({ network }) => network));
  const uses = evidence.uses.filter(({ at }) => touches(at, window));
  const suspect = suspectUses(uses, evidence.credentials);
  const known = uses.filter(({ network }) => sighted.has(network));
  const wanted = [...known, ...suspect, ...(listed.whole ? [] : uses)];
  return [...new Set(wanted.map(({ address }) => address))];
}

/**
 * The asked-back sightings know the minutes, hosts and fingerprints of an address; the listed ones know how it was
 * found. Where both speak of one address in one zone by one method, the asked-back times win inside the window; what
 * was listed of the time before it stays (a monitor lists more than the window).
 */
function mergeSightings(listed: readonly Sighting[], asked: readonly Sighting[], window: Window): Sighting[] {
  const merged = Map.groupBy(listed, keyOf);
  for (const sighting of asked) {
    const before = merged.get(keyOf(sighting)) ?? [];
    const known = before.find(({ seen }) => touches(seen, window));
    const apart = before.filter(({ seen }) => !touches(seen, window));
    const now = known === undefined ? sighting : { ...known, ...sighting, askedBack: known.askedBack };
    merged.set(keyOf(sighting), [...apart, now]);
  }
  return [...merged.values()].flat();
}

function keyOf(sighting: Sighting): string {
  return `${sighting.zone.id} ${sighting.address} ${sighting.method}`;
}

function withUnasked(coverage: SourceCoverage, unasked: number): SourceCoverage {
  return mergeCoverage(coverage, {
    status: 'partial',
    why: [`${unasked} GitLab addresses were not asked about at Cloudflare (limit ${ASK_BACK_LIMIT} a look).`],
    counts: { unasked },
    pages: 0,
  });
}
