import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLAIM_LEASE } from '../../functions/core/monitor.ts';
import { MINUTE } from '../../functions/core/time.ts';
import { TransientError } from '../../functions/runtime/errors.ts';
import { filterOf, groupsOf, OTHER, openMonitorRule, type TestRule, ZONE } from './monitor-rule.ts';

// Each is a defect of the well-known `ddos-alerts` Worker (`reference/cloudflare.md` §11), which fails it.

let rule: TestRule;
afterEach(() => rule.close());
const open = async (options: Parameters<typeof openMonitorRule>[0] = {}) => {
  rule = await openMonitorRule(options);
};
const ATTACKERS = Array.from({ length: 25 }, (_, n) => `192.0.2.${n + 1}`);

describe('state stored before delivery: an alert that was never delivered counts as told', () => {
  beforeEach(() => open());

  it('is told again when its execution broke before it was sent', async () => {
    const [first = ''] = await rule.see(10);
    rule.end(first, 'FAILED');
    rule.local.clock.advance(CLAIM_LEASE);
    expect(await rule.see(10)).toHaveLength(1);
  });

  it('is not remembered as told while it is under way', async () => {
    const [first = ''] = await rule.see(10);
    expect((await rule.remembered())?.state).toMatchObject({ reference: 0 });
    expect((await rule.remembered())?.state.alertedAt).toBeUndefined();
    await rule.deliver(first);
    expect((await rule.remembered())?.state).toMatchObject({ reference: 10 });
  });
});

describe('a failed delivery is only logged', () => {
  it('is tried again, and told to a human', async () => {
    await open();
    const [first = ''] = await rule.see(10);
    await rule.failToDeliver(first);
    expect(await rule.see(10)).toEqual([expect.stringContaining(`${first}-alert-`)]);
    expect(rule.told).toMatchObject([{ source: 'alert-webhook', action: 'raise' }]);
  });
});

describe('only the first 48 bytes are hashed: a changed address further down goes unseen', () => {
  beforeEach(() => open({ rule: { alertOn: 'change' } }));

  it.each([
    ['the last address is another', [...ATTACKERS.slice(0, 24), '198.51.100.77']],
    ['a group is added', [...ATTACKERS, '198.51.100.77']],
    ['a group is gone', ATTACKERS.slice(0, 24)],
  ])('%s', async (_, after) => {
    for (const name of await rule.see(2500, ATTACKERS)) await rule.deliver(name);
    expect(await rule.see(2500, after)).toHaveLength(1);
  });
});

describe('counts are hashed: a window that slides alerts nearly every minute', () => {
  it.each(['growth', 'change'] as const)('alerts once in an hour of the same attack on %s', async (alertOn) => {
    await open({ rule: { alertOn } });
    let alerts = 0;
    for (let minute = 0; minute < 60; minute++) {
      const order = minute % 2 === 0 ? ATTACKERS : ATTACKERS.toReversed();
      for (const name of await rule.see(1000 + ((minute * 37) % 90), order)) {
        alerts++;
        await rule.deliver(name);
      }
    }
    expect(alerts).toBe(1);
  });
});

describe('"count doubled" stands in the README only', () => {
  it('is what alerts', async () => {
    await open();
    const alerted: number[] = [];
    for (const total of [10, 12, 15, 19, 20, 39, 40]) {
      for (const name of await rule.see(total, ATTACKERS.slice(0, 1 + (total % 7)))) {
        alerted.push(total);
        await rule.deliver(name);
      }
    }
    expect(alerted).toEqual([10, 20, 40]);
  });
});

describe('text that is not Latin throws', () => {
  it.each(['growth', 'change'] as const)('alerts, and keeps every letter, on %s', async (alertOn) => {
    const name = 'Монитор 監視 🚨';
    await open({ rule: { alertOn }, settings: { filters: [filterOf({ name, hosts: ['пример.рф'] })] } });
    const groups = groupsOf(10, ['192.0.2.1'], {
      ...{ clientRequestPath: '/вход/ログイン/😈', description: 'Блокировка \u202e中文', ruleId: 'правило-١' },
    });
    rule.shown.set(ZONE.id, groups);
    const [caseId = ''] = await rule.next();
    expect(rule.executions.get(caseId)?.state.monitor?.name).toBe(name);
    expect(await rule.cases.loadPicture(caseId, 0)).toMatchObject({ groups });
    await rule.deliver(caseId);
    expect(await rule.next()).toEqual([]);
  });
});

describe('an answer with errors looks like no events', () => {
  it('neither forgets what was seen nor alerts anew afterwards', async () => {
    await open();
    rule.shown.set(OTHER.id, []);
    for (const name of await rule.see(100, ATTACKERS)) await rule.deliver(name);
    for (let minute = 0; minute < 10; minute++) {
      rule.shown.set(ZONE.id, new TransientError('Cloudflare answered with errors'));
      await rule.next();
    }
    expect(await rule.see(100, ATTACKERS)).toEqual([]);
    expect(rule.told).toMatchObject([{ source: 'monitor', action: 'raise' }, { action: 'resolve' }]);
  });
});

describe('two runs at one moment send two alerts', () => {
  it('send one', async () => {
    await open();
    rule.shown.set(ZONE.id, groupsOf(10, ATTACKERS));
    rule.local.clock.advance(MINUTE);
    await Promise.all([rule.fire(), rule.fire()]);
    expect(rule.executions.size).toBe(1);
  });
});
