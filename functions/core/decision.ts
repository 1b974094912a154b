import type { Trigger } from './case.ts';
import type { Finding, FindingDecision, Match } from './finding.ts';
import { isBotMethod } from './sighting.ts';
import { isExactUse } from './verdict.ts';

export interface DecisionRules {
  readonly trigger: Trigger;
  /** 1..100: a finding of this score or more wakes somebody. */
  readonly threshold: number;
  /** Whether an exact use from a bot address that is neither shared nor usual pages whatever its score. */
  readonly floor: boolean;
  /** What a hunt pages for: nothing · confirmed findings · every finding that reaches the threshold. */
  readonly huntPages: HuntPages;
  /** 1..101: the score from which a hunt that pages for confirmed findings pages for a probable one, too. */
  readonly huntProbable: number;
  /** Whether `ownEgress` says where Latchkey itself may work from. */
  readonly ownEgressKnown: boolean;
}

/** Setting `hunt.page`. */
export type HuntPages = 'off' | 'confirmed' | 'threshold';

/** What a decision looks at. */
export interface Decidable extends Pick<Finding, 'matches' | 'score' | 'sharedNetworks' | 'verdict'> {
  /** Networks that the credential or its owner worked from, or from others of their operators, on earlier days. */
  readonly usualNetworks: readonly string[];
  readonly own: boolean;
  /** Earlier days tell what is usual for the credential: without, a high score may be a first day's. */
  readonly hasHistory: boolean;
  /** The highest score of a network where Cloudflare itself called an address a bot; undefined where there is none. */
  readonly botScore: number | undefined;
}

export interface Decided {
  readonly decision: FindingDecision;
  readonly reasons: readonly string[];
}

/**
 * Whether a finding wakes somebody (design §8). `matches` must hold every match that could meet the floor. Where it
 * does not page, the reasons say what kept it from paging: nothing that matched vanishes silently.
 */
export function decide(finding: Decidable, rules: DecisionRules): Decided {
  if (rules.trigger === 'hunt' && rules.huntPages === 'off') return report('Hunts page nobody (hunt.page is off).');
  if (rules.trigger === 'monitor' && finding.botScore === undefined) {
    return report('No bot product spoke of these addresses: a security rule that acted on somebody is no bot.');
  }
  if (finding.own) return decideOwn(rules);
  if (rules.trigger === 'monitor') return decideByBots(finding.botScore ?? 0, rules);
  if (rules.trigger === 'hunt' && rules.huntPages === 'confirmed') return decideConfirmed(finding, rules);
  if (finding.score >= rules.threshold) {
    return page(`Its score of ${finding.score} reaches the page threshold of ${rules.threshold}.`);
  }
  if (meetsFloor(finding, rules)) {
    return page('An exact use from an address that Cloudflare called a bot always pages (page.floor).');
  }
  return report(`Its score of ${finding.score} is below the page threshold of ${rules.threshold}.`);
}

/**
 * A hunt that pages for confirmed findings only: where the very address was called a bot and is no shared egress, what
 * the credential may do does not matter; elsewhere it takes the threshold, too. What is probable pages only from a score
 * of its own on, and where there is history to tell what is unusual.
 */
function decideConfirmed(finding: Decidable, rules: DecisionRules): Decided {
  if (finding.verdict === 'probable' && finding.hasHistory && finding.score >= rules.huntProbable) {
    return page(
      `It is probable, and its score of ${finding.score} reaches the ${rules.huntProbable} that hunts ask of such.`,
    );
  }
  if (finding.verdict !== 'confirmed') {
    return report(`It is ${finding.verdict}, and hunts page for confirmed findings (hunt.page, hunt.probableScore).`);
  }
  if (isExactOnBotAddress(finding)) {
    return page('An exact use from an address that Cloudflare called a bot: hunts page for confirmed findings.');
  }
  // Never more than is asked of the probable: the same use told with its exact time pages no less.
  const threshold = Math.min(rules.threshold, rules.huntProbable);
  return finding.score >= threshold
    ? page(`It is confirmed, and its score of ${finding.score} reaches the ${threshold} that hunts ask of such.`)
    : report(`Its score of ${finding.score} is below the ${threshold} that hunts ask of what is confirmed.`);
}

/** A monitor pages on bots only: what other networks add to the score wakes nobody. */
function decideByBots(score: number, { threshold }: DecisionRules): Decided {
  return score >= threshold
    ? page(`Its score of ${score} at an address called a bot reaches the page threshold of ${threshold}.`)
    : report(`Its score of ${score} at addresses called bots is below the page threshold of ${threshold}.`);
}

/** Latchkey's own token, used from a sighted address that is not its own egress: the best token to steal. */
function decideOwn(rules: DecisionRules): Decided {
  return rules.ownEgressKnown
    ? page("Latchkey's own token was used from an address that is not in ownEgress.")
    : report("This is Latchkey's own token; list its addresses in ownEgress and a use from elsewhere will page.");
}

function meetsFloor(finding: Decidable, rules: DecisionRules): boolean {
  return rules.floor && rules.trigger === 'spike' && isExactOnBotAddress(finding);
}

/** Where others share the address, or its owner works anyway, a bot there is probably somebody else's or their own. */
function isExactOnBotAddress({ matches, sharedNetworks, usualNetworks }: Decidable): boolean {
  const explained = new Set([...sharedNetworks, ...usualNetworks]);
  return matches.some((match) => isExactBotUse(match) && !explained.has(match.sighting.network));
}

/** Requests to GitLab itself are the use once more, and look automated whoever sends them. */
function isExactBotUse(match: Match): boolean {
  const { method } = match.sighting;
  return match.rule === 'same-address' && isExactUse(match) && isBotMethod(method) && match.onGitlab !== true;
}

function page(reason: string): Decided {
  return { decision: 'page', reasons: [reason] };
}

function report(reason: string): Decided {
  return { decision: 'report', reasons: [reason] };
}
