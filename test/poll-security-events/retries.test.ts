import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withoutSecrets } from '../../functions/core/hostile-text.ts';
import { CLAIM_LEASE } from '../../functions/core/monitor.ts';
import { DAY, MINUTE } from '../../functions/core/time.ts';
import { openMonitorRule, type TestRule } from './monitor-rule.ts';

let rule: TestRule;
beforeEach(async () => {
  rule = await openMonitorRule();
});
afterEach(() => rule.close());

/** An alert that could not be delivered at its first try. */
async function undelivered(total = 10): Promise<string> {
  const [name = ''] = await rule.see(total);
  await rule.failToDeliver(name);
  return name;
}

describe('an alert that could not be delivered', () => {
  it('is tried again with growing pauses, for as long as it takes', async () => {
    const name = await undelivered();
    const began = rule.local.clock.now();
    const tries: number[] = [];
    while (tries.length < 9) {
      for (const again of await rule.next()) {
        expect(again).toContain(`${name}-alert-`);
        tries.push((rule.local.clock.now() - began) / MINUTE);
        await rule.failToDeliver(again);
      }
    }
    const pauses = tries.map((at, n) => at - (tries[n - 1] ?? 0));
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    rule.local.clock.advance(60 * MINUTE);
    const [last = ''] = await rule.next();
    await rule.deliver(last);
    rule.local.clock.advance(DAY);
    expect(await rule.next()).toEqual([]);
    // No second case: nothing was read at GitLab or explained again.
    expect([...rule.executions.values()].filter(({ state }) => state.monitor?.resend === false)).toHaveLength(1);
  });

  it('is sent as its case left it, and nothing else is done', async () => {
    const name = await undelivered();
    const before = rule.executions.get(name)?.state;
    if (before === undefined) throw new Error('no state');
    const explained = {
      ...{ ...before, look: 1, topScore: 12, verdict: 'corroborated' as const, analysis: { status: 'model' as const } },
      due: { explain: true, page: true, report: false, alert: true, health: true },
    };
    await rule.cases.saveState(name, explained);
    const [again = ''] = await rule.next();
    expect(rule.executions.get(again)?.state).toEqual({
      ...explained,
      monitor: { ...before.monitor, resend: true },
      due: { explain: false, page: false, report: false, alert: true, health: false },
    });
  });

  it('keeps no later alert from being raised, and none is lost', async () => {
    const first = await undelivered(10);
    const second = await rule.see(20);
    // The first is due again in the same minute.
    expect(second).toHaveLength(2);
    expect(second).toContainEqual(expect.stringContaining(`${first}-alert-`));
    for (const name of second) await rule.failToDeliver(name);
    const delivered = new Set<string>();
    for (let minute = 0; minute < 10; minute++) {
      for (const name of await rule.see(21)) {
        await rule.deliver(name);
        delivered.add(name.replace(/-alert-\w+$/, ''));
      }
    }
    expect(delivered.size).toBe(2);
    expect((await rule.monitors.load()).retries).toEqual([]);
  });

  it('is tried by one of two polls at one moment', async () => {
    await undelivered();
    rule.local.clock.advance(MINUTE);
    const polls = await Promise.all([rule.fire(), rule.fire(), rule.fire()]);
    expect(new Set(polls.flatMap(({ executions }) => executions)).size).toBe(1);
  });

  it('is left alone while a try runs, also past its lease', async () => {
    const name = await undelivered();
    await rule.next();
    rule.local.clock.advance(CLAIM_LEASE);
    expect(await rule.next()).toEqual([]);
    expect(await rule.monitors.loadRetry(name)).toMatchObject({ attempts: 1 });
  });

  it.each(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const)(
    'is tried under a new name after a try that %s without a word',
    async (standing) => {
      const name = await undelivered();
      const [again = ''] = await rule.next();
      rule.end(again, standing);
      rule.local.clock.advance(CLAIM_LEASE - MINUTE);
      expect(await rule.next()).toEqual([]);
      const at = rule.local.clock.now() + 2 * MINUTE;
      expect(await rule.monitors.loadRetry(name)).toMatchObject({ attempts: 2, at });
      rule.local.clock.advance(MINUTE);
      expect(await rule.next()).toEqual([expect.stringContaining(`${name}-alert-`)]);
    },
  );

  it('does not come back when it was delivered while a poll looked', async () => {
    const name = await undelivered();
    const [again = ''] = await rule.next();
    rule.local.clock.advance(CLAIM_LEASE);
    rule.services.executions.status = async () => {
      await rule.deliver(again);
      return 'SUCCEEDED';
    };
    await rule.next();
    expect(await rule.monitors.loadRetry(name)).toBeUndefined();
  });

  it('is tried by the next poll where its execution could not be started', async () => {
    const name = await undelivered();
    rule.down.add('start');
    await expect(rule.next()).rejects.toThrow('start is down');
    rule.down.clear();
    expect(await rule.next()).toEqual([expect.stringContaining(`${name}-alert-`)]);
  });

  it('is tried by a later poll where one broke off before it started it', async () => {
    const name = await undelivered();
    const retry = await rule.monitors.loadRetry(name);
    if (retry === undefined) throw new Error('no retry');
    await rule.monitors.claimRetry(retry, `${name}-alert-x`, rule.local.clock.now() + CLAIM_LEASE);
    expect(await rule.next()).toEqual([]);
    rule.local.clock.advance(CLAIM_LEASE);
    expect(await rule.next()).toEqual([expect.stringContaining(`${name}-alert-`)]);
  });

  it('is tried although Cloudflare cannot be asked', async () => {
    const name = await undelivered();
    rule.down.add('poll');
    await expect(rule.next()).rejects.toThrow('poll is down');
    expect([...rule.executions.keys()]).toContainEqual(expect.stringContaining(`${name}-alert-`));
  });

  it('is tried although nothing is watched any more', async () => {
    const name = await undelivered();
    rule.local.clock.advance(MINUTE);
    const { executions } = await rule.fire(undefined, { settings: { ...rule.settings, filters: [] } });
    expect(executions).toEqual([expect.stringContaining(`${name}-alert-`)]);
  });

  it('is given up when its case is gone', async () => {
    const name = await undelivered();
    vi.spyOn(rule.cases, 'load').mockResolvedValueOnce(undefined);
    expect(await rule.next()).toEqual([]);
    expect(await rule.monitors.loadRetry(name)).toBeUndefined();
    expect(rule.lines).toContainEqual(expect.objectContaining({ level: 'warn', message: 'alert given up' }));
  });

  it('is given up when alerts were switched off', async () => {
    const name = await undelivered();
    rule.local.clock.advance(MINUTE);
    await rule.fire(undefined, { settings: { ...rule.settings, alertsOn: false } });
    expect(await rule.monitors.loadRetry(name)).toBeUndefined();
    expect(rule.executions.size).toBe(1);
  });
});

describe("the alert webhook's health", () => {
  it('is told once, and again when everything was delivered', async () => {
    const first = await undelivered(10);
    const second = await undelivered(20);
    for (let minute = 0; minute < 3; minute++) {
      for (const again of await rule.next()) await rule.failToDeliver(again);
    }
    expect(rule.told).toMatchObject([{ source: 'alert-webhook', action: 'raise' }]);
    // As a pager shows it: the case can be found.
    const [told] = rule.told;
    expect(told && withoutSecrets(told.why, 1000)).toContain(first);
    expect(rule.told[0]?.why).toContain(first);
    await rule.deliver(first);
    await rule.next();
    expect(rule.told).toHaveLength(1);
    await rule.deliver(second);
    await rule.next();
    await rule.next();
    expect(rule.told.map(({ action }) => action)).toEqual(['raise', 'resolve']);
  });

  it('names a bounded number of cases', async () => {
    for (const total of [1, 2, 4, 8, 16, 32, 64, 128]) {
      const names = await rule.see(total);
      for (const name of names) await rule.failToDeliver(name);
      rule.told.length = 0;
    }
    await rule.next();
    expect(rule.told[0]?.why).toMatch(/(monitor-[^,]+, ){4}monitor-\S+ and 3 more$/);
  });

  it('is told by the next poll where it could not be', async () => {
    await undelivered();
    rule.down.add('health');
    await rule.next();
    expect(rule.told).toEqual([]);
    rule.down.clear();
    await rule.next();
    expect(rule.told).toHaveLength(1);
  });
});
