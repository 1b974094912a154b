import { describe, expect, it } from 'vitest';
import { pagesPerZone, ZoneMemory } from '../../../functions/adapters/cloudflare/monitor-memory.ts';
import { HOUR, MINUTE } from '../../../functions/core/time.ts';

describe('further pages of a zone', () => {
  it.each([
    [0, 5],
    [1, 5],
    [5, 5],
    [6, 4],
    [12, 2],
    [25, 1],
    [26, 0],
    [500, 0],
  ])("are so few that those of all of %s zones are a poll's: %s", (zones, pages) => {
    expect(pagesPerZone(zones)).toBe(pages);
    expect(zones * pages).toBeLessThanOrEqual(25);
  });
});

describe('what is remembered of a zone', () => {
  it('is nothing at first', () => {
    const memory = new ZoneMemory();
    expect([memory.tableOf('a', 0), memory.isLean('a', 0), memory.pageRowsOf('a', 0)]).toEqual(['', false, undefined]);
  });

  it('is forgotten in time', () => {
    const memory = new ZoneMemory();
    memory.seat('a', 'b', 0);
    memory.makeLean('a', 0);
    memory.shrinkPages('a', 100, 0);
    const at = (now: number) => [memory.tableOf('a', now), memory.isLean('a', now), memory.pageRowsOf('a', now)];
    expect(at(10 * MINUTE - 1)).toEqual(['b', true, 100]);
    expect(at(10 * MINUTE)).toEqual(['', true, 100]);
    expect(at(HOUR)).toEqual(['', false, undefined]);
  });
});
