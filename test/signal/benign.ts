import type { EpochMs } from '../../functions/core/time.ts';
import { choresInGitlab } from './chores.ts';
import { friendlyBots } from './friendly-bots.ts';
import { machinesInGitlab } from './machines.ts';
import type { Cast } from './organisation.ts';
import { peopleInGitlab } from './people.ts';
import { peopleOnTheWeb } from './people-on-the-web.ts';
import { scrapers } from './scrapers.ts';
import type { Span } from './span.ts';
import type { GitlabCall, WebActivity } from './truth.ts';
import { webBackground } from './web-background.ts';

/** A life in which nobody means harm to GitLab: what the organisation does there, and who visits its sites. */
export interface BenignLife {
  /** By `from`. */
  readonly web: readonly WebActivity[];
  /** By `from`. */
  readonly calls: readonly GitlabCall[];
}

/**
 * Everything that happens in an organisation without an intruder. The same for the same organisation and seed: the
 * organisation decides what its people and machines do in GitLab, the seed what comes to its sites.
 */
export function benignLife(organisation: Cast, seed: number, span: Span): BenignLife {
  const calls = [peopleInGitlab, machinesInGitlab, choresInGitlab].flatMap((tell) => tell(organisation));
  const web = [scrapers, friendlyBots, peopleOnTheWeb, webBackground].flatMap((tell) => tell(organisation, seed));
  return { web: inSpan(web, span), calls: inSpan(endedWithTheirTokens(calls, organisation), span) };
}

/** No call outlives its token: what would, ends with it. */
function endedWithTheirTokens(calls: readonly GitlabCall[], { credentials }: Cast): GitlabCall[] {
  const ends = new Map<string | undefined, EpochMs>();
  for (const { id, expiresAt = Infinity, revokedAt = Infinity } of credentials) {
    ends.set(id, Math.min(expiresAt, revokedAt));
  }
  return calls.map((call) => {
    const end = ends.get(call.credential) ?? Infinity;
    return call.refusal === undefined && call.until >= end ? { ...call, until: end - 1 } : call;
  });
}

function inSpan<Happening extends { from: EpochMs; until: EpochMs }>(
  all: readonly Happening[],
  span: Span,
): Happening[] {
  return all.filter(({ from, until }) => from >= span.begin && until < span.to).sort((a, b) => a.from - b.from);
}
