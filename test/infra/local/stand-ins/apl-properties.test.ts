import fc from 'fast-check';
import { expect, it } from 'vitest';
import { text } from '../../../../functions/adapters/axiom/apl.ts';
import type { AxiomEvent } from '../../../../infra/local/stand-ins/axiom-events.ts';
import { rowsOf } from './apl-asking.ts';
import { START } from './asking.ts';

const value = fc.oneof(fc.constantFrom('a', 'b', 'c', '', 'é'), fc.integer({ min: -3, max: 3 }), fc.constant(null));
const event = fc.record({
  _time: fc.integer({ min: START - 100, max: START }),
  // A million rows have few kinds of values: what matters is that they meet.
  k: value,
  j: value,
  n: fc.oneof(fc.integer({ min: -100, max: 100 }), fc.constant(null)),
});
/** The first holds something in every column, so that all of them are there. */
const events = fc
  .array(event, { maxLength: 60 })
  .map((rest): AxiomEvent[] => [{ _time: START, k: 'a', j: 'b', n: 0 }, ...rest]);

const ALL = '| limit 50000';

it('sums of groups are counts of all', () => {
  fc.assert(
    fc.property(events, (rows) => {
      const apl = 't | summarize n = count() by k, j | summarize groups = count(), n = sum(n)';
      const groups = new Set(rows.map(({ k, j }) => JSON.stringify([k, j])));
      expect(rowsOf(apl, rows)).toEqual([{ groups: groups.size, n: rows.length }]);
    }),
  );
});

it('groups have what their rows have', () => {
  fc.assert(
    fc.property(events, (rows) => {
      const apl = `t | summarize low = min(n), high = max(n), total = sum(n), kinds = dcount(n), set = make_set(n) by k ${ALL}`;
      for (const group of rowsOf(apl, rows)) {
        const numbers = rows.flatMap(({ k, n }) => (k === group.k && typeof n === 'number' ? [n] : []));
        const found = { ...group, set: [...(Array.isArray(group.set) ? group.set : [])].sort() };
        expect(found).toEqual({
          k: group.k,
          low: numbers.length === 0 ? null : Math.min(...numbers),
          high: numbers.length === 0 ? null : Math.max(...numbers),
          total: numbers.reduce((sum, number) => sum + number, 0),
          kinds: new Set(numbers).size,
          set: [...new Set(numbers)].sort(),
        });
      }
    }),
  );
});

it('the top rows are the first of all in order', () => {
  fc.assert(
    fc.property(events, fc.nat(70), fc.boolean(), (rows, count, ascending) => {
      const order = `by n ${ascending ? 'asc' : 'desc'}, j asc`;
      const sorted = rowsOf(`t | order ${order} ${ALL}`, rows);
      expect(rowsOf(`t | top ${count} ${order}`, rows)).toEqual(sorted.slice(0, count));
    }),
  );
});

it('a set is one value or another', () => {
  fc.assert(
    fc.property(events, fc.array(fc.constantFrom('a', 'B', 'c', ''), { minLength: 1 }), (rows, wanted) => {
      const list = wanted.map(text);
      const chain = list.map((literal) => `k == ${literal}`).join(' or ');
      const counted = (condition: string) => rowsOf(`t | where ${condition} | count`, rows);
      expect(counted(`k in (${list.join(', ')})`)).toEqual(counted(chain));
      expect(counted(`k in (dynamic([${list.join(', ')}]))`)).toEqual(counted(chain));
      expect(counted(`k !in (${list.join(', ')})`)).toEqual(counted(`not(${chain})`));
      expect(counted(`k in~ (${list.join(', ')})`)).toEqual(counted(chain.replaceAll('==', '=~')));
    }),
  );
});

it('a value is in its bin, which is its own', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 1, max: 5000 }), (n, size) => {
      const [row] = rowsOf(`t | project once = bin(n, ${size}), twice = bin(bin(n, ${size}), ${size})`, [
        { _time: START, n },
      ]);
      const { once, twice } = row ?? {};
      expect(twice).toBe(once);
      expect(Number(once) <= n && n < Number(once) + size).toBe(true);
    }),
  );
});

it('halves of a range are the whole', () => {
  fc.assert(
    fc.property(events, fc.integer({ min: START - 101, max: START + 1 }), (rows, cut) => {
      const counted = (start: number, end: number) => rowsOf('t | count', rows, { range: { start, end } })[0]?.Count;
      const before = Number(counted(Number.NEGATIVE_INFINITY, cut));
      expect(before + Number(counted(cut, Number.POSITIVE_INFINITY))).toBe(rows.length);
      expect(before).toBe(rows.filter(({ _time }) => Number(_time) < cut).length);
    }),
  );
});

it('a condition and its opposite are all rows where the value is known', () => {
  fc.assert(
    fc.property(
      events,
      fc.constantFrom('n > 3', 'n <= 3', 'n == 3', 'n between (-5 .. 5)', 'n in (1, 2)'),
      (rows, condition) => {
        const counted = (expression: string) =>
          Number(rowsOf(`t | where isnotnull(n) and ${expression} | count`, rows)[0]?.Count);
        expect(counted(`(${condition})`) + counted(`not(${condition})`)).toBe(counted('true'));
      },
    ),
  );
});
