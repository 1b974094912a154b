import { describe, expect, it } from 'vitest';
import { networkOf, parseAddress } from '../../functions/core/address.ts';
import { isCloudflareAddress } from '../../functions/core/cloudflare-ranges.ts';
import { DAY, HOUR, MINUTE } from '../../functions/core/time.ts';
import { type BenignLife, benignLife } from './benign.ts';
import { isAlive } from './credentials.ts';
import { type Cast, makeOrganisation } from './organisation.ts';
import { addressAt, type Pool } from './places.ts';
import { PROJECTS } from './projects.ts';
import { STORY_SPAN } from './span.ts';
import type { GitlabCall, WebActivity } from './truth.ts';

const SEEDS = [1, 103];
const STORIES = SEEDS.map((seed) => {
  const cast = makeOrganisation(seed);
  return { seed, cast, life: benignLife(cast, seed, STORY_SPAN) };
});
const MEASURED_DAYS = (STORY_SPAN.to - STORY_SPAN.from) / DAY;

describe.each(STORIES)('the benign life of seed $seed', ({ seed, cast, life }) => {
  const { web, calls } = life;

  it('is the same for the same seed, and another for another', () => {
    expect(benignLife(makeOrganisation(seed), seed, STORY_SPAN)).toEqual(life);
    const other = benignLife(makeOrganisation(seed + 1), seed + 1, STORY_SPAN);
    expect(other.calls[0]).not.toEqual(calls[0]);
    expect(other.web[0]).not.toEqual(web[0]);
  });

  it('leaves machines as they were when somebody leaves', () => {
    const fewer = benignLife({ ...cast, people: cast.people.slice(0, -1) }, seed, STORY_SPAN);
    const ofMachines = (life: BenignLife) =>
      life.calls.filter(({ owner }) => cast.machines.some(({ id }) => id === owner));
    expect(ofMachines(fewer)).toEqual(ofMachines(life));
  });

  it('has the size of a middling organisation', () => {
    expectBetween(cast.people.length, 55, 65);
    expectBetween(cast.machines.length, 33, 38);
    expectBetween(calls.length, 25_000, 40_000);
    expectBetween(web.length, 10_000, 25_000);
    for (const { tokens } of cast.people) {
      const personal = tokens.filter(
        ({ credential, replaces }) => credential.kind === 'personal' && replaces === undefined,
      );
      expectBetween(personal.length, 2, 4);
    }
  });

  it('has raids on both zones, some 25 to 45 in thirty days', () => {
    const raids = raidsOf(web.filter(({ from }) => from >= STORY_SPAN.from));
    expectBetween(raids.length * (30 / MEASURED_DAYS), 20, 50);
    expect(new Set(raids.map(({ zone }) => zone)).size).toBe(2);
    const loud = raids.filter(({ perMinute }) => perMinute > 1500);
    expect(loud.length).toBeGreaterThan(raids.length * 0.8);
  });

  it('keeps to the span, in order of time', () => {
    for (const rows of [web, calls]) {
      const wrong = rows.filter(({ from, until }, index) => {
        const isWhole = Number.isInteger(from) && Number.isInteger(until);
        const isInOrder = from >= (rows[index - 1]?.from ?? STORY_SPAN.begin) && from <= until && until < STORY_SPAN.to;
        return !isWhole || !isInOrder;
      });
      expect(wrong).toEqual([]);
    }
  });

  it('writes addresses in canonical text, none of them Cloudflare’s', () => {
    const addresses = new Set([...web, ...calls].map(({ address }) => address));
    const wrong = [...addresses, ...cast.knownEgress, cast.own.address].filter((address) => {
      const parsed = parseAddress(address);
      return parsed?.canonical !== address || isCloudflareAddress(parsed);
    });
    expect(wrong).toEqual([]);
  });

  it('uses credentials that exist and live, and is turned away with those that do not live', () => {
    const credentials = new Map(cast.credentials.map((credential) => [credential.id, credential]));
    expect(credentials.size).toBe(cast.credentials.length);
    const wrong = calls.filter(({ credential: id, owner, from, until, refusal, mints }) => {
      if (mints !== undefined && credentials.get(mints)?.createdAt !== from) return true;
      if (id === undefined) return false;
      const credential = credentials.get(id);
      if (credential?.owner.id !== owner) return true;
      return [from, until].some((at) => isAlive(credential, at) !== (refusal === undefined));
    });
    expect(wrong).toEqual([]);
  });

  it('tells of every token that is made within it how it was made', () => {
    const minted = new Set(calls.flatMap(({ mints = [] }) => mints));
    const made = cast.credentials.filter(({ kind, createdAt }) => kind !== 'ci-job' && createdAt >= STORY_SPAN.begin);
    expect(made.length).toBeGreaterThan(50);
    expect(made.map(({ id }) => id).filter((id) => !minted.has(id))).toEqual([]);
  });

  it('asks for known hosts of its zones only, and means nobody harm', () => {
    const hosts = new Map(cast.zones.map(({ id, hosts }) => [id, hosts]));
    expect(web.filter(({ zone, host }) => hosts.get(zone)?.includes(host) !== true)).toEqual([]);
    expect([...web, ...calls].filter(({ intrusion }) => intrusion !== undefined)).toEqual([]);
    expect(web.filter(({ requests }) => !Number.isInteger(requests) || requests < 1)).toEqual([]);
  });

  it.each(Object.entries(TRAPS))('knows %s', (_, count) => {
    expect(count(cast, life)).toBeGreaterThan(0);
  });
});

/** What looks like an intrusion and is none: how often it happens. */
const TRAPS: Record<string, (cast: Cast, life: BenignLife) => number> = {
  'two offices full of people, of which one is listed': ({ places, knownEgress }, { calls }) => {
    const [listed, unlisted] = [places.listedOffice, places.unlistedOffice].map((place) => addressAt(place, 0));
    const isAsked = knownEgress.length === 1 && knownEgress[0] === listed;
    const many = [listed, unlisted].every((address) => ownersOn(calls, (one) => one === address) > 12);
    return isAsked && many ? 1 : 0;
  },
  'a VPN exit with many of the staff behind it': ({ places }, { calls }) =>
    ownersOn(calls, (address) => address === addressAt(places.vpnExit, 0)) - 9,
  'homes whose address changes': ({ people }) => people.filter(({ home }) => home.leases.length > 3).length,
  'IPv6 homes that stay within their network': ({ people }) =>
    people.filter(({ home }) => {
      const networks = new Set(home.leases.map(({ address }) => networkText(address)));
      return home.leases.length > 10 && networks.size === 1;
    }).length,
  'carrier NATs shared by staff and bots': ({ places }, { web, calls }) => {
    const carriers = places.carriers.filter((pool) =>
      bots(web).some(({ address }) => pool.addresses.includes(address)),
    );
    return carriers.filter((pool) => ownersOn(calls, inPool(pool)) > 2).length;
  },
  'days in cafés': ({ places }, { calls }) =>
    ownersOn(calls, (address) => places.cafes.some((cafe) => addressAt(cafe, 0) === address)) - 4,
  'runners on fixed addresses and on recurring ones of a cloud': ({ places }, { calls }) =>
    Math.min(...[places.fixedRunners, places.autoscaledRunners].map((pool) => ownersOn(calls, inPool(pool)))) - 9,
  'bot-flagged checks from runners that jobs call from at the time': ({ places }, { web, calls }) =>
    coincidences(
      web,
      'smoke-test',
      calls.filter(({ address }) => inPool(places.fixedRunners)(address)),
    ),
  'an SEO tool in the office that staff call from at the time': (_, { web, calls }) =>
    coincidences(
      web,
      'seo-tool',
      calls.filter(({ owner }) => owner < 200),
    ) - 50,
  'a vendor that is flagged where its token is used': (_, { web, calls }) =>
    coincidences(web, 'security-scanner', calls),
  'a monitor that is flagged where a cluster fetches': (_, { web, calls }) => coincidences(web, 'monitor/own', calls),
  'people at home who run scripts against the sites': (_, { web }) =>
    bots(web).filter(({ actor }) => actor.startsWith('person/')).length,
  'a backup that clones every project every night': (_, { calls }) =>
    calls.filter(({ action, projects }) => action === 'clone' && projects.length === PROJECTS.length).length - 29,
  'a robot that reads variables, makes tokens, webhooks and members': ({ machines }, { calls }) => {
    const terraform = machines.find(({ work }) => work === 'terraform');
    const deeds = ['variable-read', 'token-created', 'webhook-created', 'member-added'] as const;
    const does = (deed: string) =>
      calls.filter(({ owner, action }) => owner === terraform?.id && action === deed).length;
    return Math.min(...deeds.map(does)) - 9;
  },
  'newcomers with new tokens from new addresses': ({ people }, { calls }) =>
    people.filter(
      ({ id, firstDay }) => firstDay > 0 && calls.some((call) => call.owner === id && call.mints !== undefined),
    ).length - 3,
  'many tokens rotated on one day from one office': ({ rotation, places }, { calls }) => {
    const offices = [places.listedOffice, places.unlistedOffice].map((place) => addressAt(place, 0));
    const rotated = calls.filter(({ action, owner }) => action === 'token-rotated' && owner === rotation.by);
    const there = rotated.filter(
      ({ from, address }) => from >= rotation.from && from <= rotation.until && offices.includes(address),
    );
    return there.length - 14;
  },
  'people who make and rotate tokens now and then': (_, { calls }) =>
    calls.filter(({ credential, mints }) => credential === undefined && mints !== undefined).length - 20,
  'tokens that nobody used in months': ({ people }) =>
    people.flatMap(({ tokens }) => tokens).filter(({ use }) => use === 'dormant').length - 4,
  'Latchkey’s own token at its own address every hour': ({ own }, { calls }) => {
    const mine = calls.filter(({ credential }) => credential === own.credential);
    const hours = new Set(mine.map(({ from }) => Math.floor(from / HOUR)));
    return mine.every(({ address }) => address === own.address) ? hours.size - 880 : 0;
  },
  'forgotten scripts that are turned away': (_, { calls }) =>
    calls.filter(({ refusal }) => refusal === 'token_expired').length - 200,
  'old tokens that are tried after a rotation': (_, { calls }) =>
    calls.filter(({ refusal }) => refusal === 'token_revoked').length,
  'VPN products that staff use, and bots too': ({ places }, { web, calls }) => {
    const used = places.publicVpns.filter((pool) => ownersOn(calls, inPool(pool)) > 0);
    return used.filter((pool) => bots(web).some(({ address }) => inPool(pool)(address))).length;
  },
  'every kind of scraper': (_, { web }) => {
    const kinds = new Set(
      web.map(({ actor }) => /^scraper\/([a-z]+)/.exec(actor)?.[1]).filter((kind) => kind !== undefined),
    );
    return ['host', 'cloud', 'residential', 'ipv'].every((kind) => kinds.has(kind)) ? 1 : 0;
  },
  'scrapers that rotate through an IPv6 network': (_, { web }) => {
    const addresses = web.filter(({ actor }) => actor.startsWith('scraper/ipv6')).map(({ address }) => address);
    return new Set(addresses).size / new Set(addresses.map(networkText)).size - 20;
  },
  'verified crawlers and monitors': (_, { web }) => web.filter(({ verifiedBot }) => verifiedBot).length - 500,
  'small bots all day long': (_, { web }) => {
    const hours = new Set(
      bots(web)
        .filter(({ actor }) => actor === 'small-bot')
        .map(({ from }) => Math.floor(from / HOUR)),
    );
    return hours.size - 37 * 22;
  },
};

function expectBetween(value: number, least: number, most: number): void {
  expect(value).toBeGreaterThanOrEqual(least);
  expect(value).toBeLessThanOrEqual(most);
}

function bots(web: readonly WebActivity[]): WebActivity[] {
  return web.filter(({ botScore, verifiedBot }) => botScore >= 1 && botScore < 30 && !verifiedBot);
}

function inPool({ addresses }: Pool): (address: string) => boolean {
  return (address) => addresses.includes(address);
}

/** How many accounts call from such addresses. */
function ownersOn(calls: readonly GitlabCall[], fits: (address: string) => boolean): number {
  return new Set(calls.filter(({ address }) => fits(address)).map(({ owner }) => owner)).size;
}

/** How many calls come from where the actor is flagged, within half an hour of it. */
function coincidences(web: readonly WebActivity[], actor: string, calls: readonly GitlabCall[]): number {
  const flagged = Map.groupBy(
    bots(web).filter((one) => one.actor === actor),
    ({ address }) => address,
  );
  return calls.filter(({ address, from, until }) =>
    flagged.get(address)?.some((seen) => seen.from <= until + 30 * MINUTE && from - 30 * MINUTE <= seen.until),
  ).length;
}

function networkText(address: string): string {
  const parsed = parseAddress(address);
  return parsed === undefined ? '' : networkOf(parsed, 64);
}

interface Raid {
  readonly zone: string;
  readonly perMinute: number;
}

/** A scraper's activities that begin within the hour of each other are one raid. */
function raidsOf(web: readonly WebActivity[]): Raid[] {
  const ofScraper = Map.groupBy(
    web.filter(({ actor }) => actor.startsWith('scraper/')),
    ({ actor }) => actor,
  );
  return [...ofScraper.values()].flatMap((rows) => {
    const raids: WebActivity[][] = [];
    for (const row of rows) {
      const raid = raids.at(-1);
      if (raid !== undefined && row.from - (raid[0]?.from ?? 0) < HOUR) raid.push(row);
      else raids.push([row]);
    }
    return raids.map((raid) => {
      const requests = raid.reduce((sum, row) => sum + row.requests, 0);
      const from = Math.min(...raid.map((row) => row.from));
      const until = Math.max(...raid.map((row) => row.until));
      return { zone: raid[0]?.zone ?? '', perMinute: requests / ((until - from) / MINUTE) };
    });
  });
}
