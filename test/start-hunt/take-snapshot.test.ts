import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { off, unavailable } from '../../functions/core/coverage.ts';
import { DAY, HOUR, instant } from '../../functions/core/time.ts';
import { TransientError } from '../../functions/runtime/errors.ts';
import { tokenUse } from '../support/evidence.ts';
import { type HuntRule, openHuntRule } from './hunt-rule.ts';

const TEN_PAST_SIX = Date.UTC(2026, 10, 20, 18, 10);
const SILENT = unavailable('GitLab answered 503.');

let rule: HuntRule;
beforeEach(async () => {
  rule = await openHuntRule();
});
afterEach(() => rule.close());

describe('the inventory snapshot', () => {
  it('goes back as far as anything is kept at first, then to the last one', async () => {
    const now = rule.local.clock.now();
    await rule.fire(TEN_PAST_SIX);
    rule.gitlab.takenAt = TEN_PAST_SIX - 5 * HOUR;
    await rule.fire(TEN_PAST_SIX);
    rule.gitlab.takenAt = TEN_PAST_SIX - 300 * DAY;
    await rule.fire(TEN_PAST_SIX);
    expect(rule.readings).toEqual([
      { start: TEN_PAST_SIX - 30 * DAY, end: now },
      { start: TEN_PAST_SIX - 6 * HOUR, end: now },
      { start: TEN_PAST_SIX - 30 * DAY, end: now },
    ]);
  });

  it('never begins after it ends, whatever the time of the event', async () => {
    const now = rule.local.clock.now();
    await rule.fire(now + 400 * DAY);
    expect(rule.readings).toEqual([{ start: now, end: now }]);
  });

  it('that GitLab did not give is an error in the log, and keeps no hunt from starting', async () => {
    rule.gitlab.coverage = SILENT;
    expect(await rule.fire(TEN_PAST_SIX)).toEqual({ executions: ['hunt-2026-11-20T17Z-1'], snapshot: 'unavailable' });
    expect(rule.lines).toContainEqual({
      level: 'error',
      message: 'GitLab gave no inventory snapshot',
      fields: { status: 'unavailable', why: ['GitLab answered 503.'] },
    });
  });

  it('teaches from where credentials work', async () => {
    const at = instant(TEN_PAST_SIX - DAY);
    rule.gitlab.uses = [tokenUse({ at })];
    await rule.fire(TEN_PAST_SIX);
    const context = (await rule.learned.load()).stored(TEN_PAST_SIX, 30 * DAY);
    expect(Object.keys(context.networks)).toEqual([tokenUse().network]);
  });

  it('is read after the hunts were started', async () => {
    rule.services.inventory.read = async () => {
      expect(rule.executions.size).toBe(1);
      throw new TypeError('a bug');
    };
    await expect(rule.fire(TEN_PAST_SIX)).rejects.toThrow('a bug');
  });
});

describe('without a dataset to hunt in', () => {
  beforeEach(async () => {
    await rule.close();
    rule = await openHuntRule({ huntsConfigured: false });
  });

  it('only the snapshot is taken', async () => {
    expect(await rule.fire(TEN_PAST_SIX)).toEqual({ executions: [], snapshot: 'complete' });
    expect(await rule.fire(TEN_PAST_SIX, { force: true })).toEqual({ executions: [], snapshot: 'complete' });
    expect(rule.executions.size).toBe(0);
    expect(await rule.local.table.query('hunt')).toEqual([]);
    expect(rule.readings).toHaveLength(2);
  });

  it('a silent GitLab fails the run, so that it is tried again', async () => {
    rule.gitlab.coverage = SILENT;
    const failed = rule.fire(TEN_PAST_SIX);
    await expect(failed).rejects.toThrow(TransientError);
    await expect(failed).rejects.toThrow('GitLab answered 503.');
  });

  it('a GitLab that shows our token no list is no reason to try again', async () => {
    rule.gitlab.coverage = off('needs the Owner role');
    expect(await rule.fire(TEN_PAST_SIX)).toEqual({ executions: [], snapshot: 'off' });
  });
});
