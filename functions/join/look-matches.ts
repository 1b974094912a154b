import type { CaseState } from '../core/case.ts';
import type { TokenEvidence } from '../core/evidence.ts';
import type { Match } from '../core/finding.ts';
import { onGitlab, suspectUses } from '../core/gitlab-hosts.ts';
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
  return {
    seen,
    matches: matchesOf(complete, evidence, state, { window, slack }),
    window,
    lateKeys: [],
    operators: [],
  };
}

/** Requests to GitLab itself count for suspect uses only, and only where nothing better explains the use. */
function matchesOf(
  seen: CompleteSightings,
  { uses, credentials }: TokenEvidence,
  { trigger }: CaseState,
  rules: JoinRules,
): Match[] {
  const matches =
    trigger === 'monitor'
      ? botsFirst(seen.sightings, uses, rules)
      : joinUses(uses, indexSightings(seen.sightings), rules);
  if (seen.onGitlabHosts.length === 0) return matches;
  const suspect = unmatched(suspectUses(uses, credentials), matches);
  return [...matches, ...joinUses(suspect, indexSightings(seen.onGitlabHosts), rules).map(onGitlab)];
}

/**
 * In a monitor's case what Cloudflare called a bot explains a use before what a security rule acted on, however near
 * that lies: only bots page there.
 */
function botsFirst(sightings: readonly Sighting[], uses: readonly TokenUse[], rules: JoinRules): Match[] {
  const isBot = ({ method }: Sighting) => isBotMethod(method);
  const bots = joinUses(uses, indexSightings(sightings.filter(isBot)), rules);
  const others = indexSightings(sightings.filter((sighting) => !isBot(sighting)));
  return [...bots, ...joinUses(unmatched(uses, bots), others, rules)];
}

function unmatched(uses: readonly TokenUse[], matches: readonly Match[]): TokenUse[] {
  const matched = new Set(matches.map(({ use }) => use));
  return uses.filter((use) => !matched.has(use));
}
