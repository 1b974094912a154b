import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StreamedEventStore } from '../../../functions/adapters/dynamodb/streamed-events.ts';
import { DAY, HOUR, MINUTE } from '../../../functions/core/time.ts';
import { type LocalTable, openLocalTable } from './local-table.ts';

interface Event {
  readonly id: string | number;
  readonly created_at: number;
  readonly text?: string;
}

let local: LocalTable;
beforeAll(async () => {
  local = await openLocalTable();
});
afterAll(async () => {
  await local.close();
});

/** Each test writes into a time of its own. */
let days = 0;
function scene() {
  days += 1;
  const start = local.clock.now() + days * 2 * DAY;
  const store = () => new StreamedEventStore<Event>(local.table, 30);
  const idsIn = async (from: number, to: number, deadline = Number.POSITIVE_INFINITY) =>
    (await store().read({ start: from, end: to }, deadline)).events.map(({ id }) => id).sort();
  return { start, store, idsIn };
}

describe('streamed events', () => {
  it('are read by when they happened, both ends inside', async () => {
    const { start, store, idsIn } = scene();
    const at = (minutes: number) => ({ id: `m${minutes}`, created_at: start + minutes * MINUTE });
    await store().save([at(-1), at(0), at(4), at(60), at(61)], 0);
    expect(await idsIn(start, start + HOUR)).toEqual(['m0', 'm4', 'm60']);
    expect(await idsIn(start + 62 * MINUTE, start + 2 * HOUR)).toEqual([]);
  });

  it('come back as they were, and once, however often and in what company they came', async () => {
    const { start, store } = scene();
    const [a, b, c] = ['a', 'b', 'c'].map((id) => ({ id, created_at: start, text: `zażółć "${id}"` }));
    if (a === undefined || b === undefined || c === undefined) throw new Error('three events expected');
    for (const delivery of [[a, b], [b, a, b], [b, c], [a]]) await store().save(delivery, 0);
    const { events, cut } = await store().read({ start, end: start }, Number.POSITIVE_INFINITY);
    expect(events.toSorted((x, y) => `${x.id}`.localeCompare(`${y.id}`))).toEqual([a, b, c]);
    expect(cut).toBeUndefined();
    // The second delivery is the first again, in another order: it replaced it.
    expect(await local.table.query(`stream#${new Date(start).toISOString()}`)).toHaveLength(3);
  });

  it('come back when they are many and large', async () => {
    const { start, store, idsIn } = scene();
    const noise = (n: number) =>
      Array.from({ length: 90 }, (_, i) => ((n * 7919 + i * 104729) % 65521).toString(36)).join('');
    const many = Array.from({ length: 6_000 }, (_, n) => ({ id: n, created_at: start + n * 100, text: noise(n) }));
    await store().save(many, 0);
    expect(await idsIn(start, start + HOUR)).toHaveLength(6_000);
  });

  it('are partial where the time runs out, the newest first', async () => {
    const { start, store } = scene();
    await store().save([{ id: 1, created_at: start }], 0);
    const read = await store().read({ start, end: start }, local.clock.now());
    expect(read).toEqual({ events: [], skippedMalformed: 0, cut: 'time ran out' });
  });

  it('count what could not be read where it arrived', async () => {
    const { store } = scene();
    const now = local.clock.now();
    await store().save([], 3);
    await store().save([], 2);
    expect((await store().read({ start: now, end: now }, Number.POSITIVE_INFINITY)).skippedMalformed).toBe(5);
  });

  it('are gone, and forgotten to have come, when their time is over', async () => {
    const { start, store, idsIn } = scene();
    await store().save([{ id: 1, created_at: start }], 0);
    local.clock.advance(30 * DAY);
    expect(await idsIn(start, start)).toEqual([]);
    expect(await store().heard()).toBeUndefined();
  });

  it('tell since when and when last they came, whatever time they are of', async () => {
    const { start, store } = scene();
    local.clock.advance(31 * DAY);
    const first = local.clock.now();
    const one = store();
    await one.save([{ id: 1, created_at: start }], 0);
    expect(await one.heard()).toEqual({ first, last: first });
    local.clock.advance(MINUTE - 1);
    await one.save([], 0);
    expect((await one.heard())?.last).toBe(first);
    local.clock.advance(1);
    await one.save([], 0);
    expect(await store().heard()).toEqual({ first, last: first + MINUTE });
  });
});
