import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../../functions/core/time.ts';
import { DATASETS } from '../../../../infra/local/scenario/builders.ts';
import { huntTimeOf } from '../../../../infra/local/scenario/hunt-time.ts';
import { SAMPLE_SETTINGS, sampleDeliveries, sampleWorld } from '../../../../infra/local/scenario/sample.ts';
import { CAST, TOKENS } from '../../../../infra/local/scenario/sample-cast.ts';
import { spikeAddresses } from '../../../../infra/local/scenario/sample-spike.ts';
import { lastUsed } from '../../../../infra/local/stand-ins/gitlab-last-used.ts';
import { START } from './asking.ts';

const world = sampleWorld(START);
const { gitlab } = world;
const zone = world.cloudflare.zones[0];
const window = (zone?.requests ?? []).filter(({ at }) => at >= START - 30 * MINUTE && at < START);
const asBot = window.filter(
  ({ botScore, botDecision }) => botScore >= 1 && botScore <= 29 && botDecision !== 'verified_bot',
);

/** Requests per address, the busiest first. */
const busiest = [...Map.groupBy(asBot, ({ address }) => address)]
  .map(([address, rows]) => [address, rows.reduce((sum, { count }) => sum + count, 0)] as const)
  .sort((a, b) => b[1] - a[1])
  .map(([address]) => address);

/** Tokens truly used from an address in the half hour before the alert. */
function usedFrom(address: string): number[] {
  return gitlab.tokens
    .filter(({ uses }) =>
      uses.some((use) => use.address === address && use.at >= START - 30 * MINUTE && use.at < START),
    )
    .map(({ id }) => id);
}

describe('the sample', () => {
  it('has the size it promises', () => {
    const attackers = new Set(spikeAddresses());
    const seen = busiest.filter((address) => attackers.has(address));
    expect(seen.length).toBeGreaterThan(1150);
    expect(seen.filter((address) => address.includes(':')).length).toBeGreaterThan(300);
    expect(gitlab.tokens.length).toBeGreaterThan(370);
    expect(gitlab.auditEvents.length).toBeGreaterThanOrEqual(5000);
    const ids = [gitlab.tokens, gitlab.users, gitlab.auditEvents, gitlab.projects].map((rows) =>
      rows.map(({ id }) => id),
    );
    for (const of of ids) expect(new Set(of).size).toBe(of.length);
  });

  it('is the same for the same start and seed, and moves with the start', () => {
    const again = sampleWorld(START);
    expect([again.cloudflare, again.gitlab]).toEqual([world.cloudflare, gitlab]);
    const later = sampleWorld(START + DAY);
    expect(later.cloudflare.zones[0]?.requests.map(({ at }) => at - DAY)).toEqual(zone?.requests.map(({ at }) => at));
    expect(sampleWorld(START, 2).gitlab).not.toEqual(gitlab);
  });

  it('has one thief, seen by every source', () => {
    for (const address of CAST.intruder) {
      expect(busiest.slice(0, SAMPLE_SETTINGS.cloudflare.maxAddressesPerZone)).toContain(address);
      expect(usedFrom(address)).toEqual([TOKENS.stolen]);
    }
    const stolen = gitlab.tokens.find(({ id }) => id === TOKENS.stolen);
    expect(lastUsed(stolen?.uses ?? [], START).addresses).toEqual(expect.arrayContaining([...CAST.intruder]));
    const acts = gitlab.auditEvents.filter(
      ({ address, authorId }) => authorId === stolen?.userId && CAST.intruder.some((one) => address?.endsWith(one)),
    );
    expect(acts.map(({ eventName }) => eventName)).toContain('ci_variable_created');
  });

  it('has no other token at an attacking address, but for the two that are told of', () => {
    const attacking = [...spikeAddresses(), CAST.neighbourSpike, CAST.stale, CAST.belowTheCut];
    const others = attacking.flatMap((address) => usedFrom(address));
    expect(others).toEqual([TOKENS.belowTheCut]);
    expect(usedFrom(CAST.neighbourToken)).toEqual([TOKENS.neighbour]);
    expect(busiest.indexOf(CAST.belowTheCut)).toBeGreaterThan(SAMPLE_SETTINGS.cloudflare.maxAddressesPerZone);
    const low = gitlab.tokens.filter(({ id }) => id === TOKENS.belowTheCut || id === TOKENS.neighbour);
    expect(low.flatMap(({ scopes }) => scopes).sort()).toEqual(['read_registry', 'read_user']);
  });

  it('has a slow drip: a token of little reach, used a few times an hour where Cloudflare saw a bot', () => {
    const dripping = gitlab.tokens.find(({ id }) => id === TOKENS.drip);
    const here = (dripping?.uses ?? []).filter(({ address }) => address === CAST.drip);
    for (let hours = 1; hours <= 4; hours++) {
      const inHour = here.filter(({ at }) => at >= START - hours * HOUR && at < START - (hours - 1) * HOUR);
      expect(inHour.length).toBeGreaterThanOrEqual(3);
      expect(inHour.length).toBeLessThanOrEqual(4);
    }
    expect(dripping?.scopes).toEqual(['read_repository']);
    expect(busiest).toContain(CAST.drip);
    expect(busiest.indexOf(CAST.drip)).toBeGreaterThan(SAMPLE_SETTINGS.cloudflare.maxAddressesPerZone);
  });

  it('has security events of many kinds, under rules that have names', () => {
    const events = world.cloudflare.zones.flatMap((one) => one.events);
    const kinds = ['botManagement', 'rateLimit', 'firewallCustom', 'firewallManaged', 'l7ddos'];
    expect([...new Set(events.map(({ source }) => source))].sort()).toEqual(kinds.toSorted());
    expect(events.some(({ botTags = [] }) => botTags.length > 0)).toBe(true);
    const rulesets = new Map(world.cloudflare.zones.flatMap((one) => one.rulesets).map((one) => [one.id, one]));
    for (const { source, description, ruleId, rulesetId } of events) {
      const rule = rulesets.get(rulesetId)?.rules.find(({ id }) => id === ruleId);
      // An account's overrides give DDoS rules ids that no ruleset lists.
      expect(rule?.description ?? (source === 'l7ddos' && description)).toBeTruthy();
    }
  });

  it('has attackers who stand out among the security events', () => {
    const counts = Map.groupBy(zone?.events ?? [], ({ address }) => address);
    const most = [...counts].sort((a, b) => b[1].length - a[1].length).slice(0, 4);
    const persistent = [...CAST.intruder, CAST.stale, CAST.neighbourSpike];
    expect(most.map(([address]) => address).sort()).toEqual(persistent.sort());
  });

  it('ships its requests to Axiom one by one, and no log of GitLab', () => {
    const rows = world.axiom.datasets[SAMPLE_SETTINGS.axiom.cloudflareDataset] ?? [];
    expect(rows).toHaveLength((zone?.requests ?? []).reduce((sum, { count }) => sum + count, 0));
    expect(rows.length).toBeGreaterThan(200_000);
    const others = Object.entries(world.axiom.datasets).filter(([, events]) => events !== rows);
    expect(others.map(([name, events]) => [name, events.length])).toEqual([
      [DATASETS.gitlab, 0],
      [DATASETS.report, 0],
    ]);
    expect(SAMPLE_SETTINGS.axiom).not.toHaveProperty('gitlabDataset');
  });

  it('has something to find for the hunt over its hour, whenever it starts', () => {
    for (const minute of [0, 1, 2, 3, 4, 5, 20, 40, 59]) {
      const { start, gitlab: moved } = sampleWorld(START + minute * MINUTE);
      const end = huntTimeOf({ start }) - 10 * MINUTE;
      const uses = moved.tokens.find(({ id }) => id === TOKENS.drip)?.uses ?? [];
      expect(uses.some(({ at, address }) => address === CAST.drip && at >= end - HOUR && at < end)).toBe(true);
    }
  });

  it('has an expired token, last used long ago from an attacking address', () => {
    const stale = gitlab.tokens.find(({ id }) => id === TOKENS.stale);
    expect(stale?.expiresAt).toBeLessThan(START);
    const known = lastUsed(stale?.uses ?? [], START);
    expect(known.addresses).toContain(CAST.stale);
    expect(known.at).toBeLessThan(START - 50 * DAY);
  });

  it('has the office and the runners both scraping and holding tokens, as known egress', () => {
    expect(busiest).toEqual(expect.arrayContaining([CAST.office, ...CAST.runners]));
    expect(usedFrom(CAST.office).length).toBeGreaterThanOrEqual(10);
    const held = gitlab.tokens.filter(({ uses }) => lastUsed(uses, START).addresses.includes(CAST.office));
    expect(held.length).toBeGreaterThanOrEqual(20);
    expect(usedFrom(CAST.runners[0]).length).toBeGreaterThan(5);
    expect(SAMPLE_SETTINGS.knownEgress).toEqual([CAST.officeRange, CAST.runnerRange]);
  });

  it('has machines that call GitLab alone, and score as bots for it', () => {
    for (const address of CAST.gitlabMachines) {
      const hosts = new Set(window.filter((row) => row.address === address).map(({ host }) => host));
      expect([...hosts]).toEqual(SAMPLE_SETTINGS.gitlab.hosts);
      expect(busiest).toContain(address);
    }
    expect(CAST.gitlabMachines.flatMap(usedFrom).length).toBeGreaterThan(0);
  });

  it('has token holders Cloudflare gives no reason to call bots', () => {
    expect(busiest).not.toContain(CAST.unscored);
    expect(busiest).not.toContain(CAST.solvers[0]);
    for (const address of [CAST.unscored, CAST.solvers[0], CAST.worker]) expect(usedFrom(address)).toHaveLength(1);
  });

  it('gives every address one network at Cloudflare', () => {
    for (const [, rows] of Map.groupBy(zone?.requests ?? [], ({ address }) => address)) {
      expect(new Set(rows.map(({ asn, country }) => `${asn} ${country}`)).size).toBe(1);
    }
  });

  it('tells nothing new about attacking addresses after the alert', () => {
    const attacking = new Set([...spikeAddresses(), ...CAST.intruder]);
    expect(zone?.requests.some(({ address, at }) => attacking.has(address) && at > START - MINUTE)).toBe(false);
    expect(gitlab.tokens.some(({ uses }) => uses.some(({ address, at }) => attacking.has(address) && at > START))).toBe(
      false,
    );
  });

  it('says what each delivery should lead to: one page in all', () => {
    const deliveries = sampleDeliveries(world);
    expect(deliveries.reduce((pages, { expected }) => pages + expected.pages, 0)).toBe(1);
    expect(deliveries.find(({ expected }) => expected.pages === 1)?.body).toMatchObject({
      alert_type: 'bot_traffic_basic_alert',
      alert_event: 'ALERT_STATE_EVENT_START',
      ts: START / 1000,
      data: { zone_tag: zone?.id },
    });
    const ages = gitlab.auditEvents.map(({ at }) => START - at);
    expect(Math.max(...ages)).toBeLessThan(11 * DAY);
    expect(Math.min(...ages)).toBeGreaterThan(-2 * HOUR);
  });
});
