import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexSightings, joinUses } from '../../functions/core/join.ts';
import { gapBetween, instant, MINUTE } from '../../functions/core/time.ts';
import { NOON, sighting, tokenUse, WINDOW } from '../support/evidence.ts';

const RULES = { window: WINDOW, slack: 30 * MINUTE };

describe('joining sightings and token uses', () => {
  it('matches an equal address', () => {
    const matches = joinUses([tokenUse()], indexSightings([sighting()]), RULES);
    expect(matches).toMatchObject([{ rule: 'same-address', gap: 0 }]);
  });

  it('matches another address of one IPv6 network, and says so', () => {
    const network = '2001:db8:1:2::/64';
    const bot = sighting({ address: '2001:db8:1:2::5', network });
    const use = tokenUse({ address: '2001:db8:1:2::6', network });
    expect(joinUses([use], indexSightings([bot]), RULES)).toMatchObject([{ rule: 'same-network' }]);
  });

  it('prefers the equal address to a closer one of the network', () => {
    const network = '2001:db8:1:2::/64';
    const near = sighting({ address: '2001:db8:1:2::5', network });
    const equal = sighting({ address: '2001:db8:1:2::6', network, seen: instant(NOON - 20 * MINUTE) });
    const [match] = joinUses([tokenUse({ address: '2001:db8:1:2::6', network })], indexSightings([near, equal]), RULES);
    expect(match).toMatchObject({ rule: 'same-address', gap: 15 * MINUTE });
  });

  it.each([
    ['exactly the slack after', NOON + 29 * MINUTE, 1],
    ['one millisecond more than the slack after', NOON + 29 * MINUTE + 1, 0],
    ['exactly the slack before', NOON - 40 * MINUTE, 1],
    ['one millisecond more than the slack before', NOON - 40 * MINUTE - 1, 0],
  ])('a use %s the sighting', (_what, at, count) => {
    expect(joinUses([tokenUse({ at: instant(at) })], indexSightings([sighting()]), RULES)).toHaveLength(count);
  });

  it('leaves a use outside the widened window to another case', () => {
    const all = sighting({ seen: { notBefore: 0, notAfter: NOON * 2 } });
    const late = tokenUse({ at: instant(WINDOW.end + RULES.slack) });
    const early = tokenUse({ at: instant(WINDOW.start - RULES.slack) });
    expect(joinUses([late, early], indexSightings([all]), RULES).map(({ use }) => use)).toEqual([early]);
  });

  it('finds what a comparison of every pair finds, in any order', () => {
    const minute = fc.integer({ min: -120, max: 60 }).map((m) => NOON + m * MINUTE);
    const network = fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3');
    const span = fc.tuple(minute, minute).map(([a, b]) => ({ notBefore: Math.min(a, b), notAfter: Math.max(a, b) }));
    const sightings = fc.array(fc.tuple(network, span).map(([address, seen]) => sighting({ address, seen })));
    const uses = fc.array(fc.tuple(network, span).map(([address, at]) => tokenUse({ address, at })));
    fc.assert(
      fc.property(sightings, uses, fc.func(fc.integer()), (seen, used, shuffle) => {
        const found = new Set(joinUses(used, indexSightings(seen), RULES).map(({ use }) => use));
        const expected = used.filter(
          (use) =>
            use.at.notAfter >= WINDOW.start - RULES.slack &&
            use.at.notBefore < WINDOW.end + RULES.slack &&
            seen.some((s) => s.network === use.network && gapBetween(s.seen, use.at) <= RULES.slack),
        );
        expect(found).toEqual(new Set(expected));
        const shuffled = [...seen].sort((a, b) => shuffle(a) - shuffle(b));
        const again = joinUses(used, indexSightings(shuffled), RULES);
        expect(again).toEqual(joinUses(used, indexSightings(seen), RULES));
      }),
    );
  });
});
