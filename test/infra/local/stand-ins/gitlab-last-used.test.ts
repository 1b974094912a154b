import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../../../functions/core/time.ts';
import type { TrueUse } from '../../../../infra/local/scenario/world.ts';
import { lastUsed } from '../../../../infra/local/stand-ins/gitlab-last-used.ts';

const T = 1_900_000_000_000;
const at = (minutes: number, address: string): TrueUse => ({ at: T + minutes * MINUTE, address });
const knownAfter = (minutes: number, ...uses: TrueUse[]) => lastUsed(uses, T + minutes * MINUTE);

const anyUses = fc.array(
  fc.record({ minutes: fc.double({ min: 0, max: 300, noNaN: true }), host: fc.integer({ min: 1, max: 9 }) }),
  { maxLength: 60 },
);
const usesFrom = (drawn: readonly { minutes: number; host: number }[]) =>
  drawn.map(({ minutes, host }) => at(minutes, `192.0.2.${host}`));

describe('what GitLab remembers of a token', () => {
  it('is nothing before the first use, or of a use still to come', () => {
    expect(knownAfter(5)).toEqual({ at: undefined, addresses: [] });
    expect(knownAfter(5, at(6, 'a'))).toEqual({ at: undefined, addresses: [] });
    expect(knownAfter(5, { ...at(1, 'a'), visibleFrom: T + 6 * MINUTE }).addresses).toEqual([]);
  });

  it('moves the time of a known address every ten minutes only', () => {
    expect(knownAfter(20, at(0, 'a'), at(9.9, 'a')).at).toBe(T);
    expect(knownAfter(20, at(0, 'a'), at(10, 'a')).at).toBe(T + 10 * MINUTE);
  });

  it('adds a new address at once, but misses one within a minute of the last update', () => {
    expect(knownAfter(20, at(0, 'a'), at(1, 'b')).addresses).toEqual(expect.arrayContaining(['a', 'b']));
    expect(knownAfter(20, at(0, 'a'), at(0.9, 'b')).addresses).toEqual(['a']);
    expect(knownAfter(20, at(0, 'a'), at(1, 'b')).at).toBe(T + MINUTE);
  });

  it('keeps the five most recent addresses', () => {
    const six = ['a', 'b', 'c', 'd', 'e', 'f'].map((address, index) => at(index * 2, address));
    expect([...knownAfter(60, ...six).addresses].sort()).toEqual(['b', 'c', 'd', 'e', 'f']);
  });

  it('is at most five distinct true addresses, the latest recorded among them, for any life of a token', () => {
    fc.assert(
      fc.property(anyUses, fc.double({ min: 0, max: 320, noNaN: true }), (drawn, now) => {
        const uses = usesFrom(drawn);
        const known = knownAfter(now, ...uses);
        const past = uses.filter((use) => use.at <= T + now * MINUTE);
        expect(known.addresses.length).toBeLessThanOrEqual(5);
        expect(new Set(known.addresses).size).toBe(known.addresses.length);
        for (const address of known.addresses) expect(past.some((use) => use.address === address)).toBe(true);
        expect(known.addresses.length === 0).toBe(past.length === 0);
        if (known.at === undefined) return;
        const { at: recorded } = known;
        expect(past.some((use) => use.at === recorded && known.addresses.includes(use.address))).toBe(true);
        for (const use of past) expect(use.at - recorded).toBeLessThan(10 * MINUTE);
      }),
    );
  });

  it('misses nobody who stays alone for a minute among at most five', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 30 }), (hosts) => {
        const uses = hosts.map((host, index) => at(index * 1.5, `192.0.2.${host}`));
        expect(new Set(knownAfter(999, ...uses).addresses)).toEqual(new Set(uses.map(({ address }) => address)));
      }),
    );
  });
});
