import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeliveryStore } from '../../../functions/adapters/dynamodb/deliveries.ts';
import { ExpiringCache } from '../../../functions/adapters/dynamodb/expiring-cache.ts';
import { HealthStore } from '../../../functions/adapters/dynamodb/health.ts';
import { IncidentStore } from '../../../functions/adapters/dynamodb/incidents.ts';
import { SnapshotStore } from '../../../functions/adapters/dynamodb/inventory-snapshots.ts';
import { ReadingStore } from '../../../functions/adapters/dynamodb/readings.ts';
import { Table } from '../../../functions/adapters/dynamodb/table.ts';
import { complete } from '../../../functions/core/coverage.ts';
import type { TokenEvidence } from '../../../functions/core/evidence.ts';
import type { Incident } from '../../../functions/core/incident.ts';
import type { InventorySnapshot } from '../../../functions/core/inventory-snapshot.ts';
import { DAY, HOUR, MINUTE } from '../../../functions/core/time.ts';
import { EvidenceGapError } from '../../../functions/runtime/errors.ts';
import { type LocalTable, localClient, openLocalTable } from './local-table.ts';

let local: LocalTable;
beforeAll(async () => {
  local = await openLocalTable();
});
afterAll(async () => {
  await local.close();
});

const twenty = Array.from({ length: 20 }, (_, n) => n);

describe('deliveries', () => {
  const deliveries = () => new DeliveryStore(local.table, 30);
  const delivery = (key: string) => ({ key, caseId: `case of ${key}`, at: local.clock.now(), body: '{"text":"hi"}' });

  it('are new once, however many arrive at one moment', async () => {
    const answers = await Promise.all(twenty.map(() => deliveries().remember(delivery('rush'))));
    expect(answers.filter((answer) => answer === 'new')).toHaveLength(1);
    expect(answers.filter((answer) => answer !== 'new')[0]).toEqual({ caseId: 'case of rush', started: false });
  });

  it('say whether their case was started', async () => {
    await deliveries().remember(delivery('started'));
    await deliveries().markStarted('started');
    expect(await deliveries().remember(delivery('started'))).toEqual({ caseId: 'case of started', started: true });
  });

  it('are forgotten after 24 hours', async () => {
    await deliveries().remember(delivery('daily'));
    await deliveries().markStarted('daily');
    local.clock.advance(DAY - 1);
    expect(await deliveries().remember(delivery('daily'))).toMatchObject({ started: true });
    local.clock.advance(1);
    expect(await deliveries().remember(delivery('daily'))).toBe('new');
    expect(await deliveries().remember(delivery('daily'))).toMatchObject({ started: false });
  });

  it('need no case', async () => {
    const caseless = { key: 'caseless', at: local.clock.now(), body: '{}' };
    expect(await deliveries().remember(caseless)).toBe('new');
    expect(await deliveries().remember(caseless)).toEqual({ started: false });
  });

  it('mark nothing that was never delivered', async () => {
    await deliveries().markStarted('never');
    expect(await deliveries().remember(delivery('never'))).toBe('new');
  });

  it('lead from a correlation to the newest case, for the retention time', async () => {
    const correlation = 'x'.repeat(5_000);
    await deliveries().remember({ ...delivery('first'), correlation });
    local.clock.advance(HOUR);
    await deliveries().remember({ ...delivery('second'), correlation });
    const late = { ...delivery('late'), correlation, at: local.clock.now() - MINUTE };
    await deliveries().remember(late);
    expect(await deliveries().caseOfCorrelation(correlation)).toEqual({
      caseId: 'case of second',
      key: 'second',
      started: false,
    });
    await deliveries().markStarted('second');
    expect(await deliveries().caseOfCorrelation(correlation)).toMatchObject({ started: true });
    expect(await deliveries().caseOfCorrelation('other')).toBeUndefined();
    local.clock.advance(30 * DAY);
    expect(await deliveries().caseOfCorrelation(correlation)).toBeUndefined();
  });

  it('make up for a correlation that a broken-off first try did not write', async () => {
    await deliveries().remember(delivery('broken'));
    await deliveries().remember({ ...delivery('broken'), correlation: 'broken' });
    expect(await deliveries().caseOfCorrelation('broken')).toMatchObject({ caseId: 'case of broken' });
  });
});

describe('readings of GitLab', () => {
  const readings = () => new ReadingStore(local.table, 30);
  const evidence = (): TokenEvidence => ({
    window: { start: 0, end: HOUR },
    readAt: local.clock.now(),
    credentials: [{ id: 'token/1', kind: 'personal', name: 'deploy' }],
    uses: [],
    coverage: { audit: complete() },
    realIpMissing: false,
  });

  it('are made by one of many who ask at one moment', async () => {
    const now = local.clock.now();
    const answers = await Promise.all(twenty.map((n) => readings().claim('window', `case-${n}`, now, MINUTE)));
    expect(answers.filter((answer) => answer === 'claimed')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'held')).toHaveLength(19);
  });

  it('pass to the next when the lease runs out, and stay with their holder while it renews', async () => {
    const now = local.clock.now();
    expect(await readings().claim('lease', 'a', now, MINUTE)).toBe('claimed');
    expect(await readings().claim('lease', 'a', now + 30_000, MINUTE)).toBe('claimed');
    expect(await readings().claim('lease', 'b', now + MINUTE, MINUTE)).toBe('held');
    expect(await readings().claim('lease', 'b', now + 90_000, MINUTE)).toBe('claimed');
  });

  it('are shared once saved, also with their own holder, for as long as they are fresh', async () => {
    const now = local.clock.now();
    await readings().claim('shared', 'a', now, MINUTE);
    await readings().save('shared', 'reading-1', evidence(), now + HOUR);
    for (const holder of ['a', 'b']) {
      expect(await readings().claim('shared', holder, now + HOUR - 1, MINUTE)).toEqual({ readingId: 'reading-1' });
    }
    expect(await readings().load('reading-1')).toEqual(evidence());
    await readings().release('shared', 'a');
    expect(await readings().claim('shared', 'b', now, MINUTE)).toEqual({ readingId: 'reading-1' });
    expect(await readings().claim('shared', 'b', now + HOUR, MINUTE)).toBe('claimed');
    expect(await readings().claim('shared', 'c', now + HOUR, MINUTE)).toBe('held');
  });

  it('are given up only by their holder', async () => {
    const now = local.clock.now();
    await readings().claim('released', 'a', now, MINUTE);
    await readings().release('released', 'b');
    expect(await readings().claim('released', 'b', now, MINUTE)).toBe('held');
    await readings().release('released', 'a');
    expect(await readings().claim('released', 'b', now, MINUTE)).toBe('claimed');
  });

  it('are a gap, not an empty answer, when they are gone', async () => {
    await expect(readings().load('never')).rejects.toThrow(EvidenceGapError);
    await readings().save('expired', 'reading-2', evidence(), local.clock.now() + HOUR);
    local.clock.advance(30 * DAY);
    await expect(readings().load('reading-2')).rejects.toThrow(EvidenceGapError);
    expect(await readings().claim('expired', 'a', local.clock.now(), MINUTE)).toBe('claimed');
  });
});

describe('the inventory snapshot', () => {
  it('is the newest one, also when an older one is saved later', async () => {
    const snapshots = new SnapshotStore(local.table, 30);
    const at = (takenAt: number): InventorySnapshot => ({ takenAt, credentials: {} });
    expect(await snapshots.load()).toBeUndefined();
    expect(await snapshots.save(at(1_000))).toBe(true);
    expect(await snapshots.save(at(3_000))).toBe(true);
    expect(await snapshots.save(at(2_000))).toBe(false);
    expect(await snapshots.load()).toEqual(at(3_000));
    local.clock.advance(30 * DAY);
    expect(await snapshots.load()).toBeUndefined();
  });
});

describe('incidents', () => {
  const incidents = () => new IncidentStore(local.table, 30);
  const incident = (id: string): Incident => ({
    id,
    openedAt: 1,
    lastEvidenceAt: 1,
    caseId: 'case-1',
    pagedCredentials: [],
    credentials: ['token/1'],
    evidence: ['e1'],
    pages: 0,
    version: 1,
  });

  it('hold a credential one at a time, and all claimants learn which', async () => {
    const now = local.clock.now();
    const holders = await Promise.all(
      twenty.map((n) => incidents().claim('token/1', `incident-${n}`, now, now + HOUR)),
    );
    expect(new Set(holders).size).toBe(1);
    expect(await incidents().holder('token/1', now)).toBe(holders[0]);
    expect(await incidents().holder('token/2', now)).toBeUndefined();
  });

  it('lose a credential at the very millisecond, unless extended', async () => {
    const now = local.clock.now();
    await incidents().claim('token/3', 'a', now, now + 1_500);
    expect(await incidents().holder('token/3', now + 1_499)).toBe('a');
    expect(await incidents().holder('token/3', now + 1_500)).toBeUndefined();
    await incidents().extend('token/3', 'b', now + HOUR);
    await incidents().extend('token/3', 'a', now + 3_000);
    await incidents().extend('token/3', 'a', now + 2_000);
    expect(await incidents().claim('token/3', 'b', now + 2_999, now + HOUR)).toBe('a');
    expect(await incidents().claim('token/3', 'b', now + 3_000, now + HOUR)).toBe('b');
  });

  it('are written by one of many who read the same version', async () => {
    const created = await Promise.all(twenty.map(() => incidents().save(incident('i-1'), 0)));
    expect(created.filter(Boolean)).toHaveLength(1);
    const updated = await Promise.all(twenty.map((pages) => incidents().save({ ...incident('i-1'), pages }, 1)));
    expect(updated.filter(Boolean)).toHaveLength(1);
    expect(await incidents().load('i-1')).toEqual({ ...incident('i-1'), pages: updated.indexOf(true), version: 2 });
    expect(await incidents().save(incident('i-2'), 4)).toBe(false);
    expect(await incidents().load('i-2')).toBeUndefined();
  });

  it('are written although the answer was lost and the write came again', async () => {
    const client = localClient(local.endpoint);
    // What the SDK does when an answer does not come: the same request once more, and the second answer counts.
    const twice = async <T>(send: () => Promise<T>): Promise<T> => {
      await send();
      return await send();
    };
    client.middlewareStack.add((next) => (args) => twice(() => next(args)), { step: 'finalizeRequest' });
    const store = new IncidentStore(new Table({ client, tableName: 'latchkey', clock: local.clock }), 30);
    expect(await store.save(incident('i-3'), 0)).toBe(true);
    expect(await store.save(incident('i-3'), 1)).toBe(true);
    expect(await store.save(incident('i-3'), 1)).toBe(false);
    expect(await incidents().load('i-3')).toMatchObject({ version: 2 });
    client.destroy();
  });

  it('hand a credential over to the one they were bridged to, unless somebody else took it', async () => {
    const now = local.clock.now();
    await incidents().claim('token/4', 'younger', now, now + HOUR);
    await incidents().extend('token/4', 'older', now + MINUTE, 'younger');
    expect(await incidents().holder('token/4', now)).toBe('older');
    expect(await incidents().holder('token/4', now + MINUTE)).toBeUndefined();
    await incidents().extend('token/4', 'other', now + HOUR, 'younger');
    await incidents().extend('token/5', 'other', now + HOUR, 'younger');
    expect(await incidents().holder('token/4', now)).toBe('older');
    expect(await incidents().holder('token/5', now)).toBeUndefined();
  });
});

describe('health', () => {
  it('keeps since when a source fails, and the newest reason', async () => {
    const health = new HealthStore(local.table);
    await health.raise('gitlab', 'refused', 1_000);
    await health.raise('gitlab', 'timed out', 2_000);
    await health.raise('cloudflare', 'no permission', 3_000);
    expect(await health.raised()).toEqual([
      { source: 'cloudflare', since: 3_000, why: 'no permission' },
      { source: 'gitlab', since: 1_000, why: 'timed out' },
    ]);
    await health.resolve('gitlab');
    await health.resolve('gitlab');
    expect((await health.raised()).map(({ source }) => source)).toEqual(['cloudflare']);
  });

  it('gives the message of a day to one caller', async () => {
    const health = new HealthStore(local.table);
    const claimed = await Promise.all(twenty.map(() => health.claimDaily('shadow', '2026-11-20')));
    expect(claimed.filter(Boolean)).toHaveLength(1);
    expect(await health.claimDaily('shadow', '2026-11-21')).toBe(true);
    expect(await health.claimDaily('other', '2026-11-20')).toBe(true);
  });
});

describe('the cache', () => {
  it('holds any JSON value until it expires', async () => {
    const cache = new ExpiringCache(local.table);
    expect(await cache.get('fields')).toBeUndefined();
    await cache.put('fields', { refused: ['botScore'], n: null }, local.clock.now() + MINUTE);
    expect(await cache.get('fields')).toEqual({ refused: ['botScore'], n: null });
    await cache.put('fields', [], local.clock.now() + MINUTE);
    expect(await cache.get('fields')).toEqual([]);
    local.clock.advance(MINUTE);
    expect(await cache.get('fields')).toBeUndefined();
  });

  it('has nothing of what it lost a part of, and takes it anew', async () => {
    const cache = new ExpiringCache(local.table);
    const head = { set: 'lost', parts: 2, bytes: 600_000 };
    await local.table.put({ pk: 'cache#torn', sk: 'cache' }, head, { expires: local.clock.now() + MINUTE });
    expect(await cache.get('torn')).toBeUndefined();
    await cache.put('torn', 'whole', local.clock.now() + MINUTE);
    expect(await cache.get('torn')).toBe('whole');
  });
});
