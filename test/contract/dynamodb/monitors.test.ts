import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AlertStore } from '../../../functions/adapters/dynamodb/alerts.ts';
import { CaseStore } from '../../../functions/adapters/dynamodb/cases.ts';
import { type AlertRetry, MonitorStore } from '../../../functions/adapters/dynamodb/monitors.ts';
import { claimed, type MonitorState } from '../../../functions/core/monitor.ts';
import { DAY, MINUTE } from '../../../functions/core/time.ts';
import { type LocalTable, openLocalTable } from './local-table.ts';

let local: LocalTable;
let monitors: MonitorStore;
let alerts: AlertStore;

beforeAll(async () => {
  local = await openLocalTable();
});
afterAll(() => local.close());
beforeEach(async () => {
  const left = await local.table.query('monitor');
  await local.table.deleteMany(left.map(({ sk }) => ({ pk: 'monitor', sk: String(sk) })));
  monitors = new MonitorStore(local.table, 30);
  alerts = new AlertStore(local.table, 30);
});

const ten = Array.from({ length: 10 }, (_, n) => n);
const now = () => local.clock.now();
const seen: MonitorState = { digest: 'd1', total: 7, reference: 3, alerts: 0 };
const claimOf = (caseId: string) => claimed(seen, { total: 20, digest: 'd2' }, caseId, now());

describe('monitor states', () => {
  it('are read with retries and failed polls in one go', async () => {
    expect(await monitors.load()).toEqual({ states: new Map(), retries: [], failed: undefined });
    const retry = { caseId: 'monitor-a', key: 'zone#1', attempts: 1, at: now() };
    await monitors.save('zone#1', seen, 0);
    await monitors.save('zone#2', claimOf('monitor-b'), 0);
    await monitors.retryLater(retry);
    await monitors.saveFailed({ count: 2, why: 'zone пример.рф: нет ответа' });
    expect(await monitors.load()).toEqual({
      states: new Map([
        ['zone#1', { state: seen, version: 1 }],
        ['zone#2', { state: claimOf('monitor-b'), version: 1 }],
      ]),
      retries: [retry],
      failed: { count: 2, why: 'zone пример.рф: нет ответа' },
    });
    await monitors.saveFailed(undefined);
    expect((await monitors.load()).failed).toBeUndefined();
  });

  it('are written by one of those that saw the same version', async () => {
    const first = await Promise.all(ten.map((total) => monitors.save('zone#1', { ...seen, total }, 0)));
    expect(first.filter((version) => version === 1)).toHaveLength(1);
    const second = await Promise.all(ten.map((total) => monitors.save('zone#1', { ...seen, total }, 1)));
    expect(second.filter((version) => version !== undefined)).toEqual([2]);
    expect(await monitors.save('zone#1', seen, 0)).toBeUndefined();
    expect(await monitors.save('zone#9', seen, 3)).toBeUndefined();
  });

  it('are written by whose answer was lost: the write meets itself when it is repeated', async () => {
    expect(await monitors.save('zone#1', seen, 0)).toBe(1);
    expect(await monitors.save('zone#1', seen, 0)).toBe(1);
    expect(await monitors.save('zone#1', claimOf('monitor-a'), 0)).toBeUndefined();
  });

  it('never expire', async () => {
    await monitors.save('zone#1', seen, 0);
    local.clock.advance(1000 * DAY);
    expect((await monitors.load()).states.size).toBe(1);
  });
});

describe('settling', () => {
  it("makes the case's claim the state", async () => {
    await monitors.save('zone#1', claimOf('monitor-a'), 0);
    await monitors.settle('zone#1', 'monitor-a');
    const state = { digest: 'd2', total: 7, reference: 20, alerts: 1, alertedAt: now() };
    expect((await monitors.load()).states.get('zone#1')).toEqual({ state, version: 2 });
  });

  it('writes nothing where the claim is not of that case, or there is none', async () => {
    await monitors.save('zone#1', claimOf('monitor-a'), 0);
    await monitors.save('zone#2', seen, 0);
    await monitors.settle('zone#1', 'monitor-b');
    await monitors.settle('zone#2', 'monitor-b');
    await monitors.settle('zone#3', 'monitor-b');
    const { states } = await monitors.load();
    expect([...states.values()].map(({ version }) => version)).toEqual([1, 1]);
  });

  it('begins anew when a poll writes at the same moment, and loses neither', async () => {
    const claim = claimOf('monitor-a');
    await monitors.save('zone#1', claim, 0);
    const { put } = local.table;
    let polls = 0;
    local.table.put = async (...args) => {
      // Polls are faster three times.
      if (polls++ < 3)
        await put.apply(local.table, [args[0], { ...args[1], state: JSON.stringify({ ...claim, total: 9 }) }]);
      return await put.apply(local.table, args);
    };
    try {
      await monitors.settle('zone#1', 'monitor-a');
    } finally {
      local.table.put = put;
    }
    const { state } = (await monitors.load()).states.get('zone#1') ?? {};
    expect(state).toMatchObject({ total: 9, reference: 20 });
    expect(state?.claim).toBeUndefined();
  });
});

describe('alerts that wait for another try', () => {
  const retry = (): AlertRetry => ({ caseId: 'monitor-a', key: 'zone#1', attempts: 1, at: now() });

  it('are taken by one poll, and keep how often they were tried', async () => {
    const due = retry();
    await monitors.retryLater(due);
    const until = now() + 15 * MINUTE;
    const taken = await Promise.all(ten.map((n) => monitors.claimRetry(due, `try-${n}`, until)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    const kept = { ...due, at: until, execution: `try-${ten[taken.indexOf(true)]}` };
    expect(await monitors.loadRetry('monitor-a')).toEqual(kept);
  });

  it('are taken by whose answer was lost: the write meets itself when it is repeated', async () => {
    const due = retry();
    await monitors.retryLater(due);
    expect(await monitors.claimRetry(due, 'try', now() + MINUTE)).toBe(true);
    expect(await monitors.claimRetry(due, 'try', now() + MINUTE)).toBe(true);
  });

  it('are not taken by who read them before they were tried', async () => {
    const due = retry();
    await monitors.retryLater(due);
    await monitors.retryLater({ ...due, attempts: 2 });
    expect(await monitors.claimRetry(due, 'try', now() + MINUTE)).toBe(false);
    await monitors.dropRetry('monitor-a');
    expect(await monitors.claimRetry(due, 'try', now() + MINUTE)).toBe(false);
    expect(await monitors.loadRetry('monitor-a')).toBeUndefined();
    await monitors.dropRetry('monitor-a');
  });

  it('are kept as long as their case, also while they are tried', async () => {
    await monitors.retryLater(retry());
    await monitors.claimRetry(retry(), 'try', now() + MINUTE);
    local.clock.advance(30 * DAY - 1000);
    expect((await monitors.load()).retries).toHaveLength(1);
    local.clock.advance(1000);
    expect((await monitors.load()).retries).toEqual([]);
    expect(await monitors.loadRetry('monitor-a')).toBeUndefined();
  });
});

describe('alerts of a case', () => {
  it('are ordered once a look, however often it is repeated', async () => {
    const ordered = await Promise.all(ten.map(() => alerts.order('monitor-a', { look: 1, kind: 'attack' })));
    expect(ordered.filter(Boolean)).toHaveLength(1);
    expect(await alerts.order('monitor-a', { look: 1, kind: 'update' })).toBe(false);
    expect(await alerts.unsent('monitor-a')).toEqual([{ look: 1, kind: 'attack' }]);
  });

  it('are told the oldest look first, and not again once they were taken', async () => {
    for (const look of [10, 2, 1]) await alerts.order('monitor-b', { look, kind: look === 1 ? 'attack' : 'update' });
    expect((await alerts.unsent('monitor-b')).map(({ look }) => look)).toEqual([1, 2, 10]);
    await alerts.markSent('monitor-b', { look: 2, kind: 'update' }, now());
    expect((await alerts.unsent('monitor-b')).map(({ look }) => look)).toEqual([1, 10]);
    expect(await alerts.sent('monitor-b')).toEqual([{ look: 2, kind: 'update' }]);
    expect(await alerts.order('monitor-b', { look: 2, kind: 'update' })).toBe(false);
  });

  it('expire with their case, and are no part of it', async () => {
    const cases = new CaseStore(local.table, 30);
    await cases.open({ caseId: 'monitor-c', trigger: 'monitor', openedAt: now() });
    await alerts.order('monitor-c', { look: 1, kind: 'attack' });
    expect(await cases.load('monitor-c')).toEqual({
      caseId: 'monitor-c',
      trigger: 'monitor',
      openedAt: now(),
      ends: [],
    });
    local.clock.advance(30 * DAY);
    expect(await alerts.unsent('monitor-c')).toEqual([]);
    expect(await alerts.order('monitor-c', { look: 1, kind: 'attack' })).toBe(true);
  });
});
