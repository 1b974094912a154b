import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../../functions/core/time.ts';
import { observe } from './observe.ts';
import { around, call, GITLAB_HOST, mix, NOON, STRANGER, scrape, story, ZONE } from './small-story.ts';

const SELF_MANAGED = mix('self-managed-logs');
const LATER = NOON + 2 * HOUR;

describe('the list of a spike', () => {
  const pool = Array.from({ length: 400 }, (_, n) =>
    scrape({ address: `203.0.${Math.floor(n / 200)}.${1 + (n % 200)}`, requests: n + 1 }),
  );
  const told = story({ web: pool });
  const { sightings, whole, totalRequests } = observe(told, SELF_MANAGED).spikeSightings(ZONE, around(NOON), LATER);

  it('is cut to the busiest, sampled, and says so', () => {
    expect(sightings).toHaveLength(150);
    expect(whole).toBe(false);
    expect(totalRequests).toBe((400 * 401) / 2);
    expect(Math.min(...sightings.map(({ requests }) => requests))).toBeGreaterThanOrEqual(240);
    expect(sightings.every(({ requests, sampleInterval }) => requests % 10 === 0 && sampleInterval === 10)).toBe(true);
    expect(sightings[0]).toMatchObject({
      method: 'bot-score',
      seenExactly: false,
      seen: { notBefore: NOON - HOUR, notAfter: NOON + HOUR - 1 },
    });
  });

  it('misses most of those who made few requests, by the same luck each time', () => {
    const few = story({ web: pool.map((one) => ({ ...one, requests: 2 })) });
    const ask = () => observe(few, SELF_MANAGED).spikeSightings(ZONE, around(NOON), LATER).sightings;
    expect(ask().length).toBeGreaterThan(40);
    expect(ask().length).toBeLessThan(130);
    expect(ask()).toEqual(ask());
  });
});

describe('asking Cloudflare back', () => {
  const ask = (web: ReturnType<typeof scrape>[], now = LATER, addresses: readonly string[] = [STRANGER]) =>
    observe(story({ web }), SELF_MANAGED).askBack(ZONE, addresses, around(NOON), now);

  it('tells all requests of an address to the minute, unsampled, and of its IPv6 network', () => {
    const slow = [scrape({ requests: 2, botScore: 9 }), scrape({ from: NOON + 20 * MINUTE, requests: 1, botScore: 4 })];
    expect(ask(slow).sightings).toMatchObject([
      {
        requests: 3,
        sampleInterval: 1,
        lowestBotScore: 4,
        seen: { notBefore: NOON, notAfter: NOON + 21 * MINUTE - 1 },
        seenExactly: true,
        askedBack: true,
        confidence: 'medium',
      },
    ]);
    const rotating = ['2001:db8::1', '2001:db8::2', '2001:db8:0:1::3'].map((address) => scrape({ address }));
    const found = ask(rotating, LATER, ['2001:db8::99']).sightings.map(({ address }) => address);
    expect(found).toEqual(['2001:db8::1', '2001:db8::2']);
  });

  it('knows no bot in people, in verified bots, and where nothing was computed', () => {
    const others = [{ botScore: 30 }, { botScore: 0 }, { botScore: 1, verifiedBot: true }].map(scrape);
    expect(ask(others).sightings).toEqual([]);
    const limited = { source: 'rateLimit', action: 'block', share: 0.5 } as const;
    expect(ask([scrape({ botScore: 90, security: limited })]).sightings).toMatchObject([
      { method: 'rate-limit', requests: 300 },
    ]);
  });

  it('sees requests one to four minutes after they were made', () => {
    expect(ask([scrape()], NOON + 59_000).sightings).toEqual([]);
    const [soon] = ask([scrape()], NOON + 5 * MINUTE).sightings;
    expect(soon?.requests).toBeGreaterThan(0);
    expect(soon?.requests).toBeLessThanOrEqual(240);
  });

  it('keeps requests to GitLab itself apart, which only an instance behind the zone makes', () => {
    const calls = [call({ action: 'clone' }), call({ credential: undefined, address: '203.0.113.8' })];
    const told = story({ calls, organisation: { gitlab: { host: GITLAB_HOST, behindZone: true } } });
    const asked = (name: string) =>
      observe(told, mix(name)).askBack(ZONE, [STRANGER, '203.0.113.8'], around(NOON), LATER);
    expect(asked('self-managed-logs').sightings).toEqual([]);
    expect(asked('self-managed-logs').onGitlabHosts).toMatchObject([{ address: STRANGER, hosts: [GITLAB_HOST] }]);
    expect(asked('gitlab-com-ultimate').onGitlabHosts).toEqual([]);
  });
});

describe('Axiom', () => {
  const ask = (now: number) => {
    const web = [scrape(), scrape({ from: NOON + 45 * MINUTE, until: NOON + 46 * MINUTE, requests: 5 })];
    return observe(story({ web }), SELF_MANAGED).askBack(undefined, [STRANGER], around(NOON, 90), now).sightings;
  };

  it('tells phases of activity apart, to the instant', () => {
    expect(ask(LATER).map(({ seen, requests }) => [seen.notBefore - NOON, requests])).toEqual([
      [0, 600],
      [45 * MINUTE, 5],
    ]);
  });

  it('has requests two to six minutes after they were made', () => {
    expect(ask(NOON + 119_000)).toEqual([]);
    expect(ask(NOON + 7 * MINUTE)).toHaveLength(1);
  });

  it('lists what was flagged by bot score alone', () => {
    const limited = { source: 'rateLimit', action: 'block', share: 1 } as const;
    const web = [scrape(), scrape({ address: '203.0.113.9', botScore: 90, security: limited })];
    const { sightings, totalAddresses } = observe(story({ web }), SELF_MANAGED).flaggedSightings(around(NOON), LATER);
    expect(sightings).toMatchObject([{ address: STRANGER, requests: 600, seenExactly: true }]);
    expect(totalAddresses).toBe(1);
  });
});
