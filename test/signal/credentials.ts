import { DAY, type EpochMs } from '../../functions/core/time.ts';
import { STORY_SPAN } from './span.ts';
import type { SimCredential } from './truth.ts';

/** A token as its holder has it. */
export interface HeldToken {
  readonly credential: SimCredential;
  /**
   * What for: git over HTTPS, a command line, an editor, a script, a machine's only one; or nothing any more:
   * `dormant` still works and has not been used for months, `expired` does not work.
   */
  readonly use: 'git' | 'cli' | 'ide' | 'script' | 'machine' | 'dormant' | 'expired';
  /** `Credential.id` of the token that this one was rotated from, by `createdBy`. */
  readonly replaces?: string;
  /** Made within the story: the account that did so, by hand in a browser session or as a machine. */
  readonly createdBy?: number;
}

/** Whether GitLab lets the credential in at that instant. */
export function isAlive({ createdAt, expiresAt, revokedAt, revoked }: SimCredential, at: EpochMs): boolean {
  if (revoked === true && revokedAt === undefined) return false;
  return createdAt <= at && at < (expiresAt ?? Infinity) && at < (revokedAt ?? Infinity);
}

/** The midnight (UTC) that ends a token's life, a number of days from an instant: GitLab knows dates only. */
export function expiryAfter(at: EpochMs, days: number): EpochMs {
  return Math.floor(at / DAY + days) * DAY;
}

/** An instant a number of days before the story began. */
export function daysBefore(days: number): EpochMs {
  return Math.round(STORY_SPAN.begin - days * DAY);
}
