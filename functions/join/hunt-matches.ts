import type { CaseState } from '../core/case.ts';
import { mergeCoverage, type SourceCoverage } from '../core/coverage.ts';
import type { TokenEvidence } from '../core/evidence.ts';
import type { Match } from '../core/finding.ts';
import { onGitlab, suspectUses } from '../core/gitlab-hosts.ts';
import { type HuntReads, huntReads } from '../core/hunt.ts';
import { indexSightings, joinUses } from '../core/join.ts';
import { operatorsOf } from '../core/operators.ts';
import { ownedMatches } from '../core/pair-owner.ts';
import type { Sighting, SightingReport } from '../core/sighting.ts';
import { MINUTE, touches, type Window } from '../core/time.ts';
import type { TokenUse } from '../core/token-use.ts';
import type { JoinServices } from './join.ts';
import type { Related } from './related.ts';

/**
 * A hunt's matches. Its list of sightings is cut at any size, so it serves the report alone: Axiom is asked about every
 * address GitLab saw, the small side (design §2), and only pairs that are this window's own count.
 */
export async function huntMatches(
  listed: SightingReport,
  evidence: TokenEvidence,
  window: Window,
  state: CaseState,
  services: Pick<JoinServices, 'askBack' | 'settings' | 'hunts'>,
): Promise<Related> {
  const reads = readsOf(window, services.settings);
  const uses = evidence.uses.filter(({ at }) => touches(at, reads.uses));
  const addresses = [...new Set(uses.map(({ address }) => address))];
  const [asked, reported] = await Promise.all([
    addresses.length === 0 ? undefined : services.askBack(state, addresses, reads.sightings),
    services.hunts.reported(window.start - (window.end - window.start)),
  ]);
  const slack = services.settings.window.slackMinutes * MINUTE;
  const join = (some: readonly TokenUse[], sightings: readonly Sighting[]) => {
    const index = indexSightings(sightings);
    const all = joinUses(some, index, { window: reads.uses, slack });
    return { all, ...ownedMatches(all, index, reads, slack, reported) };
  };
  const seen = join(uses, asked?.sightings ?? []);
  // Requests to GitLab itself count for suspect uses only, and only where nothing better explains the use: not even
  // what belongs to the hunt before.
  const explained = new Set(seen.all.map(({ use }) => use));
  const suspect = suspectUses(uses, evidence.credentials).filter((use) => !explained.has(use));
  const onGitlabHosts = join(suspect, asked?.onGitlabHosts ?? []);
  const matches = [...seen.matches, ...onGitlabHosts.matches.map(onGitlab)];
  return {
    seen: {
      ...listed,
      sightings: withMatched(listed.sightings, matches),
      coverage: asked === undefined ? listed.coverage : wholeOrNone(listed.coverage, asked.coverage),
    },
    matches,
    window: { start: reads.late.start, end: reads.owned.end },
    lateKeys: [...seen.lateKeys, ...onGitlabHosts.lateKeys],
    operators: operatorsOf(uses, evidence.credentials, [...(asked?.sightings ?? []), ...(asked?.onGitlabHosts ?? [])]),
  };
}

function readsOf(window: Window, { window: { slackMinutes }, hunt }: JoinServices['settings']): HuntReads {
  return huntReads(window, {
    slack: slackMinutes * MINUTE,
    overlap: hunt.overlapMinutes * MINUTE,
    delay: hunt.delayMinutes * MINUTE,
    lateness: hunt.latenessMinutes * MINUTE,
  });
}

/** The list, and what matched below its cut. */
function withMatched(listed: readonly Sighting[], matches: readonly Match[]): Sighting[] {
  const known = new Set(listed.map(({ address }) => address));
  const matched = new Map(matches.map(({ sighting }) => [sighting.address, sighting]));
  return [...listed, ...[...matched.values()].filter(({ address }) => !known.has(address))];
}

/** A hunt that could not read one of the two has not read its hour. */
function wholeOrNone(listed: SourceCoverage, asked: SourceCoverage): SourceCoverage {
  const failed = listed.status === 'unavailable' || asked.status === 'unavailable';
  const both = mergeCoverage(listed, asked);
  return failed ? { ...both, status: 'unavailable' } : both;
}
