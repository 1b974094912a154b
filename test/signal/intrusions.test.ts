import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../functions/core/address.ts';
import { isCloudflareAddress } from '../../functions/core/cloudflare-ranges.ts';
import { DAY, HOUR, MINUTE } from '../../functions/core/time.ts';
import { isAlive } from './credentials.ts';
import { networkText } from './intrusions/terrain.ts';
import { makeOrganisation } from './organisation.ts';
import { makeStory } from './story.ts';
import {
  type GitlabCall,
  INTRUSION_KINDS,
  type Intrusion,
  type IntrusionKind,
  type SimCredential,
  type Story,
  type WebActivity,
} from './truth.ts';

const SEEDS = [1, 2, 3, 4, 101, 102];
const STORIES = SEEDS.map((seed) => ({ story: makeStory(seed), cast: makeOrganisation(seed) }));

/** One intrusion with what belongs to it, and what does not. */
interface Case {
  readonly story: Story;
  readonly cast: ReturnType<typeof makeOrganisation>;
  readonly intrusion: Intrusion;
  /** By `from`. */
  readonly web: readonly WebActivity[];
  /** By `from`; at least one. */
  readonly calls: readonly GitlabCall[];
  /** The first use that GitLab let in. */
  readonly entry: GitlabCall;
  readonly victim: SimCredential | undefined;
  readonly rightful: readonly GitlabCall[];
}

const CASES = STORIES.flatMap(({ story, cast }) =>
  story.intrusions.map((intrusion): Case => {
    const calls = story.calls.filter((call) => call.intrusion === intrusion.id);
    const entry = calls.find(({ refusal }) => refusal === undefined);
    if (entry === undefined) throw new Error(`${intrusion.id} never got in`);
    return {
      ...{ story, cast, intrusion, calls, entry },
      web: story.web.filter((row) => row.intrusion === intrusion.id),
      victim: story.organisation.credentials.find(({ id }) => id === entry.credential),
      rightful: story.calls.filter((call) => call.intrusion === undefined),
    };
  }),
);

function of(kind: IntrusionKind): readonly Case[] {
  const cases = CASES.filter(({ intrusion }) => intrusion.kind === kind);
  expect(cases.length).toBeGreaterThanOrEqual(4);
  return cases;
}

/** When the address was active on the web, from its first to its last request. */
function scraping({ web }: Case, address: string): { from: number; until: number } {
  const rows = web.filter((row) => row.address === address);
  return { from: Math.min(...rows.map(({ from }) => from)), until: Math.max(...rows.map(({ until }) => until)) };
}

/** Whether the first use fell into the time that its very address scraped. */
function isUsedWhileScraping(one: Case): boolean {
  const { from, until } = scraping(one, one.entry.address);
  return one.entry.from >= from && one.entry.from < until;
}

describe('makeStory', () => {
  it('plays two intrusions of each kind, the one inside GitLab only where GitLab lies behind the zone', () => {
    for (const { story } of STORIES) {
      const counts = Map.groupBy(story.intrusions, ({ kind }) => kind);
      for (const kind of INTRUSION_KINDS) {
        const expected = kind === 'inside-gitlab-zone' && !story.organisation.gitlab.behindZone ? 0 : 2;
        expect(counts.get(kind)?.length ?? 0, `${kind}, seed ${story.seed}`).toBe(expected);
      }
    }
  });

  it('labels everything an intruder does, and nothing lies outside the intrusion or the counted days', () => {
    for (const { story, intrusion, web, calls } of CASES) {
      const deeds = [...web, ...calls];
      expect(intrusion.from).toBe(Math.min(...deeds.map(({ from }) => from)));
      expect(intrusion.until).toBe(Math.max(...deeds.map(({ until }) => until)));
      expect(intrusion.from).toBeGreaterThanOrEqual(story.from);
      expect(intrusion.from).toBeLessThanOrEqual(story.to - 3 * HOUR);
      expect(intrusion.until).toBeLessThan(story.to);
      const held = calls.flatMap(({ credential, mints }) => [credential, mints]).filter((id) => id !== undefined);
      expect(intrusion.credentials).toEqual(expect.arrayContaining(held));
    }
  });

  it('knows every credential that is used, each under one id, alive when it is let in', () => {
    for (const { organisation, calls } of STORIES.map(({ story }) => story)) {
      const known = new Map(organisation.credentials.map((credential) => [credential.id, credential]));
      expect(known.size).toBe(organisation.credentials.length);
      for (const { credential, from, until, refusal, mints, intrusion, owner } of calls) {
        if (intrusion === undefined) continue;
        if (mints !== undefined) expect(known.has(mints)).toBe(true);
        if (credential === undefined) continue;
        const held = known.get(credential);
        expect(held?.owner.id).toBe(owner);
        const isDead = refusal === 'token_expired' || refusal === 'token_revoked';
        if (held !== undefined) expect([isAlive(held, from), isAlive(held, until)]).toEqual([!isDead, !isDead]);
      }
    }
  });

  it('robs no credential and no owner twice within 8 days', () => {
    for (const { story } of STORIES) {
      const last = new Map<string, number>();
      for (const { id, from, until } of story.intrusions) {
        const calls = story.calls.filter(({ intrusion }) => intrusion === id);
        for (const victim of new Set(calls.flatMap(({ credential = 'session', owner }) => [credential, `${owner}`]))) {
          if (victim === 'session') continue;
          expect(from - (last.get(victim) ?? -Infinity), `${victim} in ${id}`).toBeGreaterThanOrEqual(8 * DAY);
          last.set(victim, until);
        }
      }
    }
  });

  it('keeps intrusions apart, but for the few that fall together', () => {
    const together = new Set<string>();
    for (const { story } of STORIES) {
      for (const [index, later] of story.intrusions.entries()) {
        for (const earlier of story.intrusions.slice(0, index)) {
          if (later.from - earlier.until < HOUR) together.add([earlier.id, later.id].sort().join(' '));
        }
      }
    }
    const allowed = ['dormant-token/2 scraping-address/2', 'carrier-nat/1 carrier-nat/2'];
    expect([...together].filter((pair) => !allowed.includes(pair))).toEqual([]);
    expect(together.size).toBeGreaterThan(0);
  });

  it('has every intruder seen as a bot on the web, except inside GitLab, and none at Cloudflare', () => {
    for (const { intrusion, web, calls, story } of CASES) {
      const flagged = web.filter(({ botScore, verifiedBot }) => botScore >= 1 && botScore <= 29 && !verifiedBot);
      expect(flagged.length).toBe(web.length);
      if (intrusion.kind === 'inside-gitlab-zone') expect(web).toEqual([]);
      else expect(web.some(({ host }) => host !== story.organisation.gitlab.host)).toBe(true);
      for (const { address } of [...web, ...calls]) {
        const parsed = parseAddress(address);
        expect(parsed?.canonical).toBe(address);
        if (parsed !== undefined) expect(isCloudflareAddress(parsed)).toBe(false);
      }
    }
  });

  it('has intruders of all tempers: some only look, others take much', () => {
    const isLook = ({ calls }: Case) => calls.every(({ action, times }) => times < 20 && action !== 'variable-read');
    const share = CASES.filter(isLook).length / CASES.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.7);
    expect(
      CASES.filter(({ calls }) => calls.some(({ action, projects }) => action === 'clone' && projects.length >= 12))
        .length,
    ).toBeGreaterThan(20);
  });

  it('tells the same story for the same seed, and another for another', () => {
    expect(makeStory(7)).toEqual(makeStory(7));
    expect(makeStory(7).intrusions).not.toEqual(makeStory(8).intrusions);
  });
});

describe('each kind of intrusion', () => {
  it('scraping-address, dormant-token, second-look-evidence, carrier-nat: used from there while it scrapes', () => {
    for (const kind of ['scraping-address', 'dormant-token', 'second-look-evidence', 'carrier-nat'] as const) {
      for (const one of of(kind)) expect(isUsedWhileScraping(one), one.intrusion.id).toBe(true);
    }
  });

  it('ipv6-rotation: hundreds of addresses of one /64, the used one not among the busy', () => {
    for (const { web, entry } of of('ipv6-rotation')) {
      const requests = new Map<string, number>();
      for (const row of web) requests.set(row.address, (requests.get(row.address) ?? 0) + row.requests);
      expect(requests.size).toBeGreaterThanOrEqual(200);
      expect(new Set([...requests.keys(), entry.address].map(networkText)).size).toBe(1);
      const busier = [...requests.values()].filter((count) => count > (requests.get(entry.address) ?? 0));
      expect(busier.length).toBeGreaterThan(150);
    }
  });

  it('slow-drip: a few requests a minute for hours, used again and again in between', () => {
    for (const one of of('slow-drip')) {
      const { from, until } = scraping(one, one.entry.address);
      const requests = one.web.reduce((sum, row) => sum + row.requests, 0);
      expect(until - from).toBeGreaterThan(3 * HOUR);
      expect(requests / ((until - from) / MINUTE)).toBeLessThan(8);
      expect(one.calls.length).toBeGreaterThanOrEqual(3);
      for (const call of one.calls) expect(call.from >= from && call.from < until).toBe(true);
    }
  });

  it('hour-straddle: the scraping is over before the full hour, the use comes after it', () => {
    for (const one of of('hour-straddle')) {
      const { until } = scraping(one, one.entry.address);
      const hour = Math.ceil(until / HOUR) * HOUR;
      expect(hour - until).toBeGreaterThan(MINUTE);
      expect(Math.min(...one.calls.map(({ from }) => from)) - hour).toBeGreaterThan(MINUTE);
      expect(one.entry.from - hour).toBeLessThan(12 * MINUTE);
    }
  });

  it('after-the-spike: used 15 to 25 minutes after the last request, with nothing in between', () => {
    for (const one of of('after-the-spike')) {
      const { until } = scraping(one, one.entry.address);
      const first = Math.min(...one.calls.map(({ from }) => from));
      expect(first - until).toBeGreaterThanOrEqual(15 * MINUTE);
      expect(first - until).toBeLessThanOrEqual(25 * MINUTE);
      const anything = [...one.story.web, ...one.story.calls].filter(({ address }) => address === one.entry.address);
      expect(anything.some((row) => row.until > until && row.from < first)).toBe(false);
      expect(new Set(one.web.map(({ address }) => address)).size).toBeGreaterThan(10);
    }
  });

  it('dormant-token: nobody used it for 30 days', () => {
    for (const { victim, rightful, entry } of of('dormant-token')) {
      expect(entry.from - (victim?.lastUsedAt ?? Infinity)).toBeGreaterThan(30 * DAY);
      expect(rightful.some(({ credential }) => credential === entry.credential)).toBe(false);
    }
  });

  it('ci-job-token: a job token elsewhere than on its runner, within the hour of its pipeline', () => {
    for (const one of of('ci-job-token')) {
      const { cast, entry, calls, intrusion } = one;
      const pipeline = cast.pipelines.find(({ credential }) => credential.id === entry.credential);
      expect(intrusion.credentials).toEqual([pipeline?.credential.id]);
      expect(entry.address).not.toBe(pipeline?.address);
      expect(isUsedWhileScraping(one)).toBe(true);
      for (const { from, until } of calls) {
        expect(from).toBeGreaterThan(pipeline?.from ?? Infinity);
        expect(until).toBeLessThan((pipeline?.from ?? 0) + HOUR);
      }
    }
  });

  it('memory-evicted: from more than five addresses in minutes, of which only the first scrapes', () => {
    for (const one of of('memory-evicted')) {
      const { calls, entry, web } = one;
      const used = [...new Set(calls.map(({ address }) => address))];
      expect(used.length).toBeGreaterThan(6);
      expect((calls[6]?.from ?? Infinity) - entry.from).toBeLessThan(15 * MINUTE);
      expect(isUsedWhileScraping(one)).toBe(true);
      const others = new Set(used.slice(1));
      expect(web.some(({ address }) => others.has(address))).toBe(false);
    }
  });

  it('carrier-nat, shared-vpn-exit, office-nat-new-action: from where staff work, too', () => {
    for (const kind of ['carrier-nat', 'shared-vpn-exit', 'office-nat-new-action'] as const) {
      for (const one of of(kind)) {
        const { entry, rightful, cast } = one;
        const { carriers, publicVpns, vpnExit, unlistedOffice } = cast.places;
        const expected = {
          'carrier-nat': carriers.flatMap(({ addresses }) => addresses),
          'shared-vpn-exit': [...publicVpns.flatMap(({ addresses }) => addresses), vpnExit.leases[0].address],
          'office-nat-new-action': [unlistedOffice.leases[0].address],
        }[kind];
        expect(expected).toContain(entry.address);
        const near = kind === 'shared-vpn-exit' ? 13 * HOUR : Infinity;
        const isNear = ({ address, from }: GitlabCall) =>
          address === entry.address && Math.abs(from - entry.from) < near;
        expect(rightful.some(isNear)).toBe(true);
        expect(isUsedWhileScraping(one)).toBe(true);
        const isOwnPlace = rightful.some(({ address, owner }) => address === entry.address && owner === entry.owner);
        if (kind !== 'shared-vpn-exit') expect(isOwnPlace).toBe(false);
      }
    }
  });

  it('many-tokens-one-host: twenty tokens of twenty owners from one address', () => {
    for (const { calls } of of('many-tokens-one-host')) {
      const stolen = calls.filter(({ credential }) => !/^token\/9\d{5}$/.test(credential ?? ''));
      expect(new Set(stolen.map(({ credential }) => credential)).size).toBe(20);
      expect(new Set(stolen.map(({ owner }) => owner)).size).toBe(20);
      expect(new Set(calls.map(({ address }) => address)).size).toBe(1);
    }
  });

  it("own-token-stolen: Latchkey's own, from where Latchkey is not", () => {
    for (const one of of('own-token-stolen')) {
      const { own } = one.story.organisation;
      expect(one.entry.credential).toBe(own.credential);
      expect(one.entry.address).not.toBe(own.address);
      expect(isUsedWhileScraping(one)).toBe(true);
    }
  });

  it('inside-gitlab-zone: from a network that its owner never used', () => {
    for (const { entry, rightful } of of('inside-gitlab-zone')) {
      const network = networkText(entry.address);
      expect(rightful.some(({ owner, address }) => owner === entry.owner && networkText(address) === network)).toBe(
        false,
      );
    }
  });

  it('expired-then-live: turned away with an expired token, let in with a live one from the same address', () => {
    for (const { calls, entry } of of('expired-then-live')) {
      const refused = calls.filter(({ refusal }) => refusal === 'token_expired');
      expect(refused.length).toBeGreaterThan(0);
      for (const { address, until, credential } of refused) {
        expect(address).toBe(entry.address);
        expect(until).toBeLessThan(entry.from);
        expect(credential).not.toBe(entry.credential);
      }
    }
  });

  it('minted-by-intruder: makes a token by session or stolen token, then uses it', () => {
    const cases = of('minted-by-intruder');
    for (const { calls, intrusion } of cases) {
      const made = calls.find(({ action }) => action === 'token-created');
      const uses = calls.filter(({ credential }) => credential === made?.mints);
      expect(made?.mints).toBeDefined();
      expect(uses.length).toBeGreaterThan(0);
      for (const { from } of uses) expect(from).toBeGreaterThan(made?.from ?? Infinity);
      if (made?.credential === undefined) expect(intrusion.credentials).toContain(`user/${made?.owner}`);
    }
    const bySession = cases.filter(({ entry }) => entry.credential === undefined);
    expect(bySession.length).toBeGreaterThan(0);
    expect(bySession.length).toBeLessThan(cases.length);
  });

  it('second-look-evidence: shows 6 to 12 minutes late; no other kind is late', () => {
    for (const { intrusion, calls } of CASES) {
      for (const { lateBy = 0 } of calls) {
        const [least, most] = intrusion.kind === 'second-look-evidence' ? [6, 12] : [0, 0];
        expect(lateBy).toBeGreaterThanOrEqual(least * MINUTE);
        expect(lateBy).toBeLessThanOrEqual(most * MINUTE);
      }
    }
  });

  it('clock-skew: by its own clock the use falls out of the scraping, by up to four minutes', () => {
    for (const one of of('clock-skew')) {
      const { from, until } = scraping(one, one.entry.address);
      const first = Math.min(...one.calls.map((call) => call.from));
      expect(isUsedWhileScraping(one)).toBe(false);
      const off = first < from ? from - first : first - until;
      expect(off).toBeGreaterThanOrEqual(MINUTE);
      expect(off).toBeLessThanOrEqual(4 * MINUTE);
    }
  });

  it('office-nat-new-action: does with the credential what it was never used for', () => {
    for (const { calls, rightful, entry } of of('office-nat-new-action')) {
      const usual = new Set(rightful.filter(({ credential }) => credential === entry.credential).map((c) => c.action));
      const sensitive = ['variable-read', 'token-created', 'member-added', 'webhook-created', 'project-export'];
      const fresh = calls.filter(({ action }) => sensitive.includes(action) && !usual.has(action));
      expect(fresh.length).toBeGreaterThan(0);
    }
  });
});
