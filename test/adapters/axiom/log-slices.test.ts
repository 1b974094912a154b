import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AxiomRow, TooManyRowsError } from '../../../functions/adapters/axiom/client.ts';
import { readSlices } from '../../../functions/adapters/axiom/log-slices.ts';
import { MINUTE, type Window } from '../../../functions/core/time.ts';
import { TransientError } from '../../../functions/runtime/errors.ts';
import { HOUR_START } from './log-rows.ts';

const SPAN = 15 * MINUTE;

const minutes = (from: number, to: number): Window => ({
  start: HOUR_START + from * MINUTE,
  end: HOUR_START + to * MINUTE,
});

/** Reads with an answer for each slice, and tells what was asked and taken. */
async function read(window: Window, answer: (slice: Window) => readonly AxiomRow[] | Error) {
  const asked: Window[] = [];
  const taken: AxiomRow[] = [];
  let underWay = 0;
  let most = 0;
  const ask = async (slice: Window) => {
    asked.push(slice);
    underWay += 1;
    most = Math.max(most, underWay);
    await Promise.resolve();
    underWay -= 1;
    const found = answer(slice);
    if (found instanceof Error) throw found;
    return found;
  };
  const result = await readSlices(window, SPAN, ask, (rows) => taken.push(...rows));
  return {
    result,
    taken,
    most,
    asked: asked.map(({ start, end }) => [start, end].map((at) => (at - HOUR_START) / MINUTE)),
  };
}

const tooMany = (limitMs: number) => (slice: Window) =>
  slice.end - slice.start > limitMs ? new TooManyRowsError('more rows than one answer holds') : [{ ...slice }];

describe('a window', () => {
  it('is asked about hour by hour', async () => {
    const { asked, result } = await read(minutes(-45, 75), () => []);
    expect(asked).toEqual([
      [-45, 0],
      [0, 60],
      [60, 75],
    ]);
    expect(result).toEqual({ answered: 3, unreadMs: 0, why: [] });
  });

  it('is never asked about in more than four places at once', async () => {
    expect((await read(minutes(0, 600), () => [])).most).toBe(4);
  });

  it('that is empty is not asked about', async () => {
    expect((await read(minutes(5, 5), () => [])).asked).toEqual([]);
  });

  it('with too many rows is asked about in parts that meet where spans do', async () => {
    const { asked, result } = await read(minutes(0, 60), tooMany(SPAN));
    expect(asked.slice(-4)).toEqual([
      [0, 15],
      [15, 30],
      [30, 45],
      [45, 60],
    ]);
    expect(result).toEqual({ answered: 4, unreadMs: 0, why: [] });
    expect((await read(minutes(0, 45), tooMany(2 * SPAN))).asked.slice(1)).toEqual([
      [0, 30],
      [30, 45],
    ]);
  });

  it('is read whole, each instant once, however many rows a part may have', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -500, max: 500 }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: MINUTE, max: 90 * MINUTE }),
        async (from, length, limit) => {
          const window = { start: HOUR_START + from * 7_777, end: HOUR_START + from * 7_777 + length * 33_333 };
          const { taken } = await read(window, tooMany(limit));
          const parts = taken.map(({ start, end }) => [Number(start), Number(end)]).sort(([a = 0], [b = 0]) => a - b);
          expect(parts[0]?.[0]).toBe(window.start);
          expect(parts.at(-1)?.[1]).toBe(window.end);
          for (const [index, [start]] of parts.slice(1).entries()) expect(start).toBe(parts[index]?.[1]);
        },
      ),
    );
  });

  it('with a minute of too many rows is read but for that minute', async () => {
    const { result, taken } = await read(minutes(0, 60), (slice) =>
      slice.start <= minutes(7, 8).start && slice.end > minutes(7, 8).start
        ? new TooManyRowsError('more rows than one answer holds')
        : [{ ...slice }],
    );
    expect(result).toMatchObject({ unreadMs: MINUTE, why: ['more rows than one answer holds'] });
    const read59 = taken.reduce((sum, { start, end }) => sum + Number(end) - Number(start), 0);
    expect(read59).toBe(59 * MINUTE);
  });

  it('is not asked about any further after a failure; what was read is kept', async () => {
    const { result, asked, taken } = await read(minutes(0, 600), (slice) =>
      slice.start === minutes(60, 120).start ? new TransientError('Axiom answered 503') : [{ ...slice }],
    );
    expect(asked).toHaveLength(4);
    expect(taken).toHaveLength(3);
    expect(result).toEqual({ answered: 3, unreadMs: 7 * 60 * MINUTE, why: ['Axiom answered 503'] });
  });

  it('with a bug in the reading fails', async () => {
    await expect(read(minutes(0, 60), () => new RangeError('bug'))).rejects.toThrow('bug');
  });
});
