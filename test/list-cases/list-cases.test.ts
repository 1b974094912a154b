import { describe, expect, it } from 'vitest';
import { CASES_PATH, signedPath } from '../../functions/core/case-link.ts';
import type { CaseListing, CaseOutcome } from '../../functions/core/case-list.ts';
import type { Incident } from '../../functions/core/incident.ts';
import { DAY, HOUR } from '../../functions/core/time.ts';
import { listCases } from '../../functions/list-cases/list-cases.ts';
import type { Services } from '../../functions/list-cases/services.ts';
import { EvidenceGapError, TransientError } from '../../functions/runtime/errors.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { sampleCaseFile } from '../support/case-files.ts';
import { NOON } from '../support/evidence.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const KEY = { secret: new Uint8Array(32).fill(3), expires: NOON + 30 * DAY };
const EXPIRES = NOON + HOUR;

function listing(n: number, incidentIds: readonly string[]): CaseListing {
  const outcome: CaseOutcome = {
    ...{ look: 1, window: { start: '2031-05-06T11:00:00.000Z', end: '2031-05-06T12:00:00.000Z' }, topScore: 88 },
    ...{ verdict: 'confirmed', decision: { page: true, alert: false, report: true }, shadow: false, findings: 1 },
    incidentIds,
  };
  return { caseId: `spike-${n}`, trigger: 'spike', openedAt: NOON - n, outcome };
}

function incident(id: string): Incident {
  return {
    ...{ id, openedAt: NOON, lastEvidenceAt: NOON, caseId: 'spike-0', pagedCredentials: [], credentials: ['token/42'] },
    ...{ evidence: [], pages: 1, version: 1 },
  };
}

function servicesWith(more: Partial<Services> = {}) {
  const { logger, lines } = recordingLogger();
  const asked: { before?: string; limit: number; wanted: string[] }[] = [];
  const some = [listing(0, ['i0', 'i1']), listing(1, ['i1'])];
  const services: Services = {
    keys: { live: async () => [KEY] },
    index: {
      recent: async ({ wants, ...options }) => {
        const listings = some.filter(wants);
        asked.push({ ...options, wanted: listings.map(({ caseId }) => caseId) });
        return { listings, older: undefined, stoppedEarly: false, unread: 0 };
      },
    },
    states: { load: async () => undefined },
    incidents: { load: async (id) => incident(id) },
    running: { list: async () => ({ executions: [], more: false }) },
    settings: { retentionDays: 30, looks: { minutes: [5, 15, 60] } },
    environment: 'production',
    clock: new FakeClock(NOON),
    logger,
    ...more,
  };
  return { services, lines, asked };
}

function parametersOf(href: string): Record<string, string> {
  return Object.fromEntries(new URL(href, 'https://x.example').searchParams);
}

function askList(services: Services, more: Record<string, string> = {}) {
  const query = { ...parametersOf(signedPath(CASES_PATH, EXPIRES, KEY)), ...more };
  return listCases({ routeKey: 'GET /cases', queryStringParameters: query }, services);
}

describe('the list of cases', () => {
  it('asks for what meets the filters, from where the last page ended', async () => {
    const { services, asked } = servicesWith();
    const before = `${'0'.repeat(14)}5#spike-5`;
    await askList(services, { trigger: 'spike', decision: 'page', before });
    await askList(services, { verdict: 'probable' });
    expect(asked).toEqual([
      { limit: 50, before, wanted: ['spike-0', 'spike-1'] },
      { limit: 50, wanted: [] },
    ]);
  });

  it('leads on to older cases under the same filters', async () => {
    const older = `${String(NOON).padStart(15, '0')}#hunt-1`;
    const recent = async () => ({ listings: [], older, stoppedEarly: true, unread: 0 });
    const { services } = servicesWith({ index: { recent } });
    const { body } = await askList(services, { verdict: 'probable' });
    const href = signedPath(CASES_PATH, EXPIRES, KEY);
    expect(body.replaceAll('&amp;', '&')).toContain(`${href}&verdict=probable&before=${encodeURIComponent(older)}`);
  });

  it('reads each incident once, and not more than are worth the time', async () => {
    const ids: string[] = [];
    const load = async (id: string) => {
      ids.push(id);
      return incident(id);
    };
    await askList(servicesWith({ incidents: { load } }).services);
    expect(ids).toEqual(['i0', 'i1']);
    const many = Array.from({ length: 50 }, (_, n) => listing(n, [`a${n}`, `b${n}`]));
    const recent = async () => ({ listings: many, older: undefined, stoppedEarly: false, unread: 0 });
    ids.length = 0;
    const { body } = await askList(servicesWith({ incidents: { load }, index: { recent } }).services);
    expect(ids).toHaveLength(30);
    expect(body).toContain('30 of 100 are here.');
    expect(body).toContain('70 more incidents are on the pages of these cases.');
  });

  it('is shown without incidents that cannot be read, and says so', async () => {
    const load = async () => {
      throw new TransientError('the table is slow');
    };
    const { services, lines } = servicesWith({ incidents: { load } });
    const answer = await askList(services);
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toContain('spike-0');
    expect(answer.body).not.toContain('i0');
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warn' }));
  });

  it('shows what each case has come to, whatever was listed of it, and says that it was listed otherwise', async () => {
    const state = sampleCaseFile().state;
    if (state === undefined) throw new Error('the sample has lost its state');
    const { outcome, ...opened } = listing(0, []);
    if (outcome === undefined) throw new Error('the listing has no outcome');
    const decision = { page: false, alert: false, report: false };
    const listed: CaseListing = { ...opened, outcome: { ...outcome, verdict: 'not-observed', topScore: 0, decision } };
    const recent = async () => ({ listings: [listed], older: undefined, stoppedEarly: false, unread: 0 });
    const asked: string[] = [];
    const states = {
      load: async (caseId: string) => {
        asked.push(caseId);
        return { ...state, incidentIds: ['i7'] };
      },
    };
    const { body } = await askList(servicesWith({ index: { recent }, states }).services);
    expect(asked).toEqual(['spike-0']);
    expect(body).toContain('<strong>page</strong>');
    expect(body).not.toMatch(/<td[^>]*>dropped/);
    expect(body).toContain('1 case is further than it was listed.');
    expect(body).toContain('<code>i7</code>');
  });

  it.each<[string, () => Promise<never>, boolean]>([
    ['cannot be read', () => Promise.reject(new TransientError('slow')), false],
    ['is of an unknown form', () => Promise.reject(new EvidenceGapError('unknown form')), false],
    ['does not come', () => new Promise(() => {}), true],
  ])('shows a case as it was listed where its state %s, and says so', async (_, load, late) => {
    const bounds: number[] = [];
    const clock = late ? { now: () => NOON, sleep: async (ms: number) => void bounds.push(ms) } : new FakeClock(NOON);
    const { services, lines } = servicesWith({ states: { load }, clock });
    const { statusCode, body } = await askList(services);
    expect(statusCode).toBe(200);
    expect(body).toContain('spike-1');
    expect(body).toContain('those rows are as last listed');
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'states of the list could not be read' }),
    );
    if (late) expect(bounds[0]).toBe(3_000);
  });

  it('loses no incident for another that is broken, and counts those that are gone', async () => {
    const some = [listing(0, ['broken', 'i1', 'expired', 'slow'])];
    const recent = async () => ({ listings: some, older: undefined, stoppedEarly: false, unread: 0 });
    const load = async (id: string) => {
      if (id === 'broken') throw new EvidenceGapError('its parts are lost');
      if (id === 'slow') throw new TransientError('the table is slow');
      return id === 'expired' ? undefined : incident(id);
    };
    const { body } = await askList(servicesWith({ index: { recent }, incidents: { load } }).services);
    expect(body).toContain('<code>i1</code>');
    expect(body).toContain('1 of 4 are here.');
    expect(body).toContain('2 incidents of these cases are not stored any more');
    expect(body).toContain('1 incident of these cases could not be read');
  });

  it('is no list where cases cannot be read', async () => {
    const recent = async () => {
      throw new TransientError('the table is slow');
    };
    await expect(askList(servicesWith({ index: { recent } }).services)).rejects.toThrow(TransientError);
  });
});
