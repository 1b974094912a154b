import { describe, expect, it } from 'vitest';
import { unusualHour } from '../../../functions/core/score/unusual-hour.ts';
import { HOUR, instant, MINUTE } from '../../../functions/core/time.ts';
import type { Habits, TokenUse } from '../../../functions/core/token-use.ts';
import { match, NOON, tokenUse } from '../../support/evidence.ts';
import { accustomed, NETWORK, networkEvidence, WEIGHT } from './network-evidence.ts';

const OFFICE_HOURS = [8, 9, 10, 13, 16];

/** Used half past this hour of the day (UTC). */
function usedAt(hour: number, overrides: Partial<TokenUse> = {}) {
  return match({ use: tokenUse({ at: instant(NOON + (hour - 12) * HOUR + 30 * MINUTE), ...overrides }) });
}

function scored(matches: readonly ReturnType<typeof usedAt>[], habits: Partial<Habits> = { hours: OFFICE_HOURS }) {
  return unusualHour(networkEvidence({ matches, ...accustomed(habits) }), WEIGHT);
}

describe('a use hours away from any usual hour', () => {
  it.each([
    ['at a usual hour', 9, undefined],
    ['between two of them', 11, undefined],
    ['an hour later', 17, undefined],
    ['two hours later', 18, 50],
    ['three hours later', 19, 100],
    ['in the night', 1, 100],
    ['two hours early', 6, 50],
  ])('counts by its distance: %s', (_what, hour, points) => {
    expect(scored([usedAt(hour)])?.points).toBe(points);
  });

  it.each([
    [23, 0, undefined],
    [23, 1, 50],
    [0, 22, 50],
    [22, 1, 100],
    [1, 13, 100],
  ])('goes round midnight: usual at %i, used at %i', (usual, used, points) => {
    expect(scored([usedAt(used)], { hours: [usual] })?.points).toBe(points);
  });

  it.each([
    ['no hour is usual', { hours: [] }],
    ['the network is usual', { hours: OFFICE_HOURS, networkDays: { [NETWORK]: 1 } }],
    ['history is short', { hours: OFFICE_HOURS, days: 4 }],
  ])('says nothing where %s', (_what, habits) => {
    expect(scored([usedAt(1)], habits)).toBeUndefined();
    expect(scored([usedAt(1)], { hours: OFFICE_HOURS, days: 5 })?.points).toBe(WEIGHT);
    expect(unusualHour(networkEvidence({ matches: [usedAt(1)] }), WEIGHT)).toBeUndefined();
  });

  it('says how far, in an hour or in hours', () => {
    expect(scored([usedAt(18)])?.sentence).toBe('Neither it nor its owner worked within 1 hour of 18:00 UTC before.');
    expect(scored([usedAt(19)])?.sentence).toContain('within 2 hours of 19:00 UTC');
  });

  it('goes by exact uses only that were not turned away', () => {
    const { at } = usedAt(1).use;
    const span = { notBefore: at.notBefore - 20 * MINUTE, notAfter: at.notAfter };
    expect(scored([usedAt(1, { at: span })])).toBeUndefined();
    expect(scored([usedAt(1, { at: span, times: 9 })])?.points).toBe(WEIGHT);
    expect(scored([usedAt(1, { strength: 'refused' })])).toBeUndefined();
    expect(scored([usedAt(1, { strength: 'acted' })])?.points).toBe(WEIGHT);
  });

  it('goes by the farthest of its uses, whatever their order', () => {
    const uses = [usedAt(9), usedAt(18), usedAt(20), usedAt(4)];
    expect(scored(uses)).toMatchObject({
      points: WEIGHT,
      sentence: 'Neither it nor its owner worked within 3 hours of 4:00 UTC before.',
    });
    expect(scored(uses.toReversed())).toEqual(scored(uses));
  });
});
