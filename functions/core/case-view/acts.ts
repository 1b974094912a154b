import type { CaseFile, CredentialUses } from '../case-file.ts';
import type { Finding, FindingAddress } from '../finding.ts';
import { intervalText } from '../page-details.ts';
import { type EpochMs, type Interval, MINUTE } from '../time.ts';
import { isExactlyTimed, type TokenUse } from '../token-use.ts';

/**
 * When a credential acted from an address, to be read after it: by exact uses where there are any, as the end of any
 * other is only when GitLab was read. `at …`, `between … and …`, `at an unknown time up to …`; times are ISO 8601.
 */
export function actsFrom(
  finding: Finding,
  { address, firstUse, lastUse }: FindingAddress,
  uses?: CredentialUses,
): string {
  const exact = spanOf(exactUses(finding, uses).filter((use) => use.address === address));
  if (exact !== undefined) return `${exact.notBefore === exact.notAfter ? 'at ' : ''}${intervalText(exact)}`;
  return `${firstUse > 0 ? 'at some time ' : ''}${intervalText({ notBefore: firstUse, notAfter: lastUse })}`;
}

/** From when on to look for what a thief made: just before the first exact use, else the start of the case's window. */
export function firstActOf(finding: Finding, { uses, state }: CaseFile): EpochMs {
  const exact = spanOf(exactUses(finding, uses));
  // A token that was made is a little older than the record of its making.
  return exact === undefined ? Date.parse(state?.window.start ?? '') : exact.notBefore - MINUTE;
}

/**
 * Of its matched addresses, its owner's acts there among them; a finding holds the strongest of its matches only, and the
 * reading has the token's others.
 */
function exactUses({ credential, addresses, matches, matchCount }: Finding, uses?: CredentialUses): TokenUse[] {
  const matched = new Set(addresses.map(({ address }) => address));
  const read = matchCount > matches.length ? (uses?.uses ?? []) : [];
  const others = read.filter((use) => use.credential === credential.id && matched.has(use.address));
  return [...matches.map(({ use }) => use), ...others].filter(isExactlyTimed);
}

function spanOf(uses: readonly TokenUse[]): Interval | undefined {
  if (uses.length === 0) return undefined;
  return {
    notBefore: Math.min(...uses.map(({ at }) => at.notBefore)),
    notAfter: Math.max(...uses.map(({ at }) => at.notAfter)),
  };
}
