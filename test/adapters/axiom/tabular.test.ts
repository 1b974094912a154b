import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTable } from '../../../functions/adapters/axiom/tabular.ts';

function result(fields: readonly string[], columns: unknown) {
  return {
    status: { isPartial: false },
    tables: [{ name: '0', fields: fields.map((name) => ({ name })), columns }],
  };
}

describe('a table', () => {
  it('gives back every row that was put into columns', () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 });
    const tables = names.chain((fields) =>
      fc.record({
        fields: fc.constant(fields),
        rows: fc.array(fc.tuple(...fields.map(() => fc.jsonValue())), { maxLength: 20 }),
      }),
    );
    fc.assert(
      fc.property(tables, ({ fields, rows }) => {
        const columns = fields.map((_, column) => rows.map((row) => row[column]));
        const expected = rows.map((row) => Object.fromEntries(fields.map((name, column) => [name, row[column]])));
        expect(readTable(result(fields, columns))).toEqual({ rows: expected, partial: false });
      }),
    );
  });

  it('has rows of plain values, whatever its columns are called', () => {
    const [row] = readTable(result(['__proto__', 'toString'], [[{ polluted: true }], [1]]))?.rows ?? [];
    expect(Object.keys(row ?? {})).toEqual(['__proto__', 'toString']);
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
  });

  it('is read where Axiom leaves out what has nothing to say', () => {
    const { tables } = result(['a'], [[1]]);
    expect(readTable({ status: {}, tables })).toEqual({ rows: [{ a: 1 }], partial: false });
  });

  it('is none where it does not line up', () => {
    expect(readTable(result(['a', 'b'], [[1], [1, 2]]))).toBeUndefined();
    expect(readTable(result(['a'], [[1], [2]]))).toBeUndefined();
    expect(readTable(result(['a'], 'text'))).toBeUndefined();
    expect(readTable({ ...result([], []), tables: [{ name: '_totals', fields: [], columns: [] }] })).toBeUndefined();
  });
});
