import { describe, expect, it } from 'vitest';
import { readRawEvents } from '../../../functions/adapters/cloudflare/event-rows.ts';
import { EventSums } from '../../../functions/adapters/cloudflare/event-sums.ts';

const raw = (more: object = {}) => ({
  datetime: '2026-03-01T11:00:00Z',
  rayName: 'ray1',
  clientIP: '45.20.0.1',
  source: 'l7ddos',
  action: 'block',
  botDetectionTags: ['ai'],
  ...more,
});

const summed = (...rows: unknown[]) => {
  const sums = new EventSums();
  for (const event of readRawEvents(rows).events) sums.add(event);
  return sums;
};

describe('raw events added up', () => {
  it('are groups of what they have in common, weighted by their sampling, the largest first', () => {
    const sums = summed(raw({ action: 'log' }), raw({ sampleInterval: 2.25 }), raw({ sampleInterval: 2.5 }));
    const dimensions = { clientIP: '45.20.0.1', source: 'l7ddos', botDetectionTags: ['ai'] };
    expect(sums.groups()).toEqual([
      { count: 5, dimensions: { ...dimensions, action: 'block' } },
      { count: 1, dimensions: { ...dimensions, action: 'log' } },
    ]);
    expect(sums.total()).toBe(6);
    expect(sums.sampleInterval).toBe(2.5);
  });

  it('are in the order they came in where they are equally many', () => {
    const addresses = ['45.20.0.9', '45.20.0.1', '45.20.0.5'];
    const groups = summed(...addresses.map((clientIP) => raw({ clientIP }))).groups();
    expect(groups.map(({ dimensions }) => dimensions.clientIP)).toEqual(addresses);
  });

  it('tell texts apart that would look alike when put together', () => {
    expect(summed(raw({ source: 'a', action: 'bc' }), raw({ source: 'ab', action: 'c' })).groups()).toHaveLength(2);
  });
});
