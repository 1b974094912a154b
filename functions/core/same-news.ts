import type { Finding } from './finding.ts';
import { ownerKey } from './token-use.ts';

/** Where somebody's account was seen, as incidents keep it: `<credential id> user/<owner id> <network>` each. */
export function placesOf({ credential, networks }: Finding): string[] {
  const person = personOf(credential);
  return person === undefined ? [] : networks.map((network) => `${credential.id} ${person} ${network}`);
}

/**
 * The findings that say better what on-call was told before: a person's acts, and then which token of theirs it was, or
 * the other way round, from a network that was told with it. From elsewhere, or of a second token, it may be another
 * theft.
 *
 * @param places of what was told ({@link placesOf})
 */
export function toldOtherwise(
  findings: readonly Finding[],
  places: readonly string[],
  told: ReadonlySet<string>,
): ReadonlySet<string> {
  const acts = new Set<string>();
  const tokens = new Set<string>();
  for (const place of places) {
    const [credential = '', person, network] = place.split(' ');
    if (told.has(credential)) (credential === person ? acts : tokens).add(`${person} ${network}`);
  }
  const known = new Set<string>();
  for (const { credential, networks } of [...findings].sort(byCredential)) {
    const person = personOf(credential);
    const [own, other] = credential.id === person ? [acts, tokens] : [tokens, acts];
    const keys = networks.map((network) => `${person} ${network}`);
    if (told.has(credential.id) || !keys.some((key) => other.has(key) && !own.has(key))) continue;
    known.add(credential.id);
    for (const key of keys) own.add(key);
  }
  return known;
}

function byCredential(a: Finding, b: Finding): number {
  return a.credential.id < b.credential.id ? -1 : 1;
}

/** Whose account it is, as `user/<id>`: what acts are known by that nothing names a token for. */
export function personOf(credential: Finding['credential']): string | undefined {
  const owner = ownerKey(credential.id, credential);
  return owner.startsWith('user/') ? owner : undefined;
}
