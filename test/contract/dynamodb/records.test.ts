import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecords, writeRecords } from '../../../functions/adapters/dynamodb/records.ts';
import { type LocalTable, openLocalTable } from './local-table.ts';

let local: LocalTable;
beforeAll(async () => {
  local = await openLocalTable();
});
afterAll(async () => {
  await local.close();
});

const later = () => local.clock.now() + 60_000;

async function read(pk: string): Promise<unknown[] | undefined> {
  const records: unknown[] = [];
  const found = await readRecords(local.table, { pk, sk: 'a' }, (record) => records.push(record));
  return found ? records : undefined;
}

describe('records', () => {
  it('come back as they were, in order, whatever is in them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue({ stringUnit: 'binary' })), async (records) => {
        await writeRecords(local.table, { pk: 'any', sk: 'a' }, records, { expires: later() });
        expect(await read('any')).toEqual(JSON.parse(JSON.stringify(records)));
      }),
      { numRuns: 25 },
    );
  });

  it('come back when they are many, and are read line by line', async () => {
    const count = 20_000;
    const many = (function* () {
      for (let n = 0; n < count; n++) yield { n, text: `zażółć ${n}\n` };
    })();
    await writeRecords(local.table, { pk: 'many', sk: 'a' }, many, { expires: later() });
    let sum = 0;
    await readRecords<{ n: number }>(local.table, { pk: 'many', sk: 'a' }, ({ n }) => {
      sum += n;
    });
    expect(sum).toBe((count * (count - 1)) / 2);
  });

  it('that were never written are not "none"', async () => {
    expect(await read('never')).toBeUndefined();
    await writeRecords(local.table, { pk: 'none', sk: 'a' }, [], { expires: later() });
    expect(await read('none')).toEqual([]);
  });
});
