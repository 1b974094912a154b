import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../functions/core/time.ts';
import { observe } from './observe.ts';
import { around, BEGIN, mix, NOON, STRANGER, scrape, story, ZONE } from './small-story.ts';

const MIX = mix('all');
const spikes = (web: ReturnType<typeof scrape>[]) => observe(story({ web }), MIX).spikes;
const BACKGROUND = scrape({ address: '203.0.113.200', from: BEGIN, until: BEGIN + 6 * DAY, requests: 6 * 1440 * 20 });

describe('spike alerts', () => {
  it('come three to eight minutes after requests stand out, and say when that was', () => {
    const [alert, ...more] = spikes([BACKGROUND, scrape({ requests: 5_000 })]);
    expect(more).toEqual([]);
    expect(alert).toMatchObject({ zone: ZONE, start: NOON });
    expect((alert?.at ?? 0) - NOON).toBeGreaterThanOrEqual(3 * MINUTE);
    expect((alert?.at ?? 0) - NOON).toBeLessThanOrEqual(8 * MINUTE);
  });

  it('are quiet for two hours', () => {
    const waves = [0, 60, 110, 150].map((minutes) =>
      scrape({ from: NOON + minutes * MINUTE, requests: minutes < 150 ? 5_000 : 100_000 }),
    );
    const starts = spikes([BACKGROUND, ...waves]).map(({ start }) => (start - NOON) / MINUTE);
    expect(starts).toEqual([0, 150]);
  });

  it('take no notice of a slow drip, nor of verified bots', () => {
    const drip = scrape({ until: NOON + 5 * HOUR, requests: 600 });
    expect(spikes([BACKGROUND, drip, scrape({ requests: 50_000, verifiedBot: true })])).toEqual([]);
  });
});

describe('the monitor', () => {
  const blocked = { source: 'botManagement', action: 'block', share: 1 } as const;
  const attack = (from: number, requests: number) =>
    scrape({ from, until: from + MINUTE, requests, security: blocked });
  const alerts = (web: ReturnType<typeof scrape>[]) =>
    observe(story({ web }), MIX).monitors.map(({ at, total, reference }) => [(at - NOON) / MINUTE, total, reference]);

  it('fires above its floor when the total of a day doubles, and on nothing less', () => {
    expect(alerts([attack(NOON, 500)])).toEqual([]);
    expect(alerts([attack(NOON, 600), attack(NOON + 3 * HOUR, 500), attack(NOON + 6 * HOUR, 100)])).toEqual([
      [3, 600, 0],
      [6 * 60 + 3, 1200, 600],
    ]);
  });

  it('measures by the smallest total since, when the day before has passed', () => {
    expect(alerts([attack(NOON, 5_000), attack(NOON + 25 * HOUR, 600)])).toEqual([
      [3, 5_000, 0],
      [25 * 60 + 3, 600, 0],
    ]);
  });

  it('lists its addresses by the score or the product that acted, phase by phase, over 24 hours', () => {
    const web = [
      attack(NOON - 20 * HOUR, 10),
      attack(NOON, 10),
      scrape({
        address: '203.0.113.8',
        botScore: 80,
        security: { source: 'firewallManaged', action: 'log', share: 0.5 },
      }),
      scrape({ address: '203.0.113.9', botScore: 80, security: { ...blocked, share: 0.1 } }),
      scrape({ address: '203.0.113.10', botScore: 80, security: { ...blocked, action: 'log' } }),
      attack(NOON - 30 * HOUR, 10),
    ];
    const { sightings, whole } = observe(story({ web }), MIX).monitorSightings(ZONE, around(NOON), NOON + HOUR);
    expect(whole).toBe(true);
    const found = sightings.map(({ address, method, requests }) => `${address} ${method} ${requests}`).sort();
    expect(found).toEqual([
      `${STRANGER} bot-score 10`,
      `${STRANGER} bot-score 10`,
      '203.0.113.8 security-event 300',
      '203.0.113.9 bot-product 60',
    ]);
  });
});
