import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PART_BYTES, readDocument, writeDocument } from '../../../functions/adapters/dynamodb/chunks.ts';
import { Table } from '../../../functions/adapters/dynamodb/table.ts';
import type { Key } from '../../../functions/adapters/dynamodb/table-reader.ts';
import { EvidenceGapError, TransientError } from '../../../functions/runtime/errors.ts';
import { type LocalTable, localClient, openLocalTable } from './local-table.ts';

let local: LocalTable;
beforeAll(async () => {
  local = await openLocalTable();
});
afterAll(async () => {
  await local.close();
});

/** Text that does not compress below half its length, the same for the same seed. */
function noise(length: number, seed: string): string {
  let text = '';
  for (let n = 0; text.length < length; n++) text += createHash('sha256').update(`${seed} ${n}`).digest('hex');
  return text.slice(0, length);
}

const later = () => local.clock.now() + 60_000;

describe('a chunked document', () => {
  it('is one item when it fits', async () => {
    const key = { pk: 'small', sk: 'a' };
    await writeDocument(local.table, key, { hello: 'wörld' }, { expires: later(), attributes: { trigger: 'spike' } });
    expect(await local.table.get(key)).toMatchObject({ trigger: 'spike', data: expect.anything() });
    expect(await readDocument(local.table, key)).toEqual({ hello: 'wörld' });
  });

  it('is split into parts and read back whole when it does not', async () => {
    const key = { pk: 'large', sk: 'a' };
    const value = noise(3_000_000, 'large');
    await writeDocument(local.table, key, value, { expires: later() });
    const head = await local.table.get(key);
    expect(head?.parts).toBe(Math.ceil(Number(head?.bytes) / PART_BYTES));
    expect(Number(head?.parts)).toBeGreaterThan(3);
    expect(await readDocument(local.table, key)).toBe(value);
  });

  it('is invisible until its head is written', async () => {
    const key = { pk: 'broken-off', sk: 'a' };
    class Breaking extends Table {
      override async put(): Promise<never> {
        throw new TransientError('broken off');
      }
    }
    const breaking = new Breaking({ client: local.client, tableName: 'latchkey', clock: local.clock });
    const value = noise(1_500_000, 'broken-off');
    await expect(writeDocument(breaking, key, value, { expires: later() })).rejects.toThrow('broken off');
    expect(await readDocument(local.table, key)).toBeUndefined();
  });

  it('leaves the old document whole when a new one is broken off', async () => {
    const key = { pk: 'kept', sk: 'a' };
    await writeDocument(local.table, key, noise(1_000_000, 'old'), { expires: later() });
    class Breaking extends Table {
      override async putMany(items: Parameters<Table['putMany']>[0], expires: number): Promise<void> {
        await super.putMany(items.slice(0, 1), expires);
        throw new TransientError('broken off');
      }
    }
    const breaking = new Breaking({ client: local.client, tableName: 'latchkey', clock: local.clock });
    await expect(writeDocument(breaking, key, noise(1_000_000, 'new'), { expires: later() })).rejects.toThrow();
    expect(await readDocument(local.table, key)).toBe(noise(1_000_000, 'old'));
  });

  it('replaces its parts and removes those nothing points at any more', async () => {
    const key = { pk: 'replaced', sk: 'a' };
    await writeDocument(local.table, key, noise(1_000_000, 'first'), { expires: later() });
    const old = await local.table.get(key);
    await writeDocument(local.table, key, noise(1_000_000, 'second'), { expires: later() });
    expect(await readDocument(local.table, key)).toBe(noise(1_000_000, 'second'));
    expect(await local.table.get(partKey(old))).toBeUndefined();
  });

  it('is read whole while it is being replaced', async () => {
    const key = { pk: 'raced', sk: 'a' };
    const texts = Array.from({ length: 5 }, (_, n) => noise(800_000, `raced ${n}`));
    await writeDocument(local.table, key, texts[0], { expires: later() });
    const reads = Promise.all(Array.from({ length: 10 }, () => readDocument<string>(local.table, key)));
    for (const text of texts.slice(1)) await writeDocument(local.table, key, text, { expires: later() });
    for (const text of await reads) expect(texts).toContain(text);
  });

  it('keeps nothing of a write whose condition did not hold', async () => {
    const key = { pk: 'conditional', sk: 'a' };
    const ids: string[] = [];
    const table = new Table({
      client: local.client,
      tableName: 'latchkey',
      clock: local.clock,
      newId: () => {
        ids.push(`set-${ids.length}`);
        return ids.at(-1) ?? '';
      },
    });
    await writeDocument(table, key, 'first', { expires: later() });
    const onlyIf = { expression: 'attribute_not_exists(#pk)' };
    expect(await writeDocument(table, key, noise(1_000_000, 'no'), { expires: later(), onlyIf })).toBe(false);
    expect(await readDocument(table, key)).toBe('first');
    expect(await table.get(partKey({ set: ids.at(-1) ?? '' }))).toBeUndefined();
  });

  it('says so when a part is lost, rather than reading as nothing', async () => {
    const key = { pk: 'lost', sk: 'a' };
    await writeDocument(local.table, key, noise(1_000_000, 'lost'), { expires: later() });
    await local.table.delete(partKey(await local.table.get(key)));
    await expect(readDocument(local.table, key)).rejects.toThrow(EvidenceGapError);
  });

  it.each([
    ['of one item', 20],
    ['in parts', 1_000_000],
  ])('%s is whole and stored when the answer to its write is lost and the SDK writes again', async (_, length) => {
    const key = { pk: `answer-lost ${length}`, sk: 'a' };
    const first = noise(length, 'first');
    const table = losingAnswers();
    expect(await writeDocument(table, key, first, { expires: later() })).toBe(true);
    expect(await readDocument(local.table, key)).toBe(first);
    const second = noise(length, 'second');
    const onlyIf = { expression: '#turn <> :turn OR attribute_not_exists(#turn)', values: { turn: 2 } };
    const options = { expires: later(), onlyIf, attributes: { turn: 2 } };
    expect(await writeDocument(table, key, second, options)).toBe(true);
    expect(await readDocument(local.table, key)).toBe(second);
    expect(await writeDocument(table, key, first, options)).toBe(false);
    expect(await readDocument(local.table, key)).toBe(second);
  });

  it('expires as one', async () => {
    const key = { pk: 'expiring', sk: 'a' };
    await writeDocument(local.table, key, noise(1_000_000, 'expiring'), { expires: local.clock.now() + 2_000 });
    local.clock.advance(1_000);
    expect(await readDocument(local.table, key)).toBeDefined();
    local.clock.advance(1_000);
    expect(await readDocument(local.table, key)).toBeUndefined();
  });
});

/** A table whose every put is applied, its answer lost, and the put sent again, as the SDK does after a time-out. */
function losingAnswers(): Table {
  const client = localClient(local.endpoint);
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === 'PutItemCommand') await next(args).catch(() => undefined);
        return await next(args);
      },
    { step: 'finalizeRequest', name: 'losesAnswers', priority: 'low' },
  );
  return new Table({ client, tableName: 'latchkey', clock: local.clock });
}

function partKey(head: { readonly set?: unknown } | undefined): Key {
  return { pk: `part#${String(head?.set)}#1`, sk: 'part' };
}
