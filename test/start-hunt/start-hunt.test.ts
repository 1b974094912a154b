import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../functions/core/time.ts';
import { BadInputError, TransientError } from '../../functions/runtime/errors.ts';
import { type HuntRule, openHuntRule } from './hunt-rule.ts';

/** The rule at ten past six in the evening: the window from five is the latest due. */
const TEN_PAST_SIX = Date.UTC(2026, 10, 20, 18, 10);
const FIVE = Date.UTC(2026, 10, 20, 17);
const hunt = (hour: number, attempt = 1, day = 20) =>
  `hunt-2026-11-${day}T${String(hour).padStart(2, '0')}Z-${attempt}`;

let rule: HuntRule;
beforeEach(async () => {
  rule = await openHuntRule();
});
afterEach(() => rule.close());

const firesAt = async (time: number, more?: object) => (await rule.fire(time, more)).executions;

describe('the hourly rule', () => {
  it('begins with the window that ended last', async () => {
    expect(await rule.fire(TEN_PAST_SIX)).toEqual({ executions: [hunt(17)], snapshot: 'complete' });
    const started = rule.executions.get(hunt(17))?.state;
    expect(started).toMatchObject({
      caseId: 'hunt-2026-11-20T17Z',
      trigger: 'hunt',
      window: { start: '2026-11-20T17:00:00.000Z', end: '2026-11-20T18:00:00.000Z' },
      look: 0,
      shadow: false,
      hunt: { attempt: 1, resend: false, written: false },
    });
    expect(await rule.cases.load('hunt-2026-11-20T17Z')).toMatchObject({ trigger: 'hunt', ends: [] });
    expect(await rule.hunts.window(FIVE)).toMatchObject({ status: 'open', attempt: 1 });
    expect(await rule.hunts.cursor(0)).toBe(FIVE);
  });

  it('waits until the delay has passed', async () => {
    await rule.fire(TEN_PAST_SIX);
    await rule.end(hunt(17));
    expect(await firesAt(TEN_PAST_SIX + HOUR - 1)).toEqual([]);
    expect(await firesAt(TEN_PAST_SIX + HOUR)).toEqual([hunt(18)]);
  });

  it('starts nothing when it is fired again, whether the hunt runs or is done', async () => {
    await rule.fire(TEN_PAST_SIX);
    expect(await firesAt(TEN_PAST_SIX)).toEqual([]);
    await rule.end(hunt(17));
    expect(await firesAt(TEN_PAST_SIX)).toEqual([]);
    expect(rule.executions.size).toBe(1);
  });

  it('catches an outage up, the oldest windows first and three a run', async () => {
    await rule.fire(TEN_PAST_SIX);
    await rule.end(hunt(17));
    const back = TEN_PAST_SIX + 4 * HOUR;
    expect(await firesAt(back)).toEqual([hunt(18), hunt(19), hunt(20)]);
    expect(await firesAt(back)).toEqual([hunt(21)]);
    for (const hour of [20, 18, 21, 19]) await rule.end(hunt(hour));
    expect(await firesAt(back)).toEqual([]);
    expect(await rule.hunts.cursor(0)).toBe(FIVE + 5 * HOUR);
  });

  it('says in which mode it starts them', async () => {
    await rule.close();
    rule = await openHuntRule({ shadow: true });
    await rule.fire(TEN_PAST_SIX);
    expect(rule.executions.get(hunt(17))?.state.shadow).toBe(true);
  });

  it.each([
    ['no time', {}],
    ['a time that is none', { time: 'soon' }],
    ['a time without its zone', { time: '2026-11-20T18:10:00' }],
    ['a number', { time: 1_700_000_000 }],
    ['nothing', undefined],
  ])('refuses an event with %s', async (_, event) => {
    const refused = rule.fire(0, { time: undefined, ...event });
    await expect(refused).rejects.toThrow(BadInputError);
    await expect(refused).rejects.toThrow('Field time of the event');
    expect(rule.readings).toEqual([]);
  });

  it('refuses an event whose force is no truth value', async () => {
    await expect(rule.fire(TEN_PAST_SIX, { force: 'yes' })).rejects.toThrow('Field force of the event');
  });
});

describe('an attempt that did not end well', () => {
  it.each(['FAILED', 'TIMED_OUT', 'ABORTED'] as const)('that %s is followed by the next', async (standing) => {
    await rule.fire(TEN_PAST_SIX);
    await rule.end(hunt(17), standing);
    expect(await firesAt(TEN_PAST_SIX + HOUR)).toEqual([hunt(17, 2), hunt(18)]);
    expect(rule.executions.get(hunt(17, 2))?.state.hunt).toEqual({ attempt: 2, resend: false, written: false });
  });

  it('is followed by the next also where it succeeded and left its window open', async () => {
    await rule.fire(TEN_PAST_SIX);
    const execution = rule.executions.get(hunt(17));
    if (execution !== undefined) execution.standing = 'SUCCEEDED';
    expect(await firesAt(TEN_PAST_SIX)).toEqual([hunt(17, 2)]);
  });

  it('is started by the next run where it was claimed and never started', async () => {
    rule.down.add('start');
    await expect(rule.fire(TEN_PAST_SIX)).rejects.toThrow(TransientError);
    expect(rule.readings).toHaveLength(1);
    expect(await rule.hunts.window(FIVE)).toMatchObject({ attempt: 1 });
    rule.down.clear();
    expect(await firesAt(TEN_PAST_SIX)).toEqual([hunt(17)]);
    expect([...rule.executions.keys()]).toEqual([hunt(17)]);
  });

  it('is neither doubled nor skipped while nobody can say how it stands', async () => {
    await rule.fire(TEN_PAST_SIX);
    rule.down.add('status');
    await expect(rule.fire(TEN_PAST_SIX + HOUR)).rejects.toThrow(TransientError);
    expect(rule.executions.size).toBe(1);
    rule.down.clear();
    expect(await firesAt(TEN_PAST_SIX + HOUR)).toEqual([hunt(18)]);
  });

  it('does not keep the others from being started', async () => {
    await rule.fire(TEN_PAST_SIX);
    await rule.end(hunt(17));
    const { start } = rule.services.executions;
    rule.services.executions.start = async (state, name) => {
      if (name === hunt(18)) throw new TransientError('throttled');
      await start(state, name);
    };
    await expect(rule.fire(TEN_PAST_SIX + 2 * HOUR)).rejects.toThrow('throttled');
    expect([...rule.executions.keys()]).toEqual([hunt(17), hunt(19)]);
    expect(rule.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'a hunt could not be started' }),
    );
    rule.services.executions.start = start;
    expect(await firesAt(TEN_PAST_SIX + 2 * HOUR)).toEqual([hunt(18)]);
  });

  it('comes before newer windows, however often it failed', async () => {
    for (const hours of [0, 1, 2, 3]) await rule.fire(TEN_PAST_SIX + hours * HOUR);
    for (const hour of [17, 18, 19, 20]) await rule.end(hunt(hour), 'FAILED');
    expect(await firesAt(TEN_PAST_SIX + 4 * HOUR)).toEqual([hunt(17, 2), hunt(18, 2), hunt(19, 2)]);
    for (const name of [hunt(17, 2), hunt(18, 2)]) await rule.end(name, 'FAILED');
    await rule.end(hunt(19, 2));
    expect(await firesAt(TEN_PAST_SIX + 5 * HOUR)).toEqual([hunt(17, 3), hunt(18, 3), hunt(20, 2)]);
  });

  it('is started once, however many deliveries of the event arrive at one moment', async () => {
    await rule.fire(TEN_PAST_SIX);
    await rule.end(hunt(17), 'FAILED');
    await Promise.all(Array.from({ length: 8 }, () => rule.fire(TEN_PAST_SIX + HOUR)));
    expect([...rule.executions.keys()].sort()).toEqual([hunt(17), hunt(17, 2), hunt(18)]);
  });
});

describe('a forced run', () => {
  it('hunts the latest due window once more, and no other', async () => {
    await rule.fire(TEN_PAST_SIX);
    await rule.end(hunt(17));
    const later = TEN_PAST_SIX + 2 * HOUR;
    expect(await firesAt(later, { force: true })).toEqual([hunt(19)]);
    expect(await firesAt(TEN_PAST_SIX, { force: true })).toEqual([hunt(17, 2)]);
    expect(rule.executions.get(hunt(17, 2))?.state).toMatchObject({
      look: 0,
      hunt: { attempt: 2, resend: false, written: false },
    });
    expect(await rule.hunts.window(FIVE)).toMatchObject({ status: 'open', attempt: 2 });
    expect(await rule.hunts.cursor(0)).toBe(FIVE + HOUR);
    expect(await firesAt(later)).toEqual([hunt(18)]);
  });

  it('stays alone with its failure once the cursor has passed', async () => {
    await rule.fire(TEN_PAST_SIX);
    await rule.end(hunt(17));
    await rule.fire(TEN_PAST_SIX, { force: true });
    await rule.end(hunt(17, 2), 'FAILED');
    expect(await firesAt(TEN_PAST_SIX)).toEqual([]);
    expect(await firesAt(TEN_PAST_SIX, { force: true })).toEqual([hunt(17, 3)]);
    await rule.end(hunt(17, 3));
    expect(await rule.hunts.window(FIVE)).toMatchObject({ status: 'finished', attempt: 3 });
  });

  it('is taken up like any other where the cursor has not passed', async () => {
    await rule.fire(TEN_PAST_SIX);
    await rule.fire(TEN_PAST_SIX + HOUR);
    await rule.end(hunt(18));
    await rule.fire(TEN_PAST_SIX + HOUR, { force: true });
    await rule.end(hunt(18, 2), 'FAILED');
    await rule.end(hunt(17));
    expect(await firesAt(TEN_PAST_SIX + HOUR)).toEqual([hunt(18, 3)]);
  });

  it('leaves an attempt alone that runs, and carries on one that was only claimed', async () => {
    await rule.fire(TEN_PAST_SIX);
    expect(await firesAt(TEN_PAST_SIX, { force: true })).toEqual([]);
    await rule.end(hunt(17));
    rule.down.add('start');
    await expect(rule.fire(TEN_PAST_SIX, { force: true })).rejects.toThrow(TransientError);
    rule.down.clear();
    expect(await firesAt(TEN_PAST_SIX, { force: true })).toEqual([hunt(17, 2)]);
  });

  it('needs no hunt before it, and no cursor after it', async () => {
    expect(await firesAt(TEN_PAST_SIX, { force: true })).toEqual([hunt(17)]);
    await rule.end(hunt(17));
    expect(await firesAt(TEN_PAST_SIX + HOUR)).toEqual([hunt(18)]);
    await rule.end(hunt(18));
    expect(await rule.hunts.cursor(0)).toBe(FIVE + 2 * HOUR);
  });
});

describe('windows that are too old', () => {
  const DAYS_LATER = TEN_PAST_SIX + 80 * HOUR;

  it('are given up, and the owner of the pipeline hears how many hours', async () => {
    await rule.fire(TEN_PAST_SIX);
    await rule.end(hunt(17), 'FAILED');
    // 02:10 on the 24th: the window from 01:00 on the 21st ended 72 hours and 10 minutes ago.
    expect(await firesAt(DAYS_LATER)).toEqual([hunt(2, 1, 21), hunt(3, 1, 21), hunt(4, 1, 21)]);
    expect(rule.told).toEqual([
      { source: 'hunt-skipped', action: 'raise', why: expect.stringContaining('9 hours between') },
    ]);
    expect(rule.told[0]?.why).toContain('2026-11-20T17:00:00.000Z and 2026-11-21T02:00:00.000Z');
    expect(rule.lines).toContainEqual(expect.objectContaining({ level: 'error', message: 'windows given up' }));
    expect(await rule.hunts.cursor(0)).toBe(Date.UTC(2026, 10, 21, 2));
  });

  it('are kept to the last minute of their 72 hours', async () => {
    await rule.fire(TEN_PAST_SIX);
    await rule.end(hunt(17), 'FAILED');
    const last = FIVE + HOUR + 72 * HOUR;
    expect(await firesAt(last)).toContain(hunt(17, 2));
    await rule.end(hunt(17, 2), 'FAILED');
    expect(await firesAt(last + MINUTE)).not.toContain(hunt(17, 3));
    expect(rule.told.map(({ why }) => why)).toEqual([expect.stringContaining('1 hour between')]);
  });

  it('are counted without those that were hunted, and skipped over with them', async () => {
    await rule.fire(TEN_PAST_SIX);
    await rule.end(hunt(17), 'FAILED');
    for (const hour of [18, 19]) {
      await rule.hunts.claim(FIVE + (hour - 17) * HOUR, 1, rule.local.clock.now());
      await rule.hunts.finish(FIVE + (hour - 17) * HOUR, 1, rule.local.clock.now());
    }
    await rule.fire(TEN_PAST_SIX + 73 * HOUR);
    expect(rule.told.map(({ why }) => why)).toEqual([expect.stringContaining('1 hour between')]);
    expect(await rule.hunts.cursor(0)).toBe(FIVE + 3 * HOUR);
  });

  it('are told again while PagerDuty is down, and what is new is hunted meanwhile', async () => {
    await rule.fire(TEN_PAST_SIX);
    rule.down.add('health');
    expect(await firesAt(DAYS_LATER)).toHaveLength(3);
    expect(await rule.hunts.cursor(0)).toBe(FIVE);
    rule.down.clear();
    expect(await firesAt(DAYS_LATER)).toHaveLength(3);
    expect(rule.told).toHaveLength(1);
  });

  it('are settled once every due window is hunted again', async () => {
    await rule.fire(TEN_PAST_SIX);
    await rule.fire(DAYS_LATER);
    for (let round = 0; round < 24; round++) await rule.fire(DAYS_LATER);
    expect(rule.executions.size).toBe(1 + 72);
    expect(rule.told.map(({ action }) => action)).toEqual(['raise', 'resolve']);
  });

  it('are few to look at, however far the cursor is behind', async () => {
    await rule.hunts.cursor(Date.UTC(1, 0, 1));
    await rule.fire(TEN_PAST_SIX);
    expect(rule.told[0]?.why).toMatch(/^hunts fell behind: \d{6,} hours/);
  });
});
