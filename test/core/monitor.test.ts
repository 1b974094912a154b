import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CLAIM_LEASE,
  claimed,
  digestOf,
  extended,
  isSameState,
  judge,
  type MonitorFilter,
  type MonitorRule,
  type MonitorState,
  monitorKey,
  pauseAfter,
  type Reading,
  type StableKey,
  settled,
  withdrawn,
} from '../../functions/core/monitor.ts';
import { HOUR, MINUTE } from '../../functions/core/time.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const GROWTH: MonitorRule = { alertOn: 'growth', factor: 2, floor: 0, coolDown: 0 };
const CHANGE: MonitorRule = { ...GROWTH, alertOn: 'change' };

const key = (clientIP: string, over: Partial<StableKey> = {}): StableKey => ({
  clientIP,
  ruleId: 'r1',
  source: 'firewallManaged',
  action: 'block',
  ...over,
});

/** A poll that saw `total` events of these attackers. */
const saw = (total: number, ...attackers: string[]): Reading => ({
  total,
  digest: digestOf(total === 0 ? [] : attackers.map((address) => key(address))),
});

/** Plays polls a minute apart; every alert is delivered at once. Gives the totals that alerted. */
function alertsOf(readings: readonly Reading[], rule: MonitorRule): number[] {
  let state: MonitorState | undefined;
  const alerts: number[] = [];
  for (const [minute, reading] of readings.entries()) {
    const now = NOON + minute * MINUTE;
    const { fires, next } = judge(state, reading, rule, now);
    state = fires ? settled(claimed(next, reading, `case-${minute}`, now), `case-${minute}`) : next;
    if (fires) alerts.push(reading.total);
  }
  return alerts;
}

const TABLE: readonly (readonly [string, Reading])[] = [
  ['none', saw(0)],
  ['still none', saw(0)],
  ['10 events', saw(10, 'a', 'b')],
  ['the same', saw(10, 'a', 'b')],
  ['the window slides over the same attackers', saw(10, 'b', 'a')],
  ['19: not yet twice', saw(19, 'a', 'b')],
  ['20: twice', saw(20, 'a', 'b')],
  ['fallen to 2', saw(2, 'a')],
  ['5: more than twice what it fell to', saw(5, 'a')],
  ['a new attacker among equals', saw(5, 'c')],
  ['none again', saw(0)],
  ['the first event after silence', saw(1, 'a')],
];

describe('the promised table of polls', () => {
  const rows = (wanted: readonly string[]) =>
    TABLE.filter(([row]) => wanted.includes(row)).map(([, { total }]) => total);
  const readings = TABLE.map(([, reading]) => reading);

  it('alerts on growth exactly where it says', () => {
    const wanted = ['10 events', '20: twice', '5: more than twice what it fell to', 'the first event after silence'];
    expect(alertsOf(readings, GROWTH)).toEqual(rows(wanted));
  });

  it('alerts on change exactly where other attackers are seen', () => {
    const wanted = ['10 events', 'fallen to 2', 'a new attacker among equals', 'the first event after silence'];
    expect(alertsOf(readings, CHANGE)).toEqual(rows(wanted));
  });

  it('alerts the first time it sees events at all', () => {
    expect(alertsOf([saw(7, 'a')], GROWTH)).toEqual([7]);
    expect(alertsOf([saw(7, 'a')], CHANGE)).toEqual([7]);
  });

  it('judges by growth where it alerts on change and there are more keys than can be read', () => {
    const partial = (total: number, attacker: string) => ({ ...saw(total, attacker), digestIsPartial: true });
    const polls = [partial(10, 'a'), partial(10, 'b'), partial(11, 'c'), partial(20, 'd'), saw(20, 'e'), saw(20, 'e')];
    expect(alertsOf(polls, CHANGE)).toEqual([10, 20, 20]);
  });

  it('says nothing up to the floor, and tells what was kept back once it is above', () => {
    const polls = [saw(5, 'a'), saw(9, 'a', 'b'), saw(10, 'a', 'b'), saw(11, 'a', 'b'), saw(12, 'a', 'b')];
    expect(alertsOf(polls, { ...GROWTH, floor: 10 })).toEqual([11]);
    expect(alertsOf(polls, { ...CHANGE, floor: 10 })).toEqual([11]);
  });

  it('waits for the cool-down, and then tells what still stands', () => {
    const coolDown = 3 * MINUTE;
    expect(
      alertsOf(
        [10, 20, 40, 80].map((total) => saw(total, 'a')),
        { ...GROWTH, coolDown },
      ),
    ).toEqual([10, 80]);
    const changes = ['a', 'b', 'b', 'b', 'b'].map((address) => saw(10, address));
    expect(alertsOf(changes, { ...CHANGE, coolDown })).toEqual([10, 10]);
  });
});

const totals = fc.array(fc.nat({ max: 60 }), { maxLength: 40 });

/** The rule as the documentation words it, with nothing but a reference. */
function promised(polls: readonly number[], { factor, floor }: MonitorRule): number[] {
  let reference = 0;
  return polls.filter((total) => {
    const fires = total > floor && total >= factor * reference;
    reference = fires ? total : Math.min(reference, total);
    return fires;
  });
}

describe('growth', () => {
  it('follows the documented rule for any totals', () => {
    const rules = fc.record({ factor: fc.constantFrom(1.5, 2, 3), floor: fc.constantFrom(0, 5, 20) });
    fc.assert(
      fc.property(totals, rules, (polls, set) => {
        const rule = { ...GROWTH, ...set };
        expect(
          alertsOf(
            polls.map((total) => saw(total, 'a')),
            rule,
          ),
        ).toEqual(promised(polls, rule));
      }),
    );
  });

  it('goes on after a delivery of any length as if it had been delivered at once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), totals, (alert, since) => {
        let state = claimed(judge(undefined, saw(alert, 'a'), GROWTH, NOON).next, saw(alert, 'a'), 'case-1', NOON);
        for (const total of since) state = judge(state, saw(total, 'a'), GROWTH, NOON).next;
        expect(settled(state, 'case-1').reference).toBe(Math.min(alert, ...since));
      }),
    );
  });
});

describe('an alert under way', () => {
  const reading = saw(10, 'a');
  const under = claimed(judge(undefined, reading, GROWTH, NOON).next, reading, 'case-1', NOON);

  it('keeps the next minute from alerting too', () => {
    const { fires, next } = judge(under, saw(30, 'a', 'b'), GROWTH, NOON + MINUTE);
    expect(fires).toBe(false);
    expect(next.claim).toMatchObject({ caseId: 'case-1', total: 10, until: NOON + CLAIM_LEASE });
  });

  it('becomes the state once delivered, with what was seen meanwhile', () => {
    const fallen = judge(under, saw(4, 'a'), GROWTH, NOON + MINUTE).next;
    const state = settled(judge(fallen, saw(7, 'a'), GROWTH, NOON + 2 * MINUTE).next, 'case-1');
    expect(state).toMatchObject({ digest: reading.digest, reference: 4, total: 7, alertedAt: NOON, alerts: 1 });
    expect(state.claim).toBeUndefined();
    expect(judge(state, saw(8, 'a'), GROWTH, NOON + 3 * MINUTE).fires).toBe(true);
  });

  it('is as if it had never been where it came to nothing', () => {
    const state = withdrawn(under, 'case-1');
    expect(state).toMatchObject({ reference: 0, alerts: 1 });
    expect(judge(state, reading, GROWTH, NOON + MINUTE).fires).toBe(true);
  });

  it('is remembered for the smaller totals seen meanwhile where it came to nothing', () => {
    const told = { digest: '', total: 100, reference: 100, alerts: 1, alertedAt: NOON };
    const second = claimed(told, saw(200, 'a'), 'case-2', NOON);
    const fallen = judge(second, saw(5, 'a'), GROWTH, NOON + MINUTE).next;
    const { fires } = judge(withdrawn(fallen, 'case-2'), saw(150, 'a'), GROWTH, NOON + 2 * MINUTE);
    expect(fires).toBe(true);
  });

  it('is given more time', () => {
    expect(extended(under, 'case-1', NOON + HOUR).claim?.until).toBe(NOON + HOUR + CLAIM_LEASE);
  });

  it.each([settled, withdrawn])('is not ended in the name of another case', (end) => {
    expect(end(under, 'case-2')).toBe(under);
  });
});

describe('a digest', () => {
  it('does not depend on order, repetition or counts', () => {
    const keys = fc.array(
      fc.record({ ruleId: fc.string(), source: fc.string(), action: fc.string(), clientIP: fc.ipV4() }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(keys, fc.infiniteStream(fc.nat()), (some, order) => {
        const shuffled = some
          .map((one) => ({ one, at: order.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one);
        expect(digestOf([...shuffled, ...some])).toBe(digestOf(some));
      }),
    );
  });

  it('tells any two sets of keys apart, wherever they differ', () => {
    const many = Array.from({ length: 200 }, (_, index) => key(`2001:db8::${index.toString(16)}`));
    const variants = [
      many,
      many.slice(1),
      [...many, key('192.0.2.1')],
      many.with(199, key('2001:db8::c7', { action: 'log' })),
      many.with(100, key('2001:db8::64', { ruleId: 'r2' })),
      many.with(100, key('2001:db8::64', { source: 'waf' })),
      [key('a', { ruleId: 'b' })],
      [key('b', { ruleId: 'a' })],
      [key('', { ruleId: '["' })],
      [],
    ];
    expect(new Set(variants.map(digestOf)).size).toBe(variants.length);
  });

  it('takes text of any script', () => {
    expect(digestOf([key('192.0.2.1', { ruleId: 'правило 規則 🦊' })])).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('what is remembered under which key', () => {
  const filter: MonitorFilter = {
    name: 'all',
    rulesetIds: [],
    ruleIds: [],
    sources: ['waf', 'l7ddos'],
    actions: [],
    hosts: [],
    description: '',
    excludeAsns: [13335],
  };

  it('stays when a monitor is renamed or its lists are reordered', () => {
    expect(monitorKey('z', { ...filter, name: 'other', sources: ['l7ddos', 'waf', 'waf'] })).toBe(
      monitorKey('z', filter),
    );
  });

  it('is another when it watches something else', () => {
    const others = [
      { ...filter, sources: [] },
      { ...filter, sources: [], actions: ['waf', 'l7ddos'] },
      { ...filter, description: '13335' },
      { ...filter, excludeAsns: [] },
    ];
    expect(new Set([filter, ...others].map((one) => monitorKey('z', one))).size).toBe(5);
    expect(monitorKey('y', filter)).not.toBe(monitorKey('z', filter));
  });
});

it('tries again after 1, 2, 4 … 60 minutes', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8, 5000].map((attempts) => pauseAfter(attempts) / MINUTE)).toEqual([
    1, 2, 4, 8, 16, 32, 60, 60, 60,
  ]);
});

it('writes nothing when nothing changed, and everything that did', () => {
  const { next } = judge(undefined, saw(0), GROWTH, NOON);
  expect(isSameState(undefined, next)).toBe(false);
  expect(isSameState(next, judge(next, saw(0), GROWTH, NOON + MINUTE).next)).toBe(true);
  expect(isSameState(next, { ...next, total: 1 })).toBe(false);
  const under = claimed(next, saw(3, 'a'), 'case-1', NOON);
  expect(isSameState(next, under)).toBe(false);
  expect(isSameState(under, extended(under, 'case-1', NOON + MINUTE))).toBe(false);
});
