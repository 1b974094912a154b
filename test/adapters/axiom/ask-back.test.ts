import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askInBatches, type Cutting, type Part } from '../../../functions/adapters/axiom/ask-back.ts';
import { TooManyRowsError } from '../../../functions/adapters/axiom/client.ts';
import { HOUR, MINUTE } from '../../../functions/core/time.ts';
import { EvidenceGapError, TransientError } from '../../../functions/runtime/errors.ts';

const START = Date.parse('2026-03-01T10:45:00Z');
const WINDOW = { start: START, end: START + 75 * MINUTE };
const CUTTING: Cutting = { networks: { ipv4: 5, ipv6: 2 }, spanMs: 15 * MINUTE };

interface Row {
  readonly network: string;
  readonly at: number;
}

/** Answers with the rows of a part where they are no more than the ceiling; remembers what it was asked. */
function answering(rows: readonly Row[], ceiling = Number.POSITIVE_INFINITY) {
  const asked: Part[] = [];
  const ask = async (part: Part) => {
    asked.push(part);
    const { networks, window } = part;
    const found = rows.filter(({ network, at }) => networks.includes(network) && at >= window.start && at < window.end);
    if (found.length > ceiling) throw new TooManyRowsError('Axiom cut its answer');
    return found;
  };
  return { asked, ask };
}

const ipv4 = (count: number) => Array.from({ length: count }, (_, index) => `192.0.2.${index}`);

async function askFor(networks: readonly string[], ask: (part: Part) => Promise<readonly Row[]>, cutting = CUTTING) {
  const taken: Row[] = [];
  const asked = await askInBatches({ networks, window: WINDOW }, cutting, ask, (rows) => taken.push(...rows));
  return { ...asked, unasked: [...asked.unasked], taken };
}

describe('asking about networks', () => {
  it('takes as many at once as there may be, each family apart', async () => {
    const { ask, asked } = answering([]);
    const networks = ['2001:db8:1::/64', ...ipv4(7), '2001:db8:2::/64', '2001:db8:3::/64'];
    expect(await askFor(networks, ask)).toEqual({ answered: 4, unasked: [], why: [], taken: [] });
    expect(asked.map((part) => part.networks.length)).toEqual([5, 2, 2, 1]);
    expect(asked.flatMap((part) => part.networks).sort()).toEqual([...networks].sort());
    expect(new Set(asked.map(({ window }) => window))).toEqual(new Set([WINDOW]));
  });

  it('gets every row exactly once, at any size of batches and answers, or says of which network it has not', async () => {
    const networks = [...ipv4(6), '2001:db8:1::/64', '2001:db8:2::/64'];
    const anywhere = fc.integer({ min: 0, max: 75 * MINUTE - 1 });
    // Where time is cut, a row could be lost or read twice.
    const byBoundary = fc
      .tuple(fc.constantFrom(15 * MINUTE, MINUTE, 1000), fc.nat({ max: 5 }), fc.integer({ min: -500, max: 500 }))
      .map(([unit, count, beside]) => unit * count + beside);
    const rows = fc.array(
      fc.record({
        network: fc.constantFrom(...networks),
        at: fc.oneof(anywhere, byBoundary).map((ms) => Math.min(Math.max(START, START + ms), WINDOW.end - 1)),
      }),
      { maxLength: 60 },
    );
    const size = fc.integer({ min: 1, max: 9 });
    const property = fc.asyncProperty(
      rows,
      size,
      size,
      fc.integer({ min: 1, max: 20 }),
      async (all, v4, v6, ceiling) => {
        const cutting = { ...CUTTING, networks: { ipv4: v4, ipv6: v6 } };
        const { taken, unasked } = await askFor(networks, answering(all, ceiling).ask, cutting);
        const crowded = networks.filter((network) => {
          const mine = all.filter((row) => row.network === network);
          return [...Map.groupBy(mine, ({ at }) => Math.floor(at / 1000)).values()].some(
            ({ length }) => length > ceiling,
          );
        });
        expect([...unasked].sort()).toEqual(crowded.sort());
        const wanted = all.filter(({ network }) => !crowded.includes(network));
        expect(new Set(taken.filter(({ network }) => !crowded.includes(network)))).toEqual(new Set(wanted));
        expect(new Set(taken).size).toBe(taken.length);
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });

  it('cuts time where two spans meet, as long as that is enough', async () => {
    const every = Array.from({ length: 5 }, (_, index) => ({ network: '192.0.2.0', at: START + index * 15 * MINUTE }));
    const { ask, asked } = answering(every, 1);
    expect((await askFor(['192.0.2.0'], ask)).taken).toHaveLength(5);
    for (const { window } of asked) expect([window.start % (15 * MINUTE), window.end % (15 * MINUTE)]).toEqual([0, 0]);
  });

  it('says which network cannot be asked about however little is asked, and goes on with the others', async () => {
    const crowd = Array.from({ length: 4 }, () => ({ network: '192.0.2.0', at: START + HOUR }));
    const { ask } = answering([...crowd, { network: '192.0.2.1', at: START }], 3);
    const { taken, unasked, why } = await askFor(ipv4(2), ask);
    expect(unasked).toEqual(['192.0.2.0']);
    expect(why).toEqual(['Axiom cut its answer.']);
    expect(taken.map(({ network }) => network)).toContain('192.0.2.1');
  });

  it('comes to an end where every answer is too large', async () => {
    let asked = 0;
    const ask = async () => {
      asked += 1;
      throw new TooManyRowsError('Axiom cut its answer');
    };
    const { unasked, why } = await askFor(ipv4(200), ask);
    expect(unasked).toHaveLength(200);
    expect(why).toContainEqual(expect.stringMatching(/questions/));
    expect(asked).toBeLessThan(1010);
  });

  it.each([new TransientError('Axiom answered 503'), new EvidenceGapError('there is no room for more.')])(
    'asks nothing more after it failed, and keeps what it has: %s',
    async (failure) => {
      let asked = 0;
      const ask = async ({ networks: [network = ''] }: Part) => {
        asked += 1;
        if (asked === 3) throw failure;
        return [{ network, at: START }];
      };
      const { answered, unasked, why, taken } = await askFor(ipv4(100), ask);
      expect(asked).toBe(4);
      expect([answered, taken.length, unasked.length]).toEqual([3, 3, 85]);
      expect(why).toEqual([`${failure.message}.`.replace('..', '.')]);
    },
  );

  it('keeps at most four questions under way', async () => {
    let underWay = 0;
    let most = 0;
    const ask = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
      return [];
    };
    await askFor(ipv4(100), ask);
    expect(most).toBe(4);
  });

  it('does not hide a bug', async () => {
    const ask = async () => {
      throw new RangeError('bug');
    };
    await expect(askFor(ipv4(1), ask)).rejects.toThrow('bug');
  });
});
