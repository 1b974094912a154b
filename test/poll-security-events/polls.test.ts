import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLAIM_LEASE } from '../../functions/core/monitor.ts';
import { HOUR, MINUTE, toIso } from '../../functions/core/time.ts';
import { pollSecurityEvents } from '../../functions/poll-security-events/poll-security-events.ts';
import { BadInputError } from '../../functions/runtime/errors.ts';
import { filterOf, groupsOf, OTHER, openMonitorRule, type TestRule, ZONE } from './monitor-rule.ts';

const A = '192.0.2.1';
const B = '192.0.2.2';
const C = '2001:db8::3';

let rule: TestRule;
beforeEach(async () => {
  rule = await openMonitorRule();
});
afterEach(() => rule.close());

const reopen = async (options: Parameters<typeof openMonitorRule>[0]) => {
  await rule.close();
  rule = await openMonitorRule(options);
};

/** Sees what the rows show, a minute each, and delivers every alert; answers with the totals that alerted. */
async function alertsOf(rows: readonly (readonly [total: number, attackers: readonly string[]])[]): Promise<number[]> {
  const alerted: number[] = [];
  for (const [total, attackers] of rows) {
    for (const name of await rule.see(total, attackers)) {
      alerted.push(total);
      await rule.deliver(name);
    }
  }
  return alerted;
}

const DAY_OF_POLLS = [
  [0, []],
  [0, []],
  [10, [A, B]],
  [10, [A, B]],
  // The window slides: as many come in as fall out.
  [11, [B, A]],
  [9, [A, B]],
  [12, [A, B]],
  [19, [A, B]],
  [20, [A, B]],
  [39, [A, B]],
  [2, [A, B]],
  [5, [A, B]],
  [5, [A, B, C]],
  [0, []],
  [1, [A]],
] as const;

describe('a table of polls', () => {
  it('alerts on growth to the factor, measured against the last alert or what it fell to since', async () => {
    // 12 and 17 are below twice 9; 19 and 20 above it, and 39 below twice 19.
    expect(await alertsOf(DAY_OF_POLLS)).toEqual([10, 19, 39, 5, 1]);
  });

  it('alerts at the double of the last alert and not before', async () => {
    const same = [A];
    expect(
      await alertsOf([
        [0, []],
        [0, []],
        [10, same],
        [10, same],
        [19, same],
        [20, same],
        [2, same],
        [3, same],
        [5, same],
      ]),
    ).toEqual([10, 20, 5]);
  });

  it('alerts on change when keys are others than before, whatever the counts', async () => {
    await reopen({ rule: { alertOn: 'change' } });
    expect(await alertsOf(DAY_OF_POLLS)).toEqual([10, 5, 1]);
  });

  it('alerts at the first poll when there are events already', async () => {
    expect(await alertsOf([[3, [A]]])).toEqual([3]);
  });

  it('alerts above the floor only, and after the cool-down', async () => {
    await reopen({ rule: { floor: 10, coolDown: 3 * MINUTE } });
    const rows = [10, 11, 22, 44, 88, 200, 400].map((total) => [total, [A]] as const);
    // 22 and 44 fall into the three minutes after 11, 200 and 400 into those after 88.
    expect(await alertsOf(rows)).toEqual([11, 88]);
  });

  it('tells of a change that the cool-down kept back once it has passed', async () => {
    await reopen({ rule: { alertOn: 'change', coolDown: 3 * MINUTE } });
    expect(
      await alertsOf([
        [5, [A]],
        [5, [A, B]],
        [6, [A, B]],
        [7, [A, B]],
        [7, [A, B]],
      ]),
    ).toEqual([5, 7]);
  });
});

describe('a case that the rule begins', () => {
  it('says what it is about, and holds what the poll saw', async () => {
    await rule.see(0, []);
    await rule.see(4, [A, B]);
    const [name = ''] = await rule.see(9, [A]);
    expect(name).toBe('');
    const [caseId = ''] = [...rule.executions.keys()];
    expect(caseId).toMatch(/^monitor-20261120t190200z-[0-9a-f]{12}$/);
    const at = Date.UTC(2026, 10, 20, 19, 2);
    const state = rule.executions.get(caseId)?.state;
    expect(state).toMatchObject({
      caseId,
      trigger: 'monitor',
      window: { start: toIso(at - HOUR), end: toIso(at) },
      look: 0,
      shadow: false,
      due: { explain: false, page: false, report: false, alert: false, health: false },
    });
    const key = [...(await rule.monitors.load()).states.keys()][0];
    expect(state?.monitor).toEqual({
      ...{ name: 'all', key, zone: ZONE, total: 4, reference: 0, alertOn: 'growth', resend: false },
      ...{ isEstimate: false, isLowerBound: false, window: { start: toIso(at - 24 * HOUR), end: toIso(at) } },
    });
    expect(await rule.cases.load(caseId)).toEqual({
      ...{ caseId, trigger: 'monitor', openedAt: at, filter: filterOf(), ends: [], state },
    });
    expect(await rule.cases.loadPicture(caseId, 0)).toMatchObject({ total: 4, groups: groupsOf(4, [A, B]) });
  });

  it('is one for each zone and filter that fires', async () => {
    const filters = [filterOf(), filterOf({ name: 'ddos', sources: ['l7ddos'] })];
    await reopen({ settings: { filters, shadow: true } });
    rule.shown.set(OTHER.id, groupsOf(7, [B]));
    const names = await rule.see(3, [A]);
    expect(new Set(names).size).toBe(4);
    const monitors = names.map((name) => rule.executions.get(name)?.state.monitor);
    expect(monitors.map((monitor) => `${monitor?.zone.name} ${monitor?.name} ${monitor?.total}`).sort()).toEqual([
      ...['example.com all 3', 'example.com ddos 3', 'example.org all 7', 'example.org ddos 7'],
    ]);
    expect(rule.executions.get(names[0] ?? '')?.state.shadow).toBe(true);
  });

  it('is one where two monitors differ in their names only', async () => {
    await reopen({ settings: { filters: [filterOf(), filterOf({ name: 'the same' })] } });
    expect(await rule.see(3)).toHaveLength(1);
    expect(rule.requests[0]?.filters.map(({ name }) => name)).toEqual(['all']);
  });

  it('has a name of its own for each alert of the same minute', async () => {
    const [first = ''] = await rule.see(3);
    await rule.deliver(first);
    rule.shown.set(ZONE.id, groupsOf(6, [A]));
    const [second = ''] = (await rule.fire()).executions;
    expect(second.slice(0, 24)).toBe(first.slice(0, 24));
    expect(second).not.toBe(first);
  });

  it('is settled at once where nobody delivers alerts', async () => {
    await reopen({ settings: { alertsOn: false } });
    expect(await rule.see(3)).toHaveLength(1);
    expect((await rule.remembered())?.state).toMatchObject({ reference: 3, alerts: 1 });
    expect((await rule.remembered())?.state.claim).toBeUndefined();
    expect(await rule.see(6)).toHaveLength(1);
  });
});

describe('what is asked and what is written', () => {
  it('is asked up to the moment the schedule says it fired, and refuses one that is years ahead', async () => {
    const now = rule.local.clock.now();
    await rule.fire(now - MINUTE);
    await rule.fire(now + HOUR);
    await expect(rule.fire(now + 366 * 24 * HOUR)).rejects.toThrow('at most a day after now');
    expect(rule.requests.map(({ until }) => until)).toEqual([now - MINUTE, now + HOUR]);
    expect(rule.requests[0]).toMatchObject({ zones: [ZONE], windowMs: 24 * HOUR, limit: 25, wantsKeys: false });
    expect(rule.requests[0]?.deadline).toBeLessThan(now + 50_000);
  });

  it('is every key where a change alerts', async () => {
    await reopen({ rule: { alertOn: 'change' } });
    await rule.next();
    expect(rule.requests[0]?.wantsKeys).toBe(true);
  });

  it('is written only when a stored value differs', async () => {
    await rule.see(0, []);
    await rule.see(0, []);
    expect((await rule.remembered())?.version).toBe(1);
    for (const name of await rule.see(8)) await rule.deliver(name);
    const version = (await rule.remembered())?.version;
    await rule.see(8);
    await rule.see(8);
    expect((await rule.remembered())?.version).toBe(version);
    await rule.see(9);
    expect((await rule.remembered())?.version).toBe((version ?? 0) + 1);
  });

  it('is one line a poll', async () => {
    await rule.see(0, []);
    await rule.see(8);
    const polls = rule.lines.filter(({ message }) => message === 'poll');
    expect(polls.map(({ fields }) => fields.alerts)).toEqual([0, 1]);
    expect(polls[1]?.fields).toMatchObject({ zones: 1, requests: 1, failures: 0, ms: 0 });
    expect(rule.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('is nothing where nothing is watched', async () => {
    await reopen({ settings: { filters: [] } });
    rule.down.add('zones').add('poll');
    expect(await rule.see(5)).toEqual([]);
    expect((await rule.monitors.load()).states.size).toBe(0);
  });

  it.each([
    ['no time', {}],
    ['a time that is none', { time: 'soon' }],
    ['a time without its zone', { time: '2026-11-20T18:10:00' }],
    ['nothing', undefined],
  ])('is nothing for an event with %s', async (_, event) => {
    const refused = pollSecurityEvents(event, { ...rule.services, deadline: rule.local.clock.now() + 50_000 });
    await expect(refused).rejects.toThrow(BadInputError);
    await expect(refused).rejects.toThrow('Field time of the event');
    expect(rule.requests).toEqual([]);
  });
});

describe('a poll that comes late', () => {
  it('alerts nobody twice: what it saw was before the alert', async () => {
    const before = rule.local.clock.now();
    for (const name of await rule.see(100)) await rule.deliver(name);
    rule.shown.set(ZONE.id, []);
    await rule.fire(before);
    expect((await rule.remembered())?.state).toMatchObject({ total: 100, reference: 100 });
    expect(await rule.see(100)).toEqual([]);
  });

  it('does not touch an alert that is under way', async () => {
    const before = rule.local.clock.now();
    await rule.see(100);
    rule.shown.set(ZONE.id, []);
    await rule.fire(before);
    expect((await rule.remembered())?.state.claim).toMatchObject({ reference: 100 });
  });

  it('still takes up an alert that nobody settled', async () => {
    const [name = ''] = await rule.see(100);
    rule.end(name, 'FAILED');
    rule.local.clock.advance(CLAIM_LEASE);
    expect((await rule.fire()).executions).toHaveLength(1);
  });
});
