import { describe, expect, it } from 'vitest';
import { gitlabOnly } from '../../../functions/core/score/gitlab-only.ts';
import { match } from '../../support/evidence.ts';
import { networkEvidence, WEIGHT } from './network-evidence.ts';

const ONLY = match({ onGitlab: true });

describe('a network of which Cloudflare saw requests to GitLab only', () => {
  it('lowers, and less where nobody here worked with its operator', () => {
    expect(gitlabOnly(networkEvidence({ matches: [ONLY] }), -WEIGHT)).toMatchObject({
      input: 'known operator',
      points: -WEIGHT,
    });
    const unheardOf = gitlabOnly(networkEvidence({ matches: [ONLY], newOperator: true }), -WEIGHT);
    expect(unheardOf).toMatchObject({
      input: 'new operator',
      sentence: expect.stringContaining('Nobody here worked from its operator before.'),
    });
    expect(unheardOf?.points).toBeGreaterThan(-WEIGHT);
    expect(unheardOf?.points).toBeLessThan(0);
  });

  it.each([
    ['it was seen elsewhere', [match()]],
    ['it was seen elsewhere, too', [ONLY, match()]],
  ])('says nothing where %s', (_what, matches) => {
    expect(gitlabOnly(networkEvidence({ matches }), -WEIGHT)).toBeUndefined();
    expect(gitlabOnly(networkEvidence({ matches, newOperator: true }), -WEIGHT)).toBeUndefined();
  });
});
