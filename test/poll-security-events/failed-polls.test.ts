import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE } from '../../functions/core/time.ts';
import { ConfigError, EvidenceGapError, TransientError } from '../../functions/runtime/errors.ts';
import { groupsOf, OTHER, openMonitorRule, type TestRule, ZONE } from './monitor-rule.ts';

let rule: TestRule;
beforeEach(async () => {
  rule = await openMonitorRule();
});
afterEach(() => rule.close());

const down = new TransientError('Cloudflare answered 503');
const monitorHealth = () => rule.told.filter(({ source }) => source === 'monitor');

describe('a zone that could not be read', () => {
  it('keeps its state as it was: could not look is not nothing there', async () => {
    for (const name of await rule.see(10)) await rule.deliver(name);
    rule.shown.set(OTHER.id, []);
    rule.shown.set(ZONE.id, down);
    await rule.next();
    expect((await rule.remembered())?.state).toMatchObject({ total: 10, reference: 10 });
    expect(await rule.see(10)).toEqual([]);
  });

  it('does not stop the others, nor the poll from ending well', async () => {
    rule.shown.set(OTHER.id, groupsOf(5, ['192.0.2.9']));
    rule.shown.set(ZONE.id, down);
    rule.local.clock.advance(MINUTE);
    expect(await rule.fire()).toMatchObject({ executions: [expect.stringMatching(/^monitor-/)], failures: 1 });
    const warned = rule.lines.filter(({ level }) => level === 'warn');
    expect(warned).toMatchObject([
      { message: 'poll not whole', fields: { why: 'example.com (Cloudflare answered 503)' } },
    ]);
  });

  it('is one of which Cloudflare told nothing at all', async () => {
    rule.shown.set(OTHER.id, []);
    const { poll } = rule.services.events;
    rule.services.events.poll = async (request) => {
      const answer = await poll(request);
      return { ...answer, readings: answer.readings.filter(({ zone }) => zone.id !== ZONE.id) };
    };
    rule.local.clock.advance(MINUTE);
    expect((await rule.fire()).failures).toBe(1);
    expect(await rule.remembered()).toBeUndefined();
  });

  it('counts although the others were found', async () => {
    rule.unlisted.push('Setting cloudflare.zones: "gone.example" is no zone the Cloudflare token can read.');
    rule.local.clock.advance(MINUTE);
    expect((await rule.fire()).failures).toBe(1);
    expect((await rule.monitors.load()).failed).toMatchObject({
      count: 1,
      why: expect.stringContaining('gone.example'),
    });
  });
});

describe('a poll that saw nothing at all', () => {
  it('fails when no zone could be read', async () => {
    rule.shown.set(OTHER.id, new ConfigError('the token may not read it'));
    rule.shown.set(ZONE.id, down);
    await expect(rule.next()).rejects.toThrow(down);
  });

  it('fails when the zones could not be listed', async () => {
    rule.shown.clear();
    rule.unlisted.push('Zones could not be looked up at Cloudflare: 503.');
    await expect(rule.next()).rejects.toThrow(EvidenceGapError);
    expect(rule.requests).toEqual([]);
  });

  it.each(['zones', 'poll'] as const)('fails when asking for %s throws', async (what) => {
    rule.down.add(what);
    await expect(rule.next()).rejects.toThrow(`${what} is down`);
    expect((await rule.monitors.load()).failed?.count).toBe(1);
  });

  it('fails when the book cannot be read, and asks nothing', async () => {
    rule.services.monitors.load = async () => Promise.reject(new TransientError('the table is down'));
    await expect(rule.next()).rejects.toThrow('the table is down');
    expect(rule.requests).toEqual([]);
  });
});

describe('failed polls in a row', () => {
  it("are the pipeline's owner's business from the third on, once, until every zone was read", async () => {
    rule.shown.set(OTHER.id, []);
    rule.shown.set(ZONE.id, down);
    await rule.next();
    await rule.next();
    expect(monitorHealth()).toEqual([]);
    for (let poll = 0; poll < 5; poll++) await rule.next();
    expect(monitorHealth()).toEqual([
      {
        source: 'monitor',
        action: 'raise',
        why: '3 polls of security events in a row failed, so attacks may go unseen: example.com (Cloudflare answered 503)',
      },
    ]);
    await rule.see(0, []);
    await rule.next();
    expect(monitorHealth().map(({ action }) => action)).toEqual(['raise', 'resolve']);
    expect((await rule.monitors.load()).failed).toBeUndefined();
    rule.shown.set(ZONE.id, down);
    for (let poll = 0; poll < 3; poll++) await rule.next();
    expect(monitorHealth().map(({ action }) => action)).toEqual(['raise', 'resolve', 'raise']);
  });

  it('are counted whether they saw something or nothing', async () => {
    rule.shown.set(ZONE.id, down);
    for (let poll = 0; poll < 3; poll++) await expect(rule.next()).rejects.toThrow(down);
    expect(monitorHealth()).toHaveLength(1);
  });

  it('are counted from the start after one that was whole', async () => {
    rule.shown.set(OTHER.id, []);
    for (const shown of [down, down, [], down, down]) {
      rule.shown.set(ZONE.id, shown);
      await rule.next();
    }
    expect(monitorHealth()).toEqual([]);
  });

  it('are told by the next where PagerDuty did not take it', async () => {
    rule.shown.set(OTHER.id, []);
    rule.shown.set(ZONE.id, down);
    rule.down.add('health');
    for (let poll = 0; poll < 4; poll++) await rule.next();
    expect(monitorHealth()).toEqual([]);
    rule.down.clear();
    await rule.next();
    expect(monitorHealth()).toMatchObject([{ why: expect.stringMatching(/^5 polls/) }]);
  });

  it('are over when the monitor is switched off', async () => {
    rule.shown.set(ZONE.id, down);
    for (let poll = 0; poll < 3; poll++) await expect(rule.next()).rejects.toThrow(down);
    await rule.fire(undefined, { settings: { ...rule.settings, filters: [] } });
    expect(monitorHealth().map(({ action }) => action)).toEqual(['raise', 'resolve']);
  });

  it('are told in bounded words without secrets, however many zones failed', async () => {
    const zones = Array.from({ length: 200 }, (_, n) => ({
      id: String(n).padStart(32, '0'),
      name: `zone-${n}.example`,
    }));
    rule.services.events.zones = async () => ({ zones, why: [] });
    for (const [n, { id }] of zones.entries()) {
      rule.shown.set(
        id,
        new TransientError(n < 150 ? 'Cloudflare answered 503' : `reason ${n}: glpat-${'x'.repeat(20)}`),
      );
    }
    for (let poll = 0; poll < 3; poll++) await expect(rule.next()).rejects.toThrow(TransientError);
    const why = monitorHealth()[0]?.why ?? '';
    expect(why).toContain(
      'zone-0.example, zone-1.example, zone-2.example, zone-3.example, zone-4.example and 145 more',
    );
    expect(why).toMatch(/and 48 more reasons$/);
    expect(why).not.toContain('glpat');
    expect(why.length).toBeLessThan(1000);
  });
});
