import { describe, expect, it } from 'vitest';
import { DAY, HOUR, instant, MINUTE } from '../../functions/core/time.ts';
import type { TokenUse } from '../../functions/core/token-use.ts';
import { credential, sighting, tokenUse } from '../support/evidence.ts';
import { AddressOverlap } from './baselines/address-overlap.ts';
import { type Baseline, Pager } from './baselines/baseline.ts';
import { NewNetwork } from './baselines/new-network.ts';
import { TokenCreated } from './baselines/token-created.ts';
import { call, FROM, intrusion, lookSeen } from './fixtures.ts';
import { Labels } from './labels.ts';
import type { LookSeen } from './play.ts';

const NOON = FROM + 12 * HOUR;
const labels = new Labels({ calls: [call()], intrusions: [intrusion()] });
const isKnownEgress = (address: string) => address.startsWith('198.51.100.');

function used(at: number, overrides: Partial<TokenUse> = {}) {
  const address = overrides.address ?? '203.0.113.7';
  return tokenUse({ address, network: address, original: address, at: instant(at), ...overrides });
}

/** A hunt's look at the hour that begins then. */
function look(start: number, uses: readonly TokenUse[], overrides: Partial<LookSeen> = {}): LookSeen {
  const base = lookSeen({ at: start + HOUR, caseId: `hunt-${start}`, window: { start, end: start + HOUR } });
  return { ...base, evidence: { ...base.evidence, uses, credentials: [credential()] }, ...overrides };
}

function pagesAt(baseline: Baseline, strictness: string) {
  const point = baseline.points.find((one) => one.strictness === strictness);
  if (point === undefined) throw new Error(`no strictness "${strictness}"`);
  return point.pages;
}

const published = (baseline: Baseline) => baseline.points[0]?.pages ?? [];

describe('a baseline’s pager', () => {
  const anything = { strictness: 'any', passes: () => true };
  const alarm = (id: string) => ({ credential: id, intrusions: [] });

  it('is quiet about a credential for 24 hours, and names all that are news in one page', () => {
    const pager = new Pager(anything);
    pager.page(lookSeen({ at: NOON }), [alarm('a'), alarm('b')]);
    pager.page(lookSeen({ at: NOON + DAY - 1 }), [alarm('a'), alarm('b')]);
    pager.page(lookSeen({ at: NOON + DAY }), [alarm('a')]);
    expect(pager.pages.map(({ at }) => at)).toEqual([NOON, NOON + DAY]);
  });

  it('pages nobody in shadow mode', () => {
    const pager = new Pager(anything);
    pager.page(lookSeen({ shadow: true }), [alarm('a')]);
    pager.page(lookSeen({ shadow: false }), [alarm('a')]);
    expect(pager.pages).toHaveLength(1);
  });
});

describe('plain address overlap', () => {
  const bot = (address = '203.0.113.7', at = NOON) =>
    sighting({ address, network: address, seen: { notBefore: at, notAfter: at + MINUTE }, requests: 50 });
  const seen = (uses: readonly TokenUse[], sightings = [bot()], start = NOON) => {
    const rule = new AddressOverlap(labels, isKnownEgress);
    rule.see(look(start, uses, { sightings }));
    return rule;
  };

  it('pages for a credential at exactly a flagged address within the window', () => {
    expect(published(seen([used(NOON + 30 * MINUTE)]))).toHaveLength(1);
    expect(published(seen([used(NOON + 30 * MINUTE, { address: '203.0.113.8' })]))).toEqual([]);
    expect(published(seen([used(NOON - MINUTE)]))).toEqual([]);
    expect(published(seen([used(NOON + 30 * MINUTE)], [bot('203.0.113.7', NOON - HOUR)]))).toEqual([]);
  });

  it('knows whose deed it was, and leaves known egress out', () => {
    expect(published(seen([used(NOON + MINUTE)]))).toMatchObject([{ intrusions: ['scraping-address/1'] }]);
    expect(published(seen([used(NOON + 30 * MINUTE)]))).toMatchObject([{ intrusions: [] }]);
    expect(published(seen([used(NOON, { address: '198.51.100.1' })], [bot('198.51.100.1')]))).toEqual([]);
  });

  it('can ask for more uses, requests, or the token itself', () => {
    const rule = seen([used(NOON, { times: 4 }), used(NOON + MINUTE), used(NOON + MINUTE, { credential: 'token/9' })]);
    expect(pagesAt(rule, 'at least 5 uses, 1 flagged requests')).toHaveLength(1);
    expect(pagesAt(rule, 'at least 10 uses, 1 flagged requests')).toEqual([]);
    expect(pagesAt(rule, 'at least 1 uses, 100 flagged requests')).toEqual([]);
    const acted = seen([used(NOON, { strength: 'acted' })]);
    expect(pagesAt(acted, 'at least 1 uses, 1 flagged requests')).toHaveLength(1);
    expect(pagesAt(acted, 'at least 1 uses of the token itself, 1 flagged requests')).toEqual([]);
  });
});

describe('plain address overlap on GitLab’s own hosts', () => {
  it('counts only where it is asked for', () => {
    const rule = new AddressOverlap(labels, isKnownEgress);
    const at = { notBefore: NOON, notAfter: NOON + MINUTE };
    const bot = sighting({ address: '203.0.113.7', network: '203.0.113.7', seen: at, requests: 50 });
    rule.see(look(NOON, [used(NOON)], { onGitlabHosts: [bot] }));
    expect(published(rule)).toEqual([]);
    expect(pagesAt(rule, "at least 1 uses, 1 flagged requests, GitLab's own hosts too")).toHaveLength(1);
  });
});

describe('the rule on created tokens', () => {
  const minted = (at: number, address = '203.0.113.7') =>
    used(at, { strength: 'minted', credential: 'token/77', address });
  const logs = { logs: { status: 'complete' as const, why: [], counts: {}, pages: 1 } };
  const audit = { audit: { status: 'complete' as const, why: [], counts: {}, pages: 1 } };

  it('pages once for each token, however often it is read', () => {
    const rule = new TokenCreated(labels, isKnownEgress);
    rule.see(look(NOON, [minted(NOON)]));
    rule.see(look(NOON + 30 * HOUR, [minted(NOON)]));
    expect(published(rule)).toHaveLength(1);
  });

  it('leaves known egress out, and what is no creation', () => {
    const rule = new TokenCreated(labels, isKnownEgress);
    rule.see(look(NOON, [minted(NOON, '198.51.100.1'), used(NOON)]));
    expect(published(rule)).toEqual([]);
  });

  it('can ask for a network that is new, or a flagged address', () => {
    const rule = new TokenCreated(labels, isKnownEgress);
    rule.see(look(NOON - HOUR, [used(NOON - HOUR)]));
    rule.see(look(NOON, [minted(NOON)], { sightings: [sighting({ seen: { notBefore: NOON, notAfter: NOON } })] }));
    expect(pagesAt(rule, 'from a network that nobody used before')).toEqual([]);
    expect(pagesAt(rule, 'from a flagged address')).toHaveLength(1);
  });

  it('goes by the list where no source tells of creations', () => {
    const fresh = [credential({ id: 'token/77', createdAt: NOON + MINUTE }), credential()];
    const listed = (coverage: LookSeen['evidence']['coverage']) => {
      const rule = new TokenCreated(labels, isKnownEgress);
      const { evidence, ...rest } = look(NOON, []);
      rule.see({ ...rest, evidence: { ...evidence, credentials: fresh, coverage } });
      return published(rule);
    };
    expect(listed(logs)).toHaveLength(1);
    expect(listed(audit)).toEqual([]);
  });
});

describe('the rule on new networks', () => {
  const lax = '1 new networks, 1 uses';
  const usual = look(NOON - 30 * HOUR, [used(NOON - 30 * HOUR)], { shadow: true });
  const read = (...looks: LookSeen[]) => {
    const rule = new NewNetwork(labels, isKnownEgress);
    for (const one of [usual, ...looks]) rule.see(one);
    return rule;
  };
  const elsewhere = (at: number, more: Partial<TokenUse> = {}) => used(at, { address: '203.0.113.99', ...more });

  it('pages for a network that the credential was never used from, and not for a usual one', () => {
    expect(pagesAt(read(look(NOON, [used(NOON)])), lax)).toEqual([]);
    expect(pagesAt(read(look(NOON, [elsewhere(NOON)])), lax)).toHaveLength(1);
    expect(pagesAt(read(look(NOON, [used(NOON, { address: '198.51.100.9' })])), lax)).toEqual([]);
    expect(pagesAt(read(look(NOON, [elsewhere(NOON, { strength: 'refused' })])), lax)).toEqual([]);
  });

  it('pages for a second network that is new, though the first paged within a day', () => {
    const second = used(NOON + HOUR, { address: '203.0.113.98' });
    const again = elsewhere(NOON + HOUR);
    const rule = read(
      look(NOON, [elsewhere(NOON)]),
      look(NOON + HOUR, [again, second]),
      look(NOON + 2 * HOUR, [again]),
    );
    expect(pagesAt(rule, lax).map(({ at }) => at)).toEqual([NOON + HOUR, NOON + 2 * HOUR]);
  });

  it('is about tokens: what an account does without one is no use', () => {
    const person = (at: number, address: string) => used(at, { credential: 'user/7', strength: 'acted', address });
    const before = look(NOON - HOUR, [person(NOON - HOUR, '203.0.113.7')]);
    const rule = read(before, look(NOON, [person(NOON, '203.0.113.99')]));
    expect(rule.points.flatMap(({ pages }) => pages)).toEqual([]);
  });

  it('knows what the token list showed before', () => {
    const seeded = (address: string) => {
      const rule = new NewNetwork(labels, isKnownEgress);
      const { evidence, ...rest } = look(NOON, [used(NOON, { address })]);
      const credentials = [credential({ knownNetworks: ['203.0.113.7'] })];
      rule.see({ ...rest, evidence: { ...evidence, credentials } });
      return pagesAt(rule, lax);
    };
    expect(seeded('203.0.113.7')).toEqual([]);
    expect(seeded('203.0.113.99')).toHaveLength(1);
  });

  it('takes a network for usual once it paged for it', () => {
    const rule = read(look(NOON, [elsewhere(NOON)]), look(NOON + 40 * HOUR, [elsewhere(NOON + 40 * HOUR)]));
    expect(pagesAt(rule, lax)).toHaveLength(1);
  });

  it('pages for a credential that is new only where that is asked for', () => {
    const first = read(look(NOON, [used(NOON, { credential: 'token/9' })]));
    expect(pagesAt(first, lax)).toEqual([]);
    expect(pagesAt(first, `${lax}, or a new credential`)).toHaveLength(1);
  });

  it('can ask for more uses or networks within a day, counting no use twice', () => {
    const two = [elsewhere(NOON), elsewhere(NOON + MINUTE)];
    const rule = read(look(NOON, two), look(NOON + HOUR, two));
    expect(pagesAt(rule, '1 new networks, 2 uses')).toHaveLength(1);
    expect(pagesAt(rule, '1 new networks, 5 uses')).toEqual([]);
    expect(pagesAt(rule, '2 new networks, 1 uses')).toEqual([]);
    const hopping = read(look(NOON, [elsewhere(NOON), used(NOON, { address: '203.0.113.98' })]));
    expect(pagesAt(hopping, '2 new networks, 2 uses')).toHaveLength(1);
  });

  it('knows whose deed it was', () => {
    const rule = new NewNetwork(labels, isKnownEgress);
    rule.see(look(NOON - 30 * HOUR, [elsewhere(NOON - 30 * HOUR)], { shadow: true }));
    rule.see(look(NOON, [used(NOON + MINUTE)]));
    expect(pagesAt(rule, lax)).toMatchObject([{ intrusions: ['scraping-address/1'] }]);
  });

  it('is the same whatever the order of the uses', () => {
    const uses = [elsewhere(NOON), used(NOON + MINUTE), elsewhere(NOON + 2 * MINUTE, { credential: 'token/9' })];
    const one = read(look(NOON, uses)).points.map(({ pages }) => pages);
    const other = read(look(NOON, uses.toReversed())).points.map(({ pages }) => pages);
    expect(other).toEqual(one);
  });
});
