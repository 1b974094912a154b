import { LET_THROUGH, outcomeOf } from '../../core/event-outcome.ts';
import type { SightingMethod } from '../../core/sighting.ts';

export { outcomeOf };

/** Products whose action is evidence of a bot, in GraphQL's spelling and in the lower case Logpush and others write. */
export const BOT_PRODUCTS = ['botFight', 'botfight', 'botManagement', 'botmanagement'] as const;
export const LIMIT_PRODUCTS = ['rateLimit', 'ratelimit', 'l7ddos'] as const;

const CHALLENGE_PASSED = [
  'challenge_solved',
  'challenge_bypassed',
  'jschallenge_solved',
  'jschallenge_bypassed',
  'managed_challenge_skipped',
  'managed_challenge_non_interactive_solved',
  'managed_challenge_interactive_solved',
  'managed_challenge_bypassed',
] as const;

/** Actions that are no evidence, for a filter; whatever is spelled otherwise is sorted out by `outcomeOf`. */
export const PASSED_ACTIONS: readonly string[] = [...LET_THROUGH, ...CHALLENGE_PASSED];
/** Actions that show a solved challenge, for a filter. */
export const SOLVED_ACTIONS: readonly string[] = CHALLENGE_PASSED.filter((action) => outcomeOf(action) === 'solved');

/** The method a product's action is evidence by; undefined for products that do not judge bots (§13.3). */
export function methodOf(source: string): Extract<SightingMethod, 'bot-product' | 'rate-limit' | 'l7ddos'> | undefined {
  switch (plain(source)) {
    case 'botfight':
    case 'botmanagement':
      return 'bot-product';
    case 'ratelimit':
      return 'rate-limit';
    case 'l7ddos':
      return 'l7ddos';
    default:
      return undefined;
  }
}

/** Who acted, in one spelling; both of Cloudflare's bot products are one, as are a product's spellings. */
export function productOf(source: string): string {
  return methodOf(source) ?? plain(source);
}

/** Dimensions that tell a good bot, the better first; a zone is asked for the first that it offers. */
export const VERIFIED_FIELDS = ['verifiedBotCategory', 'botScoreSrcName'] as const;

/** Cloudflare knows the client as a good bot: by its category, or as where the score came from (`reference/cloudflare.md` §4.4). */
export function isVerifiedBot(values: Readonly<Record<string, unknown>>): boolean {
  const { verifiedBotCategory: category, botScoreSrcName: scoredBy } = values;
  if (typeof category === 'string' && category !== '') return true;
  return typeof scoredBy === 'string' && plain(scoredBy).replaceAll(' ', '') === 'verifiedbot';
}

function plain(value: string): string {
  return value.toLowerCase().replaceAll('_', '');
}
