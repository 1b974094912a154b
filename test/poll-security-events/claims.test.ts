import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CLAIM_LEASE } from '../../functions/core/monitor.ts';
import { MINUTE } from '../../functions/core/time.ts';
import { TransientError } from '../../functions/runtime/errors.ts';
import { filterOf, groupsOf, OTHER, openMonitorRule, type TestRule, ZONE } from './monitor-rule.ts';

let rule: TestRule;
beforeEach(async () => {
  rule = await openMonitorRule();
});
afterEach(() => rule.close());

/** Lets the lease of what is under way run out. */
const lapse = () => rule.local.clock.advance(CLAIM_LEASE - MINUTE);
const claim = async () => (await rule.remembered())?.state.claim;

describe('polls at one moment', () => {
  it('begin one case', async () => {
    rule.shown.set(ZONE.id, groupsOf(10, ['192.0.2.1']));
    const polls = await Promise.all([1, 2, 3, 4].map(() => rule.fire()));
    expect(new Set(polls.flatMap(({ executions }) => executions)).size).toBe(1);
    expect(rule.executions.size).toBe(1);
    expect((await rule.remembered())?.state.alerts).toBe(1);
  });

  it('begin one case where one of them lapsed', async () => {
    const [name = ''] = await rule.see(10);
    rule.end(name, 'FAILED');
    lapse();
    rule.local.clock.advance(MINUTE);
    await Promise.all([rule.fire(), rule.fire()]);
    expect(rule.executions.size).toBe(2);
  });
});

describe('an alert under way', () => {
  it('is not followed by another, and what is seen meanwhile counts as if it had been delivered at once', async () => {
    const [name = ''] = await rule.see(10);
    expect(await rule.see(50)).toEqual([]);
    expect(await rule.see(4)).toEqual([]);
    await rule.deliver(name);
    expect((await rule.remembered())?.state.reference).toBe(4);
    expect(await rule.see(8)).toHaveLength(1);
  });

  it('has its lease extended while its execution runs', async () => {
    await rule.see(10);
    lapse();
    expect(await rule.next()).toEqual([]);
    expect((await claim())?.until).toBe(rule.local.clock.now() + CLAIM_LEASE);
    expect(rule.executions.size).toBe(1);
  });

  it('is not asked about before its lease has run out', async () => {
    await rule.see(10);
    rule.down.add('status');
    rule.local.clock.advance(CLAIM_LEASE - 2 * MINUTE);
    expect(await rule.next()).toEqual([]);
  });

  it.each(['FAILED', 'TIMED_OUT', 'ABORTED'] as const)(
    'is judged anew at once when its execution %s',
    async (standing) => {
      const [name = ''] = await rule.see(10);
      rule.end(name, standing);
      lapse();
      const [again = ''] = await rule.next();
      expect(again).not.toBe(name);
      expect(rule.executions.get(again)?.state.monitor).toMatchObject({ total: 10, reference: 0 });
      expect((await rule.remembered())?.state).toMatchObject({ alerts: 2, claim: { caseId: again } });
    },
  );

  it('is forgotten when its execution failed and its attack is over', async () => {
    const [name = ''] = await rule.see(10);
    rule.end(name, 'FAILED');
    lapse();
    expect(await rule.see(0, [])).toEqual([]);
    expect(await claim()).toBeUndefined();
    expect(await rule.see(1)).toHaveLength(1);
  });

  it.each(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const)(
    'is tried again when it was ordered and nobody sent it, its execution being %s',
    async (standing) => {
      const [name = ''] = await rule.see(10);
      await rule.order(name);
      rule.end(name, standing);
      lapse();
      // Less than at the alert: judged anew, it would be lost.
      expect(await rule.see(6)).toEqual([]);
      expect((await rule.remembered())?.state).toMatchObject({ reference: 6, alerts: 1 });
      expect(await claim()).toBeUndefined();
      expect(await rule.monitors.loadRetry(name)).toMatchObject({ attempts: 1, at: rule.local.clock.now() });
      expect(rule.told).toMatchObject([{ source: 'alert-webhook', action: 'raise' }]);
      expect(await rule.next()).toEqual([expect.stringContaining(`${name}-alert-`)]);
    },
  );

  it.each(['RUNNING', 'SUCCEEDED', 'FAILED'] as const)(
    'is settled when it was delivered and nobody could note it, its execution being %s',
    async (standing) => {
      const [name = ''] = await rule.see(10);
      await rule.order(name);
      await rule.alerts.markSent(name, { look: 1, kind: 'attack' }, rule.local.clock.now());
      rule.end(name, standing);
      lapse();
      expect(await rule.see(12)).toEqual([]);
      expect((await rule.remembered())?.state).toMatchObject({ reference: 10, alerts: 1 });
      expect(await claim()).toBeUndefined();
      expect(await rule.monitors.loadRetry(name)).toBeUndefined();
    },
  );

  it.each(['SUCCEEDED', 'FAILED'] as const)(
    'is settled when it waits for another try already and its execution %s',
    async (standing) => {
      const [name = ''] = await rule.see(10);
      rule.end(name, standing);
      const retry = { caseId: name, key: rule.executions.get(name)?.state.monitor?.key ?? '', attempts: 4 };
      lapse();
      await rule.monitors.retryLater({ ...retry, at: rule.local.clock.now() + 8 * MINUTE });
      expect(await rule.next()).toEqual([]);
      expect((await rule.remembered())?.state).toMatchObject({ reference: 10, alerts: 1 });
      expect(await claim()).toBeUndefined();
      expect(await rule.monitors.loadRetry(name)).toMatchObject({ attempts: 4 });
    },
  );

  it('is looked after although its zone cannot be read', async () => {
    const [name = ''] = await rule.see(10);
    await rule.order(name);
    rule.end(name, 'SUCCEEDED');
    rule.shown.set(ZONE.id, new TransientError('Cloudflare is down'));
    rule.shown.set(OTHER.id, []);
    lapse();
    await rule.next();
    expect(await claim()).toBeUndefined();
    expect(await rule.monitors.loadRetry(name)).toBeDefined();
  });

  it.each(['RUNNING', 'SUCCEEDED'] as const)(
    'is settled without another try when alerts were switched off and its execution %s',
    async (standing) => {
      const [name = ''] = await rule.see(10);
      rule.end(name, standing);
      rule.local.clock.advance(CLAIM_LEASE);
      await rule.fire(undefined, { settings: { ...rule.settings, alertsOn: false } });
      expect((await rule.remembered())?.state).toMatchObject({ reference: 10, alerts: 1 });
      expect(await claim()).toBeUndefined();
      expect(await rule.monitors.loadRetry(name)).toBeUndefined();
    },
  );

  it('stays as it is while nobody can say how it stands', async () => {
    const [name = ''] = await rule.see(10);
    rule.end(name, 'FAILED');
    lapse();
    rule.down.add('status');
    await expect(rule.see(6)).rejects.toThrow('status is down');
    expect(await claim()).toMatchObject({ caseId: name, reference: 6 });
    rule.down.clear();
    expect(await rule.next()).toHaveLength(1);
  });
});

describe('a poll that breaks off', () => {
  it('between claim and start leaves the case to a later poll, which begins the same', async () => {
    vi.spyOn(rule.cases, 'open').mockImplementationOnce(() => new Promise(() => {}));
    rule.shown.set(ZONE.id, groupsOf(10, ['192.0.2.1']));
    rule.local.clock.advance(MINUTE);
    void rule.fire();
    await expect.poll(claim).toBeDefined();
    const caseId = (await claim())?.caseId ?? '';
    expect(await rule.see(7)).toEqual([]);
    lapse();
    expect(await rule.see(7)).toEqual([caseId]);
    expect(rule.executions.get(caseId)?.state).toMatchObject({
      window: { end: '2026-11-20T19:01:00.000Z' },
      monitor: { name: 'all', zone: ZONE, total: 10, reference: 0 },
    });
    expect(await rule.cases.load(caseId)).toMatchObject({ filter: filterOf() });
    expect(await rule.cases.loadPicture(caseId, 0)).toMatchObject({ total: 7 });
    expect((await claim())?.until).toBe(rule.local.clock.now() + CLAIM_LEASE);
    await rule.deliver(caseId);
    expect((await rule.remembered())?.state.reference).toBe(7);
  });

  it('leaves nothing where the monitor was taken away since', async () => {
    vi.spyOn(rule.cases, 'open').mockRejectedValueOnce(new TransientError('the table is down'));
    await expect(rule.see(10)).rejects.toThrow('the table is down');
    const settings = { ...rule.settings, filters: [] };
    rule.local.clock.advance(MINUTE);
    await rule.fire(undefined, { settings });
    expect(await claim()).toBeUndefined();
    expect(rule.executions.size).toBe(0);
  });
});

describe('a case that cannot be started', () => {
  it('is started by the next poll under the same name, and does not stop the others', async () => {
    rule.shown.set(OTHER.id, groupsOf(5, ['192.0.2.9']));
    const { start } = rule.services.executions;
    rule.services.executions.start = async (state, name) => {
      if (state.monitor?.zone.id === ZONE.id) throw new TransientError('throttled');
      await start(state, name);
    };
    await expect(rule.see(10)).rejects.toThrow('throttled');
    expect([...rule.executions.values()].map(({ state }) => state.monitor?.zone.name)).toEqual(['example.org']);
    const caseId = (await claim())?.caseId ?? '';
    rule.services.executions.start = start;
    expect(await rule.see(11)).toEqual([caseId]);
    expect(rule.executions.get(caseId)?.state.monitor).toMatchObject({ total: 10, reference: 0 });
    expect(await rule.cases.loadPicture(caseId, 0)).toMatchObject({ total: 10 });
  });

  it('is not started twice where only the answer was lost', async () => {
    const { start } = rule.services.executions;
    rule.services.executions.start = async (state, name) => {
      await start(state, name);
      throw new TransientError('no answer');
    };
    await expect(rule.see(10)).rejects.toThrow('no answer');
    rule.services.executions.start = start;
    expect(await rule.next()).toEqual([]);
    expect(rule.executions.size).toBe(1);
    expect((await claim())?.until).toBe(rule.local.clock.now() + CLAIM_LEASE);
  });

  it('is begun by the next poll where its claim could not be stored', async () => {
    vi.spyOn(rule.monitors, 'save').mockRejectedValueOnce(new TransientError('the table is down'));
    await expect(rule.see(10)).rejects.toThrow('the table is down');
    expect(rule.executions.size).toBe(0);
    expect(await rule.next()).toHaveLength(1);
  });

  it('is begun no more when the poll runs out of time', async () => {
    rule.shown.set(ZONE.id, groupsOf(10, ['192.0.2.1']));
    const deadline = rule.local.clock.now() + 4_999;
    await expect(rule.fire(undefined, { deadline })).rejects.toThrow('out of time');
    expect(await rule.remembered()).toBeUndefined();
    expect(await rule.next()).toHaveLength(1);
  });
});
