import { type EpochMs, MINUTE } from '../../../functions/core/time.ts';
import type { TrueUse } from '../scenario/world.ts';

/** What GitLab remembers of a token's uses. */
export interface LastUsed {
  readonly at: EpochMs | undefined;
  /** Distinct, at most five; the order means nothing. */
  readonly addresses: readonly string[];
}

const ADDRESSES_KEPT = 5;
/** `last_used_at` moves at most this often for a known address. */
const REFRESH_AFTER = 10 * MINUTE;
/** After an update, nothing is written for this long: a second address within it is missed. */
const LEASE = MINUTE;

/**
 * Plays a token's true uses up to `now` through the rules by which GitLab refreshes `last_used_at` and `last_used_ips`
 * (`reference/gitlab.md` §4a).
 */
export function lastUsed(uses: readonly TrueUse[], now: EpochMs): LastUsed {
  let at: EpochMs | undefined;
  let addresses: readonly string[] = [];
  const past = uses.filter((use) => (use.visibleFrom ?? use.at) <= now && use.at <= now).sort((a, b) => a.at - b.at);
  for (const use of past) {
    const known = addresses.includes(use.address);
    if (at !== undefined && use.at - at < (known ? REFRESH_AFTER : LEASE)) continue;
    at = use.at;
    addresses = [use.address, ...addresses.filter((address) => address !== use.address)].slice(0, ADDRESSES_KEPT);
  }
  return { at, addresses };
}
