/** What a security product's action says about the client: it was acted against, let through, or it passed a challenge. */
export type Outcome = 'mitigated' | 'passed' | 'solved';

/** Actions that let the client through, in GraphQL's spelling. */
export const LET_THROUGH = ['allow', 'skip', 'log', 'bypass'] as const;

/**
 * `*_solved` and `*_bypassed` (a clearance from an earlier solution) mean that the client passed a challenge; `skip`,
 * `allow`, `log` and `bypass` that it was let through (`reference/cloudflare.md` §4.4). Case and `_` do not matter.
 */
export function outcomeOf(action: string): Outcome {
  const value = action.toLowerCase().replaceAll('_', '');
  if (value.endsWith('solved') || (value.endsWith('bypassed') && value !== 'bypassed')) return 'solved';
  if (value.endsWith('skipped') || value === 'bypassed' || LET_THROUGH.some((passed) => passed === value))
    return 'passed';
  return 'mitigated';
}
