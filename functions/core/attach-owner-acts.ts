import type { SourceName } from './coverage.ts';
import type { Match } from './finding.ts';
import { gapBetween } from './time.ts';
import type { Credential } from './token-use.ts';

/** Sources that name the token itself, of people as of bots. */
const NAME_TOKENS: readonly SourceName[] = ['logs', 'stream', 'inventory'];

/**
 * Groups matches by credential, and gives what a person did (an audit event names the author, never the token) to that
 * person's tokens where a source that names tokens saw one at the same address at about the same time: then the two
 * agree, and the act is evidence for the token. What no token explains stays with the person.
 *
 * @param slack milliseconds that the two may lie apart
 */
export function attachOwnerActs(
  matches: readonly Match[],
  credentials: ReadonlyMap<string, Credential>,
  slack: number,
): Map<string, Match[]> {
  const groups = new Map<string, Match[]>();
  const acts: Match[] = [];
  for (const match of matches) {
    if (match.use.credential.startsWith('user/')) acts.push(match);
    else add(groups, match.use.credential, match);
  }
  const tokens = tokensByOwnerAndAddress(groups, credentials);
  for (const act of acts) {
    const owned = tokens.get(`${act.use.credential} ${act.use.address}`) ?? [];
    const explaining = owned.filter(({ use }) => gapBetween(use.at, act.use.at) <= slack);
    if (explaining.length === 0) add(groups, act.use.credential, act);
    for (const credential of new Set(explaining.map(({ use }) => use.credential))) add(groups, credential, act);
  }
  return groups;
}

/** Uses of owned tokens, by `user/<owner id> <address>`. */
function tokensByOwnerAndAddress(
  groups: ReadonlyMap<string, readonly Match[]>,
  credentials: ReadonlyMap<string, Credential>,
): Map<string, Match[]> {
  const tokens = new Map<string, Match[]>();
  for (const [id, matches] of groups) {
    const owner = credentials.get(id)?.owner?.id;
    if (owner === undefined) continue;
    for (const match of matches) {
      const { use } = match;
      if (use.strength === 'used' && use.sources.some((source) => NAME_TOKENS.includes(source)))
        add(tokens, `user/${owner} ${use.address}`, match);
    }
  }
  return tokens;
}

function add(groups: Map<string, Match[]>, key: string, match: Match): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [match]);
  else group.push(match);
}
