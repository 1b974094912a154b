import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CaseIndex, ITEMS_READ, isCursor, listCase } from '../../../functions/adapters/dynamodb/case-index.ts';
import { type CaseOpening, CaseStore } from '../../../functions/adapters/dynamodb/cases.ts';
import { Table } from '../../../functions/adapters/dynamodb/table.ts';
import type { Key } from '../../../functions/adapters/dynamodb/table-reader.ts';
import { type CaseState, type MonitorCase, openCase } from '../../../functions/core/case.ts';
import { type CaseListing, type CaseOutcome, isListed } from '../../../functions/core/case-list.ts';
import { DAY, type EpochMs, HOUR, MINUTE, toIso } from '../../../functions/core/time.ts';
import { TransientError } from '../../../functions/runtime/errors.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { type LocalTable, openLocalTable } from './local-table.ts';

let local: LocalTable;
beforeEach(async () => {
  local = await openLocalTable();
});
afterEach(async () => {
  await local.close();
});

const index = () => new CaseIndex(local.table, 30);
const cases = () => new CaseStore(local.table, 30);
const all = () => true;

function stateOf(caseId: string, at: EpochMs): CaseState {
  return openCase({ caseId, trigger: 'spike', window: { start: toIso(at - HOUR), end: toIso(at) }, shadow: true });
}

async function list(caseId: string, openedAt: EpochMs): Promise<void> {
  await listCase(local.table, { caseId, trigger: 'hunt', openedAt }, { expires: local.clock.now() + 30 * DAY });
}

async function openListed(opening: CaseOpening): Promise<void> {
  await cases().open(opening);
  await cases().list(opening);
}

async function idsOf(options: {
  before?: string;
  limit: number;
}): Promise<{ ids: string[]; older: string | undefined }> {
  const { listings, older } = await index().recent({ ...options, wants: all });
  return { ids: listings.map(({ caseId }) => caseId), older };
}

describe('the list of cases', () => {
  it('shows a case from its opening on, and what each look made of it', async () => {
    const now = local.clock.now();
    const alert = { startedAt: now, text: '', addresses: [], receivedAt: now, notes: [], zoneName: 'shop.example' };
    await openListed({ caseId: 'spike-1', trigger: 'spike', openedAt: now, delivery: { body: '{}' }, alert });
    const opened = { caseId: 'spike-1', trigger: 'spike', openedAt: now, zone: 'shop.example' };
    expect((await index().recent({ limit: 9, wants: all })).listings).toEqual([opened]);

    local.clock.advance(2 * DAY);
    const state = stateOf('spike-1', now);
    await cases().saveState('spike-1', state);
    expect((await index().recent({ limit: 9, wants: all })).listings).toEqual([opened]);

    const decision = { page: true, alert: false, report: true };
    const ids = ['i1', 'i2', 'i3', 'i4', 'i5', 'i6'];
    const counts = { sightings: 4, tokenUses: 3, findings: 2, incidents: 6 };
    const joined = {
      ...state,
      look: 2,
      verdict: 'confirmed',
      topScore: 88,
      decision,
      counts,
      incidentIds: ids,
    } as const;
    await cases().saveState('spike-1', joined);
    const outcome = {
      ...{ look: 2, window: state.window, verdict: 'confirmed', topScore: 88, decision, shadow: true, findings: 2 },
      incidentIds: ids.slice(0, 5),
      incidents: 6,
    };
    expect((await index().recent({ limit: 9, wants: all })).listings).toEqual([{ ...opened, outcome }]);
  });

  it('names the monitor and its zone as soon as its poll is stored', async () => {
    const now = local.clock.now();
    await cases().open({ caseId: 'monitor-1', trigger: 'monitor', openedAt: now });
    const monitor: MonitorCase = {
      ...{ name: 'logins', key: 'k', zone: { id: 'z1', name: 'shop.example' }, total: 9, reference: 1 },
      ...{ isEstimate: false, isLowerBound: false, window: { start: toIso(now), end: toIso(now) } },
      alertOn: 'growth',
      resend: false,
    };
    await cases().saveState('monitor-1', { ...stateOf('monitor-1', now), trigger: 'monitor', monitor });
    const { listings } = await index().recent({ limit: 9, wants: all });
    expect(listings).toMatchObject([{ monitor: { name: 'logins', zone: 'shop.example' } }]);
    expect(listings[0]).not.toHaveProperty('outcome');
  });

  it('lists a case once, however often it is opened', async () => {
    const now = local.clock.now();
    const hunt = { caseId: 'hunt-1', trigger: 'hunt', openedAt: now } as const;
    expect(await cases().open(hunt)).toBe(true);
    await cases().list(hunt);
    expect(await cases().open({ ...hunt, openedAt: now + MINUTE })).toBe(false);
    expect((await idsOf({ limit: 9 })).ids).toEqual(['hunt-1']);
  });

  it('lists a case that only its state lists, and never one that was not opened', async () => {
    const now = local.clock.now();
    await cases().open({ caseId: 'spike-2', trigger: 'spike', openedAt: now });
    expect((await idsOf({ limit: 9 })).ids).toEqual([]);
    await cases().saveState('spike-2', stateOf('spike-2', now));
    await cases().saveState('unopened', stateOf('unopened', now));
    expect((await idsOf({ limit: 9 })).ids).toEqual(['spike-2']);
  });

  it('takes nothing back of what a look has told when a case is listed late', async () => {
    const now = local.clock.now();
    const spike = { caseId: 'spike-2', trigger: 'spike', openedAt: now } as const;
    await cases().open(spike);
    await cases().saveState('spike-2', { ...stateOf('spike-2', now), look: 1 });
    await cases().list(spike);
    expect((await index().recent({ limit: 9, wants: all })).listings).toMatchObject([{ outcome: { look: 1 } }]);
  });

  it.each<[string, (key: Key) => Promise<never>]>([
    ['fails', () => Promise.reject(new TransientError('no list today'))],
    ['gives no answer', () => new Promise(() => {})],
  ])('costs a case no more than half a second, and the log says so, where its write %s', async (_, putListing) => {
    const now = local.clock.now();
    const bounds: number[] = [];
    const sleep = async (ms: number) => void bounds.push(ms);
    const clock = { now: () => now, sleep };
    const failing = new Table({ client: local.client, tableName: 'latchkey', clock });
    const put = failing.put.bind(failing);
    failing.put = (key, ...rest) => (key.pk.startsWith('cases#') ? putListing(key) : put(key, ...rest));
    const { logger, lines } = recordingLogger();
    const store = new CaseStore(failing, 30, logger);
    const spike = { caseId: 'spike-3', trigger: 'spike', openedAt: now } as const;
    expect(await store.open(spike)).toBe(true);
    expect(bounds).toEqual([]);
    await store.list(spike);
    await store.saveState('spike-3', { ...stateOf('spike-3', now), look: 1 });
    expect(bounds).toEqual([500, 500]);
    expect((await store.load('spike-3'))?.state?.look).toBe(1);
    const line = { level: 'warn', message: expect.stringContaining('list'), fields: { listed: 'spike-3' } };
    expect(lines).toMatchObject([line, line]);
    expect((await idsOf({ limit: 9 })).ids).toEqual([]);
    // Its next state lists it, once the table takes it.
    await cases().saveState('spike-3', { ...stateOf('spike-3', now), look: 2 });
    expect((await index().recent({ limit: 9, wants: all })).listings).toMatchObject([{ outcome: { look: 2 } }]);
  });

  it('ends a write that takes too long, so that it does not undo a later one', async () => {
    const now = local.clock.now();
    const clock = { now: () => now, sleep: async () => {} };
    const signals: (AbortSignal | undefined)[] = [];
    const slow = new Table({ client: local.client, tableName: 'latchkey', clock });
    slow.put = (_, __, options) => {
      signals.push(options?.signal);
      return new Promise(() => {});
    };
    await new CaseStore(slow, 30).list({ caseId: 'spike-5', trigger: 'spike', openedAt: now });
    expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
  });

  it('forgets a case when the case is forgotten, however late its last look was', async () => {
    const now = local.clock.now();
    await openListed({ caseId: 'spike-4', trigger: 'spike', openedAt: now });
    local.clock.advance(HOUR);
    await cases().saveState('spike-4', { ...stateOf('spike-4', now), look: 4 });
    local.clock.advance(30 * DAY - HOUR - MINUTE);
    expect((await idsOf({ limit: 9 })).ids).toEqual(['spike-4']);
    local.clock.advance(MINUTE);
    expect((await idsOf({ limit: 9 })).ids).toEqual([]);
    expect(await cases().load('spike-4')).toBeUndefined();
  });

  it('goes back over days, days without cases too, page by page', async () => {
    const now = local.clock.now();
    const days = [0, 0, 1, 2, 9, 9, 29, 30];
    for (const [n, day] of days.entries()) await list(`c${n}`, now - day * DAY - n);
    const first = await idsOf({ limit: 3 });
    expect(first.ids).toEqual(['c0', 'c1', 'c2']);
    expect(isCursor(first.older ?? '')).toBe(true);
    const second = await idsOf({ limit: 3, before: first.older ?? '' });
    expect(second.ids).toEqual(['c3', 'c4', 'c5']);
    expect(await idsOf({ limit: 3, before: second.older ?? '' })).toEqual({ ids: ['c6', 'c7'], older: undefined });
    // A page that is just full promises nothing.
    expect(await idsOf({ limit: 8 })).toMatchObject({ older: undefined });
  });

  it('reads a busy day in pages, and shows only what is wanted', async () => {
    const now = local.clock.now();
    await Promise.all(Array.from({ length: 600 }, (_, n) => list(`c${String(n).padStart(3, '0')}`, now - n)));
    const wants = ({ caseId }: { caseId: string }) => caseId.endsWith('99');
    const { listings, older } = await index().recent({ limit: 9, wants });
    expect(listings.map(({ caseId }) => caseId)).toEqual(['c099', 'c199', 'c299', 'c399', 'c499', 'c599']);
    expect(older).toBeUndefined();
  });

  it('says so when it stopped before the end', async () => {
    const now = local.clock.now();
    const items = Array.from({ length: ITEMS_READ + 5 }, (_, n) => n);
    await local.table.putMany(
      items.map((n) => {
        const listing = { caseId: `c${n}`, trigger: 'hunt', openedAt: now - n };
        const sk = `${String(now - n).padStart(15, '0')}#c${n}`;
        return {
          key: { pk: `cases#${toIso(now).slice(0, 10)}`, sk },
          attributes: { listing: JSON.stringify(listing) },
        };
      }),
      now + DAY,
    );
    const wants = ({ caseId }: { caseId: string }) => caseId === `c${ITEMS_READ + 1}`;
    const first = await index().recent({ limit: 2, wants });
    expect(first).toMatchObject({ listings: [], stoppedEarly: true });
    const second = await index().recent({ limit: 2, wants, before: first.older ?? '' });
    expect(second).toMatchObject({
      listings: [{ caseId: `c${ITEMS_READ + 1}` }],
      older: undefined,
      stoppedEarly: false,
    });
  }, 20_000);

  it('counts what it cannot read, and shows the rest', async () => {
    const now = local.clock.now();
    await list('good', now);
    const pk = `cases#${toIso(now).slice(0, 10)}`;
    const broken = ['not json', '{}', '{"caseId":"x","trigger":"whim","openedAt":1}'];
    for (const [n, listing] of broken.entries()) {
      await local.table.put({ pk, sk: `${String(now + n).padStart(15, '0')}#x${n}` }, { listing });
    }
    const empty = { pk: { S: pk }, sk: { S: `${String(now).padStart(15, '0')}#y` } };
    await local.client.send(new PutItemCommand({ TableName: 'latchkey', Item: empty }));
    const recent = await index().recent({ limit: 9, wants: all });
    expect(recent).toMatchObject({ listings: [{ caseId: 'good' }], unread: 4 });
  });

  it('starts at the newest where a cursor is of the far future', async () => {
    await list('c', local.clock.now());
    expect((await idsOf({ limit: 9, before: `${'9'.repeat(15)}#c` })).ids).toEqual(['c']);
  });

  it.each(['', '1', '000000000000001', '00000000000001x#c', '000000000000001#c/d'])(
    'takes no %o for a place to go on at',
    (text) => {
      expect(isCursor(text)).toBe(false);
    },
  );
});

describe('filters of the list', () => {
  const outcome: CaseOutcome = {
    ...{ look: 1, window: { start: '', end: '' }, topScore: 1, shadow: false, findings: 1, incidentIds: [] },
    verdict: 'confirmed',
    decision: { page: true, alert: true, report: true },
  };
  const listing: CaseListing = { caseId: 'c', trigger: 'monitor', openedAt: 1, outcome };

  it('shows what meets all of them', () => {
    expect(isListed(listing, {})).toBe(true);
    expect(isListed(listing, { trigger: 'monitor', verdict: 'confirmed', decision: 'page' })).toBe(true);
    expect(isListed(listing, { trigger: 'spike', verdict: 'confirmed' })).toBe(false);
    expect(isListed(listing, { trigger: 'monitor', verdict: 'probable' })).toBe(false);
    expect(isListed(listing, { trigger: 'monitor', decision: 'drop' })).toBe(false);
  });

  it.each([
    ['page', { page: true, alert: false, report: true }, ['page']],
    ['report', { page: false, alert: true, report: true }, ['report', 'alert']],
    ['nothing', { page: false, alert: false, report: false }, ['drop']],
  ] as const)('knows what was done: %s', (_, decision, shown) => {
    const decided = { ...listing, outcome: { ...outcome, decision } };
    const kinds = ['page', 'report', 'alert', 'drop'] as const;
    expect(kinds.filter((kind) => isListed(decided, { decision: kind }))).toEqual(shown);
  });

  it('knows neither verdict nor decision of a case that no look was joined of', () => {
    const opened = { caseId: 'c', trigger: 'spike', openedAt: 1 } as const;
    expect(isListed(opened, { trigger: 'spike' })).toBe(true);
    expect(isListed(opened, { verdict: 'undetermined' })).toBe(false);
    expect(isListed(opened, { decision: 'drop' })).toBe(false);
  });
});
