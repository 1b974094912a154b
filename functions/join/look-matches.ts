import type { CaseState } from '../core/case.ts';
import type { TokenEvidence } from '../core/evidence.ts';
import type { Match } from '../core/finding.ts';
import { suspectUses } from '../core/gitlab-hosts.ts';
import { indexSightings, type JoinRules, joinUses } from '../core/join.ts';
import { isBotMethod, type Sighting, type SightingReport } from '../core/sighting.ts';
import { MINUTE, type Window } from '../core/time.ts';
import type { TokenUse } from '../core/token-use.ts';
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

/**
 * What Cloudflare called a bot explains a use before what it merely acted on or mentioned, however near that lies: the
 * difference may be a page. Requests to GitLab itself count for suspect uses only, and last.
 */
function matchesOf(seen: CompleteSightings, { uses, credentials }: TokenEvidence, rules: JoinRules): Match[] {
  const isBot = ({ method }: Sighting) => isBotMethod(method);
  const bots = joinUses(uses, indexSightings(seen.sightings.filter(isBot)), rules);
  const others = seen.sightings.filter((sighting) => !isBot(sighting));
  const matches =
    others.length === 0 ? bots : [...bots, ...joinUses(unmatched(uses, bots), indexSightings(others), rules)];
  if (seen.onGitlabHosts.length === 0) return matches;
  const suspect = unmatched(suspectUses(uses, credentials), matches);
  return [...matches, ...joinUses(suspect, indexSightings(seen.onGitlabHosts), rules)];
}

function unmatched(uses: readonly TokenUse[], matches: readonly Match[]): TokenUse[] {
  const matched = new Set(matches.map(({ use }) => use));
  return uses.filter((use) => !matched.has(use));
}
