import { part, type ScoreRule } from './network-evidence.ts';
import { reachOf } from './scopes.ts';

/** What the credential may do. */
export const scope: ScoreRule = ({ credential }, weight) => {
  const { reach, widest, unknown } = reachOf(credential.scopes);
  if (credential.scopes === undefined) {
    return part(
      'scope',
      'unknown',
      weight,
      reach / 100,
      'Its scopes are unknown; counted as read access to everything.',
    );
  }
  if (widest === undefined) return part('scope', 'none', weight, 0, 'It has no scope.');
  const flag = unknown.length === 0 ? '' : ` ${unknown.length} of its scopes are not known to this version.`;
  return part('scope', widest, weight, reach / 100, `Its widest scope is ${widest}.${flag}`);
};
