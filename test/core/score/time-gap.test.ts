import { describe, expect, it } from 'vitest';
import { timeGap } from '../../../functions/core/score/time-gap.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import { match } from '../../support/evidence.ts';
import { networkEvidence, WEIGHT } from './network-evidence.ts';

function scored(minutes: readonly number[], slack = 30 * MINUTE) {
  const matches = minutes.map((gap) => match({ gap: gap * MINUTE }));
  return timeGap(networkEvidence({ matches, slack }), -WEIGHT);
}

describe('the time between sighting and use', () => {
  it.each([
    [[30], -100, '30 min'],
    [[3], -10, '3 min'],
    [[30, 15, 24], -50, '15 min'],
    [[1.5], -5, '2 min'],
  ])('lowers by the closest: %j', (minutes, points, input) => {
    expect(scored(minutes)).toMatchObject({ points, input });
  });

  it('is nothing where any two overlap, nor without slack', () => {
    expect(scored([30, 0])).toBeUndefined();
    expect(scored([0], 0)).toBeUndefined();
  });
});
