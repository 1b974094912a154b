import type { CaseState } from '../core/case.ts';
import type { TokenEvidence } from '../core/evidence.ts';
import type { Match } from '../core/finding.ts';
import { suspectUses } from '../core/gitlab-hosts.ts';
import { indexSightings, type JoinRules, joinUses } from '../core/join.ts';
import type { SightingReport } from '../core/sighting.ts';
import { MINUTE, type Window } from '../core/time.ts';
import { type CompleteSightings, completeSightings } from './complete-sightings.ts';
import type { JoinServices } from './join.ts';
import type { Related } from './related.ts';

/** The matches of a look at what Cloudflare itself saw: the case's whole window, whatever earlier looks found in it. */
export async function lookMatches(
  listed: SightingReport,
  evidence: TokenEvidence,
  window: Window,
  state: CaseState,
  services: Pick<JoinServices, 'askBack' | 'settings'>,
): Promise<Related> {
  const complete = await completeSightings(listed, evidence, window, state, services);
  const slack = services.settings.window.slackMinutes * MINUTE;
  const { onGitlabHosts: _, ...seen } = complete;
  return { seen, matches: matchesOf(complete, evidence, { window, slack }), window, lateKeys: [] };
}

/** Requests to GitLab itself count for suspect uses only, and only where nothing better explains the use. */
function matchesOf(seen: CompleteSightings, { uses, credentials }: TokenEvidence, rules: JoinRules): Match[] {
  const matches = joinUses(uses, indexSightings(seen.sightings), rules);
  if (seen.onGitlabHosts.length === 0) return matches;
  const matched = new Set(matches.map(({ use }) => use));
  const suspect = suspectUses(uses, credentials).filter((use) => !matched.has(use));
  return [...matches, ...joinUses(suspect, indexSightings(seen.onGitlabHosts), rules)];
}
