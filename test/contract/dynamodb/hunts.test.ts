import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HuntStore } from '../../../functions/adapters/dynamodb/hunts.ts';
import { Table } from '../../../functions/adapters/dynamodb/table.ts';
import { DAY, HOUR } from '../../../functions/core/time.ts';
import { BadInputError } from '../../../functions/runtime/errors.ts';
import { type LocalTable, localClient, openLocalTable } from './local-table.ts';

const W1 = Date.UTC(2026, 10, 20, 10);
const [W2, W3, W4] = [W1 + HOUR, W1 + 2 * HOUR, W1 + 3 * HOUR];
const ten = Array.from({ length: 10 }, (_, n) => n);

let local: LocalTable;
let hunts: HuntStore;

beforeAll(async () => {
  local = await openLocalTable();
});
afterAll(async () => {
  await local.close();
});
beforeEach(async () => {
  // A cursor there is only one of: each test begins without one.
  await local.table.delete({ pk: 'hunt', sk: 'cursor' });
  for (const start of [W1, W2, W3, W4]) {
    const pk = `hunt#${new Date(start).toISOString()}`;
    await local.table.deleteMany((await local.table.query(pk)).map(({ sk }) => ({ pk, sk: String(sk) })));
  }
  hunts = new HuntStore(local.table, 30);
});

const now = () => local.clock.now();

/** Claims the window and finishes it. */
async function hunt(start: number): Promise<void> {
  const attempt = ((await hunts.window(start))?.attempt ?? 0) + 1;
  expect(await hunts.claim(start, attempt, now())).toBe(true);
  await hunts.finish(start, attempt, now());
}

describe('the cursor', () => {
  it('is put once, whoever asks first, and never expires', async () => {
    const answers = await Promise.all(ten.map((n) => hunts.cursor(W1 + n * HOUR)));
    expect(new Set(answers).size).toBe(1);
    local.clock.advance(1000 * DAY);
    expect(await hunts.cursor(W1 + 20 * HOUR)).toBe(answers[0]);
  });

  it('moves over all finished windows, however they were finished', async () => {
    await hunts.cursor(W1);
    await hunt(W3);
    await hunt(W2);
    expect(await hunts.cursor(0)).toBe(W1);
    await hunts.claim(W4, 1, now());
    await hunt(W1);
    expect(await hunts.cursor(0)).toBe(W4);
  });

  it('moves over windows that are finished at one moment', async () => {
    await hunts.cursor(W1);
    await Promise.all([W1, W2, W3, W4].map(hunt));
    expect(await hunts.cursor(0)).toBe(W4 + HOUR);
  });

  it('is made up for by the next window to finish when a move was lost', async () => {
    await hunt(W1);
    await hunts.cursor(W1);
    expect(await hunts.cursor(0)).toBe(W1);
    await hunt(W2);
    expect(await hunts.cursor(0)).toBe(W3);
  });

  it('skips forward only, only from where it was, and past what is finished there', async () => {
    await hunts.cursor(W1);
    await hunt(W3);
    expect(await hunts.skipTo(W3, W2)).toBe(false);
    expect(await hunts.skipTo(W1, W1)).toBe(false);
    expect(await hunts.skipTo(W1 - HOUR, W1)).toBe(false);
    expect(await hunts.cursor(0)).toBe(W1);
    const skips = await Promise.all(ten.map(() => hunts.skipTo(W3, W1)));
    expect(skips.filter(Boolean)).toHaveLength(1);
    expect(await hunts.cursor(0)).toBe(W4);
  });

  it('stands at the first unfinished window after any windows finish in any order', async () => {
    let first = W1 + 1000 * HOUR;
    const orders = fc.uniqueArray(fc.nat(6), { maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(orders, fc.boolean(), async (order, together) => {
        // Windows of a run are nobody else's.
        first += 100 * HOUR;
        await local.table.delete({ pk: 'hunt', sk: 'cursor' });
        await hunts.cursor(first);
        const base = first;
        if (together) await Promise.all(order.map((n) => hunt(base + n * HOUR)));
        else for (const n of order) await hunt(base + n * HOUR);
        const unfinished = [0, 1, 2, 3, 4, 5, 6, 7].find((n) => !order.includes(n)) ?? 8;
        expect((await hunts.cursor(0)) - base).toBe(unfinished * HOUR);
      }),
      { numRuns: 40 },
    );
  });
});

describe('windows', () => {
  it('are claimed by one of many, attempt after attempt', async () => {
    expect(await hunts.window(W1)).toBeUndefined();
    const first = await Promise.all(ten.map(() => hunts.claim(W1, 1, now())));
    expect(first.filter(Boolean)).toHaveLength(1);
    expect(await hunts.window(W1)).toEqual({
      start: W1,
      status: 'open',
      attempt: 1,
      writing: false,
      startedAt: now(),
    });
    expect(await hunts.claim(W1, 3, now())).toBe(false);
    const second = await Promise.all(ten.map(() => hunts.claim(W1, 2, now() + 5)));
    expect(second.filter(Boolean)).toHaveLength(1);
    expect(await hunts.window(W1)).toMatchObject({ attempt: 2, startedAt: now() + 5 });
    expect(await hunts.claim(W2, 2, now())).toBe(false);
  });

  it('are open again once a finished one is claimed, and the cursor stays', async () => {
    await hunts.cursor(W1);
    await hunt(W1);
    const at = now();
    expect(await hunts.window(W1)).toMatchObject({ status: 'finished', attempt: 1, finishedAt: at });
    expect(await hunts.claim(W1, 2, at + 1)).toBe(true);
    expect(await hunts.window(W1)).toMatchObject({ status: 'open', attempt: 2, writing: false, finishedAt: at });
    expect(await hunts.cursor(0)).toBe(W2);
    await hunts.finish(W1, 2, at + 2);
    expect(await hunts.window(W1)).toMatchObject({ status: 'finished', finishedAt: at + 2 });
  });

  it('are finished by their newest attempt only, as often as it likes', async () => {
    await hunts.cursor(W1);
    await hunts.claim(W1, 1, now());
    await hunts.claim(W1, 2, now());
    await expect(hunts.finish(W1, 1, now())).rejects.toThrow(BadInputError);
    await expect(hunts.finish(W2, 1, now())).rejects.toThrow('2026-11-20T11:00:00.000Z');
    expect(await hunts.cursor(0)).toBe(W1);
    await hunts.finish(W1, 2, now());
    await hunts.finish(W1, 2, now());
    expect(await hunts.cursor(0)).toBe(W2);
  });

  it('remember their attempts for longer than Step Functions remembers a name', async () => {
    const short = new HuntStore(local.table, 1);
    await short.claim(W1, 1, now());
    await short.beginWriting(W1, 1, ['k1']);
    await short.saveReported(W1, ['p1']);
    local.clock.advance(91 * DAY);
    expect(await short.window(W1)).toMatchObject({ attempt: 1, writing: true });
    expect(await short.reported(W1)).toBeUndefined();
    expect(await short.beginWriting(W1, 1, [])).toEqual([]);
  });
});

describe('writing', () => {
  it('remembers who began and every key, until the window is finished', async () => {
    await hunts.claim(W1, 1, now());
    expect(await hunts.beginWriting(W1, 1, ['a', 'b'])).toEqual([]);
    expect(await hunts.window(W1)).toMatchObject({ writing: true, writer: 1 });
    await hunts.claim(W1, 2, now());
    expect(await hunts.window(W1)).toMatchObject({ attempt: 2, writing: true, writer: 1 });
    expect(await hunts.beginWriting(W1, 2, ['b', 'c'])).toEqual(['a', 'b']);
    expect(await hunts.beginWriting(W1, 2, ['b', 'c'])).toEqual(['a', 'b', 'c']);
    expect(await hunts.window(W1)).toMatchObject({ writer: 2 });
    await hunts.finish(W1, 2, now());
    expect(await hunts.window(W1)).toMatchObject({ status: 'finished', writing: false });
    expect(await hunts.window(W1)).not.toHaveProperty('writer');
    // A step that is repeated after it finished the window begins nothing anew.
    expect(await hunts.beginWriting(W1, 2, ['b'])).toEqual(['a', 'b', 'c']);
    expect(await hunts.window(W1)).toMatchObject({ status: 'finished', writing: false });
    await hunts.claim(W1, 3, now());
    expect(await hunts.beginWriting(W1, 3, [])).toEqual(['a', 'b', 'c']);
  });

  it('is refused to an attempt that was superseded or never claimed', async () => {
    await hunts.claim(W1, 1, now());
    await hunts.claim(W1, 2, now());
    const late = hunts.beginWriting(W1, 1, ['a']);
    await expect(late).rejects.toThrow(BadInputError);
    await expect(late).rejects.toThrow('attempt 1');
    await expect(hunts.beginWriting(W2, 1, ['a'])).rejects.toThrow(BadInputError);
    expect(await hunts.window(W1)).toMatchObject({ writing: false });
    expect(await hunts.beginWriting(W1, 2, [])).toEqual([]);
  });

  it('is refused when a newer attempt claims the window in the middle', async () => {
    await hunts.claim(W1, 1, now());
    const interrupted = new HuntStore(
      interruptedTable(async () => void (await hunts.claim(W1, 2, now()))),
      30,
    );
    await expect(interrupted.beginWriting(W1, 1, ['a'])).rejects.toThrow(BadInputError);
  });

  it('loses no key when two begin at one moment', async () => {
    await hunts.claim(W1, 1, now());
    let rival: readonly string[] = [];
    const first = new HuntStore(
      interruptedTable(async () => {
        rival = await hunts.beginWriting(W1, 1, ['rival']);
      }),
      30,
    );
    expect(await first.beginWriting(W1, 1, ['own'])).toEqual(['rival']);
    expect(rival).toEqual([]);
    expect(await hunts.beginWriting(W1, 1, [])).toEqual(['rival', 'own']);
  });

  it('holds far more keys than an item', async () => {
    await hunts.claim(W1, 1, now());
    const keys = Array.from({ length: 40_000 }, (_, n) => createHash('sha256').update(String(n)).digest('hex'));
    await hunts.beginWriting(W1, 1, keys);
    expect(await hunts.beginWriting(W1, 1, ['one more'])).toEqual(keys);
    expect(await hunts.beginWriting(W1, 1, [])).toHaveLength(40_001);
  });
});

describe('reported pairs', () => {
  it('tell none from never joined, and are those of the latest attempt', async () => {
    expect(await hunts.reported(W1)).toBeUndefined();
    await hunts.saveReported(W1, []);
    expect(await hunts.reported(W1)).toEqual(new Set());
    await hunts.saveReported(W1, ['p1', 'p2', 'p1']);
    expect(await hunts.reported(W1)).toEqual(new Set(['p1', 'p2']));
    await hunts.saveReported(W1, ['p3']);
    expect(await hunts.reported(W1)).toEqual(new Set(['p3']));
  });

  it('go with the retention time: they hold addresses', async () => {
    await hunts.saveReported(W1, ['p1']);
    local.clock.advance(30 * DAY);
    expect(await hunts.reported(W1)).toBeUndefined();
  });
});

/** The table of a process that is overtaken once: just before it stores a window's keys, something else happens. */
function interruptedTable(happens: () => Promise<void>): Table {
  const client = localClient(local.endpoint);
  let pending: (() => Promise<void>) | undefined = happens;
  client.middlewareStack.add(
    (next) => async (args) => {
      const input = JSON.stringify(args.input);
      if (pending !== undefined && input.includes('"written"') && input.includes('"Item"')) {
        const work = pending;
        pending = undefined;
        await work();
      }
      return next(args);
    },
    { step: 'initialize' },
  );
  return new Table({ client, tableName: 'latchkey', clock: local.clock });
}
