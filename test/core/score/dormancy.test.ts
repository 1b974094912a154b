import { describe, expect, it } from 'vitest';
import { dormancy } from '../../../functions/core/score/dormancy.ts';
import { DAY } from '../../../functions/core/time.ts';
import { credential, NOON } from '../../support/evidence.ts';
import { networkEvidence, WEIGHT } from './network-evidence.ts';

function scored(days: number) {
  return dormancy(networkEvidence({ credential: credential({ usedBefore: NOON - days * DAY }) }), WEIGHT);
}

describe('a credential that was not used for long', () => {
  it.each([
    [30, 'It had not been used for 30 days.'],
    [200.5, 'It had not been used for 200 days.'],
  ])('counts: %d days', (days, sentence) => {
    expect(scored(days)).toMatchObject({ points: WEIGHT, sentence });
  });

  it('says nothing of one that was, nor where nobody knows', () => {
    expect(scored(29.9)).toBeUndefined();
    expect(scored(-1)).toBeUndefined();
    expect(
      dormancy(networkEvidence({ credential: credential({ lastUsedAt: NOON - 90 * DAY }) }), WEIGHT),
    ).toBeUndefined();
  });
});
