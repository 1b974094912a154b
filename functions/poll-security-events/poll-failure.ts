import { plainText, withoutSecrets } from '../core/hostile-text.ts';
import { TransientError } from '../runtime/errors.ts';
import { safeError } from '../runtime/safe-error.ts';

/** Something a poll could not do. */
export interface PollFailure {
  /** A zone's name, or what else it is about. */
  readonly about: string;
  readonly error: unknown;
  /** The poll ends as failed for it; false where it saw other zones and did its work on them. */
  readonly fails: boolean;
}

const REASONS = 3;
const NAMES = 5;

/** What failed and why, as part of a sentence of at most some 900 characters. Holds no secret and nothing hostile. */
export function describeFailures(failures: readonly PollFailure[]): string {
  const byReason = new Map<string, Set<string>>();
  for (const { about, error } of failures) {
    const reason = withoutSecrets(safeError(error).message.replace(/\.$/, ''), 160);
    byReason.set(reason, (byReason.get(reason) ?? new Set()).add(plainText(about, 60)));
  }
  const told = [...byReason].slice(0, REASONS).map(([reason, about]) => `${listOf([...about])} (${reason})`);
  const more = byReason.size - told.length;
  return [...told, ...(more > 0 ? [`and ${more} more ${more === 1 ? 'reason' : 'reasons'}`] : [])].join('; ');
}

/** What a failed poll throws: what passes before what does not, so that it is counted as what may be tried again. */
export function worstOf(failures: readonly PollFailure[]): unknown {
  const errors = failures.filter(({ fails }) => fails).map(({ error }) => error);
  return errors.find((error) => error instanceof TransientError) ?? errors[0];
}

function listOf(names: readonly string[]): string {
  const more = names.length - NAMES;
  return more > 0 ? `${names.slice(0, NAMES).join(', ')} and ${more} more` : names.join(', ');
}
