import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressUses,
  advanceSnapshot,
  historyBefore,
  type InventoryReading,
  type InventorySnapshot,
  LAST_USED_LAG,
  SNAPSHOT_LIMITS,
  type TokenReading,
} from '../../functions/core/inventory-snapshot.ts';
import { DAY, type EpochMs, HOUR, type Interval, MINUTE, touches } from '../../functions/core/time.ts';

const T0 = Date.UTC(2026, 0, 5, 12);
const ID = 'token/1';
const RETENTION = 30 * DAY;

function token(lastUsedAt: EpochMs | undefined, addresses: readonly string[], createdAt = T0 - 90 * DAY): TokenReading {
  return {
    credential: ID,
    createdAt,
    ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
    addresses,
    listed: addresses.length,
  };
}

function reading(at: EpochMs, tokens: readonly TokenReading[], more: Partial<InventoryReading> = {}): InventoryReading {
  return { begun: at, ended: at + 1_000, lastUsedAfter: at - HOUR, whole: true, tokens, ...more };
}

function advance(readings: readonly InventoryReading[], from?: InventorySnapshot): InventorySnapshot {
  return readings.reduce<InventorySnapshot>(
    (snapshot, next) => advanceSnapshot(snapshot, next, RETENTION),
    from ?? { takenAt: 0, credentials: {} },
  );
}

function usesAt(snapshot: InventorySnapshot, of: TokenReading, window: { start: EpochMs; end: EpochMs }, now: EpochMs) {
  return addressUses(snapshot.credentials[of.credential], of, window, now);
}

describe('when a token was used from an address', () => {
  const window = { start: T0 - HOUR, end: T0 + HOUR };

  it('is bounded by the reading before for an address that is new to the list', () => {
    const before = token(T0 - 30 * MINUTE, ['192.0.2.1', '192.0.2.2']);
    const after = token(T0 - 2 * MINUTE, ['192.0.2.1', '192.0.2.2', '203.0.113.9']);
    const snapshot = advance([reading(T0 - 20 * MINUTE, [before]), reading(T0, [after])]);
    expect(usesAt(snapshot, after, window, T0 + 1_000)).toContainEqual({
      address: '203.0.113.9',
      at: { notBefore: T0 - 20 * MINUTE, notAfter: T0 + 1_000 },
    });
  });

  it('is within the lag of last_used_at for the only address of the list', () => {
    const only = token(T0 - 5 * MINUTE, ['192.0.2.1']);
    expect(usesAt(advance([reading(T0, [only])]), only, window, T0)).toEqual([
      { address: '192.0.2.1', at: { notBefore: T0 - 5 * MINUTE, notAfter: T0 + 5 * MINUTE } },
    ]);
  });

  it('is not narrowed to the only readable address of a longer list', () => {
    const two = { ...token(T0 - 5 * MINUTE, ['192.0.2.1']), listed: 2 };
    expect(usesAt(advance([reading(T0, [two])]), two, window, T0)).toEqual([
      { address: '192.0.2.1', at: { notBefore: T0 - 90 * DAY, notAfter: T0 + 1_000 } },
    ]);
  });

  it('is anything since creation at the first reading of several addresses', () => {
    const two = token(T0 - 5 * MINUTE, ['192.0.2.1', '192.0.2.2'], T0 - 3 * DAY);
    for (const { at } of usesAt(advance([reading(T0, [two])]), two, window, T0)) {
      expect(at).toEqual({ notBefore: T0 - 3 * DAY, notAfter: T0 + 1_000 });
    }
  });

  it('stays bounded at later looks although the token is used on', () => {
    const before = token(T0 - 30 * MINUTE, ['192.0.2.1', '192.0.2.2']);
    const stolen = token(T0 - 2 * MINUTE, ['192.0.2.1', '192.0.2.2', '203.0.113.9']);
    const later = token(T0 + 50 * MINUTE, ['192.0.2.1', '192.0.2.2', '203.0.113.9']);
    const snapshot = advance([
      reading(T0 - 20 * MINUTE, [before]),
      reading(T0, [stolen]),
      reading(T0 + 55 * MINUTE, [later]),
    ]);
    expect(usesAt(snapshot, later, window, T0 + 55 * MINUTE)).toContainEqual({
      address: '203.0.113.9',
      at: { notBefore: T0 - 20 * MINUTE, notAfter: T0 + 1_000 },
    });
  });

  it('is known of an address that later ones pushed out of the list', () => {
    const before = token(T0 - 30 * MINUTE, ['192.0.2.1']);
    const stolen = token(T0 - 9 * MINUTE, ['192.0.2.1', '203.0.113.9']);
    const rotated = token(
      T0 + 3 * MINUTE,
      [1, 2, 3, 4, 5].map((last) => `198.51.100.${last}`),
    );
    const snapshot = advance([
      reading(T0 - 20 * MINUTE, [before]),
      reading(T0, [stolen]),
      reading(T0 + 5 * MINUTE, [rotated]),
    ]);
    expect(usesAt(snapshot, rotated, window, T0 + 5 * MINUTE).map(({ address }) => address)).toContain('203.0.113.9');
  });

  it('is not in a window that began after the last use', () => {
    const quiet = token(T0 - 2 * HOUR, ['192.0.2.1', '192.0.2.2']);
    expect(usesAt(advance([reading(T0, [quiet])]), quiet, window, T0)).toEqual([]);
  });

  it('is bounded by a whole reading that did not list the token', () => {
    const before = token(T0 - 3 * HOUR, ['192.0.2.1', '192.0.2.2']);
    const after = token(T0 - MINUTE, ['192.0.2.1', '192.0.2.2', '203.0.113.9']);
    const unlisted = (whole: boolean) => reading(T0 - 5 * MINUTE, [], { whole, lastUsedAfter: T0 - 3 * HOUR });
    const bound = (whole: boolean): Interval | undefined => {
      const snapshot = advance([reading(T0 - 2 * HOUR, [before]), unlisted(whole), reading(T0, [after])]);
      return usesAt(snapshot, after, window, T0).find(({ address }) => address === '203.0.113.9')?.at;
    };
    expect(bound(true)?.notBefore).toBe(T0 - 5 * MINUTE);
    expect(bound(false)?.notBefore).toBe(T0 - 2 * HOUR);
  });

  it('is unknown where GitLab gives no addresses, and that forgets none', () => {
    const known = token(T0 - 50 * MINUTE, ['192.0.2.1', '192.0.2.2']);
    const silent = token(T0 - MINUTE, []);
    const after = token(T0 + 5 * MINUTE, ['192.0.2.1', '192.0.2.2', '203.0.113.9']);
    const snapshot = advance([
      reading(T0 - 40 * MINUTE, [known]),
      reading(T0, [silent]),
      reading(T0 + 10 * MINUTE, [after]),
    ]);
    expect(usesAt(snapshot, after, window, T0 + 11 * MINUTE)).toContainEqual({
      address: '203.0.113.9',
      at: { notBefore: T0 - 40 * MINUTE, notAfter: T0 + 10 * MINUTE + 1_000 },
    });
  });

  it('never has length 0, even where GitLab names an instant that our clock has not reached', () => {
    const ahead = token(T0 + MINUTE, ['192.0.2.1', '192.0.2.2'], T0 + MINUTE);
    for (const { at } of usesAt(advance([reading(T0, [ahead])]), ahead, window, T0)) {
      expect(at.notAfter).toBeGreaterThan(at.notBefore);
    }
  });
});

describe('what was known before', () => {
  it('is nothing without a reading before', () => {
    const snapshot = advance([reading(T0, [token(T0 - MINUTE, ['192.0.2.1'])])]);
    expect(historyBefore(snapshot.credentials[ID], T0 - HOUR)).toEqual({});
    expect(historyBefore(undefined, T0)).toEqual({});
  });

  it('is the addresses and the last use of readings before', () => {
    const snapshot = advance([
      reading(T0 - 2 * DAY, [token(T0 - 3 * DAY, ['192.0.2.1'])]),
      reading(T0, [token(T0 - MINUTE, ['192.0.2.1', '203.0.113.9'])]),
    ]);
    expect(historyBefore(snapshot.credentials[ID], T0 - HOUR)).toEqual({
      usedBefore: T0 - 3 * DAY,
      knownAddresses: ['192.0.2.1'],
    });
  });

  it('holds the last use of a token whose addresses GitLab does not give', () => {
    const snapshot = advance([reading(T0 - 2 * DAY, [token(T0 - 3 * DAY, [])]), reading(T0, [token(T0 - MINUTE, [])])]);
    expect(historyBefore(snapshot.credentials[ID], T0 - HOUR)).toEqual({ usedBefore: T0 - 3 * DAY });
  });

  it('reaches back over a busy day of readings every ten minutes, to within two hours', () => {
    const polls = Array.from({ length: 144 }, (_, n) => T0 - DAY + n * 10 * MINUTE);
    const snapshot = advance(polls.map((at) => reading(at, [token(at - MINUTE, ['192.0.2.1'])])));
    const before = T0 - 5 * HOUR;
    const { usedBefore = 0 } = historyBefore(snapshot.credentials[ID], before);
    expect(usedBefore).toBeLessThan(before);
    expect(before - usedBefore).toBeLessThan(2 * HOUR);
  });
});

describe('the size of a snapshot', () => {
  it('is bounded in addresses and forgets those older than the retention time', () => {
    const polls = Array.from({ length: 40 }, (_, n) => {
      const at = T0 + n * HOUR;
      return reading(at, [token(at - MINUTE, [`192.0.2.${n}`, `192.0.2.${n + 100}`])]);
    });
    const snapshot = advance(polls);
    expect(snapshot.credentials[ID]?.addresses).toHaveLength(SNAPSHOT_LIMITS.addresses);
    const later = advanceSnapshot(snapshot, reading(T0 + 40 * DAY, [], { lastUsedAfter: T0 + 39 * DAY }), RETENTION);
    expect(later.credentials[ID]?.addresses).toEqual([]);
  });
});

/** One token as GitLab keeps it, by the documented refresh rules (`reference/gitlab.md` §4a). */
class SimulatedToken {
  lastUsedAt: EpochMs | undefined;
  addresses: string[] = [];
  #listChangedAt = Number.NEGATIVE_INFINITY;

  use(at: EpochMs, address: string): void {
    if (this.lastUsedAt === undefined || at - this.lastUsedAt >= 10 * MINUTE) this.lastUsedAt = at;
    if (this.addresses.includes(address) || at - this.#listChangedAt < MINUTE) return;
    this.addresses = [...this.addresses, address].slice(-5);
    this.#listChangedAt = at;
  }
}

interface Poll {
  readonly reading: InventoryReading;
  readonly shown: TokenReading;
}

/** A token's life: true uses, and polls that see it as GitLab would show it at that moment. */
const life = fc
  .record({
    steps: fc.array(
      fc.record({
        pause: fc.integer({ min: 1, max: 40 * MINUTE }),
        // More polls than addresses make gaps of every kind; address 0 is the owner's.
        address: fc.option(fc.integer({ min: 0, max: 7 }), { freq: 3 }),
      }),
      { minLength: 2, maxLength: 40 },
    ),
    lookBack: fc.integer({ min: 30 * MINUTE, max: 6 * HOUR }),
    knownCreation: fc.boolean(),
  })
  .map(({ steps, lookBack, knownCreation }) => {
    const simulated = new SimulatedToken();
    const uses: { at: EpochMs; address: string }[] = [];
    const polls: Poll[] = [];
    /** Since when each listed address has been in the list without a break. */
    const listedSince = new Map<string, EpochMs>();
    let now = T0;
    for (const { pause, address } of steps) {
      now += pause;
      if (address !== null) {
        const name = `192.0.2.${address}`;
        simulated.use(now, name);
        uses.push({ at: now, address: name });
        for (const known of listedSince.keys()) if (!simulated.addresses.includes(known)) listedSince.delete(known);
        if (simulated.addresses.includes(name) && !listedSince.has(name)) listedSince.set(name, now);
        continue;
      }
      const shown = token(simulated.lastUsedAt, [...simulated.addresses], T0);
      if (!knownCreation) Reflect.deleteProperty(shown, 'createdAt');
      const lastUsedAfter = now - lookBack - LAST_USED_LAG;
      const isListed = shown.lastUsedAt !== undefined && shown.lastUsedAt > lastUsedAfter;
      const span = { begun: now, ended: now + 500, lastUsedAfter, whole: true };
      polls.push({ shown, reading: { ...span, tokens: isListed ? [shown] : [] } });
      now += 1_000;
    }
    return { uses, polls, lookBack, listedSince };
  });

describe('over the lives of simulated tokens', () => {
  const holdsOne = (
    uses: readonly { at: EpochMs; address: string }[],
    address: string,
    { notBefore, notAfter }: Interval,
  ) => uses.some((use) => use.address === address && use.at >= notBefore && use.at <= notAfter);

  it('every interval holds a true use from its address', () => {
    fc.assert(
      fc.property(life, ({ uses, polls, lookBack }) => {
        let snapshot: InventorySnapshot | undefined;
        for (const { reading: poll, shown } of polls) {
          snapshot = advanceSnapshot(snapshot, poll, RETENTION);
          const window = { start: poll.begun - lookBack, end: poll.ended + 1 };
          if (poll.tokens.length === 0) continue;
          for (const { address, at } of usesAt(snapshot, shown, window, poll.ended)) {
            expect(touches(at, window)).toBe(true);
            expect(holdsOne(uses, address, at), `${address} ${JSON.stringify(at)}`).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('every use in the window from an address still listed is found', () => {
    fc.assert(
      fc.property(life, ({ uses, polls, lookBack, listedSince }) => {
        const last = polls.at(-1);
        if (last === undefined || last.reading.tokens.length === 0) return;
        const window = { start: last.reading.begun - lookBack, end: last.reading.begun };
        const snapshot = advance(polls.map(({ reading: poll }) => poll));
        const found = usesAt(snapshot, last.shown, window, last.reading.ended).map(({ address }) => address);
        for (const { at, address } of uses) {
          const since = listedSince.get(address) ?? Number.POSITIVE_INFINITY;
          const isKept = last.shown.addresses.includes(address) && at >= since;
          if (isKept && at >= window.start && at < window.end) expect(found).toContain(address);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('readings in any order make no interval that holds no use', () => {
    fc.assert(
      fc.property(life, fc.infiniteStream(fc.nat()), ({ uses, polls }, dice) => {
        const shuffled = polls
          .map(({ reading: poll }) => ({ poll, key: dice.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(({ poll }) => poll);
        for (const { address, uses: proven } of advance(shuffled).credentials[ID]?.addresses ?? []) {
          for (const at of proven) expect(holdsOne(uses, address, at)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a reading in parts says what the whole reading says', () => {
    fc.assert(
      fc.property(fc.array(life, { minLength: 2, maxLength: 4 }), (lives) => {
        const tokens = lives.flatMap(({ polls }, index) => {
          const shown = polls.at(-1)?.shown;
          return shown === undefined ? [] : [{ ...shown, credential: `token/${index}` }];
        });
        const start = T0 + 10 * DAY;
        const whole = advance([reading(start, tokens, { whole: false })]);
        const parts = advance(tokens.map((one) => reading(start, [one], { whole: false })));
        expect(parts.credentials).toEqual(whole.credentials);
      }),
      { numRuns: 50 },
    );
  });
});
