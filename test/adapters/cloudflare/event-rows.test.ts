import { describe, expect, it } from 'vitest';
import {
  eventDimensions,
  RawEventGroups,
  readEventGroups,
  readRawEvents,
  stableKeysOf,
  withoutDimensions,
} from '../../../functions/adapters/cloudflare/event-rows.ts';
import { EVENT_TEXT_KEPT } from '../../../functions/core/security-events.ts';

const raw = (more: object = {}) => ({
  datetime: '2026-03-01T11:00:00Z',
  rayName: 'ray1',
  sampleInterval: 1,
  ruleId: 'r1',
  source: 'firewallCustom',
  action: 'block',
  clientIP: '45.20.0.1',
  ...more,
});

const grouped = (...rows: unknown[]) => {
  const groups = new RawEventGroups();
  for (const event of readRawEvents(rows).events) groups.add(event);
  return groups;
};

describe('properties of an event', () => {
  it('are those a monitor knows, numbers as numbers and texts as texts', () => {
    const read = eventDimensions({
      clientIP: '45.20.0.1',
      clientAsn: 64500,
      botScore: '2',
      edgeResponseStatus: 403,
      userAgent: 'left out',
      botDetectionTags: ['scraping', 'ai', 'ai', 7, ''],
    });
    expect(read).toEqual({
      clientIP: '45.20.0.1',
      clientAsn: '64500',
      botScore: 2,
      edgeResponseStatus: 403,
      botDetectionTags: ['ai', 'scraping'],
    });
  });

  it('that cannot be read are left out, the others stay', () => {
    const read = eventDimensions({
      clientIP: { a: 1 },
      botScore: 'many',
      action: null,
      botDetectionTags: 7,
      ja4: 't13',
    });
    expect(read).toEqual({ ja4: 't13' });
  });

  it('lose query strings, fragments and what is too long', () => {
    expect(eventDimensions({ clientRequestPath: '/login?token=secret' })).toEqual({ clientRequestPath: '/login' });
    const { description, clientRequestPath } = eventDimensions({
      description: 'd'.repeat(10_000),
      clientRequestPath: `/${'p'.repeat(100_000)}?x`,
    });
    expect(String(description)).toHaveLength(EVENT_TEXT_KEPT);
    expect(String(clientRequestPath)).toHaveLength(EVENT_TEXT_KEPT);
  });

  it('keep any script, and no half of a character', () => {
    expect(eventDimensions({ description: '攻撃 🚨 щит' })).toEqual({ description: '攻撃 🚨 щит' });
    const cut = String(eventDimensions({ description: '🚨'.repeat(400) }).description);
    expect(cut.isWellFormed()).toBe(true);
    expect(String(eventDimensions({ description: 'a\ud800b' }).description).isWellFormed()).toBe(true);
  });
});

describe('groups', () => {
  it('are read, and rows that are none are counted', () => {
    const read = readEventGroups([
      { count: 3, avg: { sampleInterval: 10 }, dimensions: { action: 'block' } },
      { count: 'many', dimensions: {} },
      { count: -1, dimensions: {} },
      { count: 2 },
      null,
      'text',
      { count: 5, avg: null, dimensions: { action: 'log' } },
    ]);
    expect(read).toEqual({
      groups: [
        { count: 5, dimensions: { action: 'log' } },
        { count: 3, dimensions: { action: 'block' } },
      ],
      malformed: 5,
      sampleInterval: 10,
    });
  });

  it('add up where only the query string told them apart', () => {
    const read = readEventGroups([
      { count: 3, dimensions: { clientRequestPath: '/a?1' } },
      { count: 4, dimensions: { clientRequestPath: '/a?2' } },
    ]);
    expect(read.groups).toEqual([{ count: 7, dimensions: { clientRequestPath: '/a' } }]);
  });
});

describe('raw events', () => {
  it('with everything in common are one group, each weighted by its sampling', () => {
    const groups = grouped(
      raw(),
      raw({ rayName: 'ray2', sampleInterval: 10, datetime: '2026-03-01T11:05:00Z' }),
      raw({ rayName: 'ray3', clientIP: '45.20.0.2' }),
    );
    expect(groups.groups()).toMatchObject([
      { count: 11, dimensions: { clientIP: '45.20.0.1' } },
      { count: 1, dimensions: { clientIP: '45.20.0.2' } },
    ]);
    expect([groups.total(), groups.sampleInterval]).toEqual([12, 10]);
  });

  it('count once however often they are read, and each of one request counts', () => {
    const groups = grouped(raw(), raw(), raw({ matchIndex: 1 }), raw({ ruleId: 'r2' }));
    expect(groups.total()).toBe(3);
  });

  it('that cannot be read are counted', () => {
    const read = readRawEvents([raw(), null, raw({ datetime: 'yesterday' }), raw({ rayName: 7 }), {}]);
    expect([read.events.length, read.malformed]).toEqual([1, 4]);
  });
});

it('stable keys have no counts, and each is there once', () => {
  const group = (count: number, more: object) => ({
    count,
    dimensions: { ruleId: 'r1', source: 'waf', action: 'block', clientIP: '45.20.0.1', ...more },
  });
  const groups = [
    group(3, { clientRequestPath: '/a' }),
    group(4, { clientRequestPath: '/b' }),
    group(1, { ruleId: '' }),
  ];
  expect(stableKeysOf(groups)).toEqual([
    { ruleId: 'r1', source: 'waf', action: 'block', clientIP: '45.20.0.1' },
    { ruleId: '', source: 'waf', action: 'block', clientIP: '45.20.0.1' },
  ]);
  expect(stableKeysOf([{ count: 1, dimensions: {} }])).toEqual([{ ruleId: '', source: '', action: '', clientIP: '' }]);
});

describe('what is kept of many rows', () => {
  it('is one copy of a text', () => {
    const shared: string[] = [];
    const share = (text: string) => {
      shared.push(text);
      return 'the same';
    };
    const rows = [{ count: 1, dimensions: { clientIP: '45.20.0.1', botScore: 2, botDetectionTags: ['ai'] } }];
    expect(readEventGroups(rows, share).groups[0]?.dimensions).toEqual({
      clientIP: 'the same',
      botScore: 2,
      botDetectionTags: ['ai'],
    });
    expect(shared).toEqual(['45.20.0.1']);
    expect(readRawEvents([raw()], share).events[0]?.dimensions.clientIP).toBe('the same');
  });

  it('is an event only as long as it may come again', () => {
    const groups = new RawEventGroups();
    const { events } = readRawEvents([raw(), raw({ rayName: 'ray2' })]);
    for (const event of events) groups.add(event);
    groups.remember(events.slice(1));
    for (const event of events) groups.add(event);
    expect(groups.total()).toBe(3);
  });

  it('adds up where a property is left out', () => {
    const group = (clientRequestPath: string, count: number) => ({
      count,
      dimensions: { clientIP: '45.20.0.1', clientRequestPath },
    });
    expect(withoutDimensions([group('/a', 2), group('/b', 3)], ['clientRequestPath', 'description'])).toEqual([
      { count: 5, dimensions: { clientIP: '45.20.0.1' } },
    ]);
  });
});
