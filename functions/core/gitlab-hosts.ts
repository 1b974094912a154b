import type { Match } from './finding.ts';
import { normalHost } from './host-name.ts';
import type { Sighting } from './sighting.ts';
import { type Credential, isNewNetwork, type TokenUse } from './token-use.ts';

/** What Cloudflare answers about given addresses. */
export interface GitlabHostSightings {
  /**
   * Addresses seen as bots by score alone, and only on GitLab's own hosts. Git, runners and API clients are automated
   * by nature, so these are no sightings by themselves (design §7).
   */
  readonly onGitlabHosts: readonly Sighting[];
}

/**
 * The token uses for which automated requests to GitLab itself do count: the network is new for the credential (which
 * takes a history to say), or credentials were turned away from the same network.
 */
export function suspectUses(uses: readonly TokenUse[], credentials: readonly Credential[]): TokenUse[] {
  const described = new Map(credentials.map((credential) => [credential.id, credential]));
  const refusing = new Set(uses.filter(({ strength }) => strength === 'refused').map(({ network }) => network));
  return uses.filter((use) => {
    const credential = described.get(use.credential);
    return refusing.has(use.network) || (credential !== undefined && isNewNetwork(credential, use.network) === true);
  });
}

/** The match, marked as resting on requests to GitLab itself. */
export function onGitlab(match: Match): Match {
  return { ...match, onGitlab: true };
}

/** GitLab's host names in lower case: that of its URL, and the configured further ones. */
export function gitlabHostNames(gitlabUrl: string, hosts: readonly string[]): string[] {
  const own = URL.parse(gitlabUrl)?.hostname ?? '';
  return [...new Set([own, ...hosts].flatMap((host) => normalHost(host) ?? []))];
}
