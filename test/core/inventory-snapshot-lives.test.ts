import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advanceSnapshot,
  type InventoryReading,
  type InventorySnapshot,
  LAST_USED_LAG,
  type TokenReading,
} from '../../functions/core/inventory-snapshot.ts';
import { DAY, type EpochMs, HOUR, type Interval, MINUTE, touches } from '../../functions/core/time.ts';
import { advance, ID, RETENTION, reading, T0, token, usesAt } from './inventory-readings.ts';

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
