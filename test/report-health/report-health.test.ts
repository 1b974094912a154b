import { beforeEach, describe, expect, it } from 'vitest';
import { raiseHealth } from '../../functions/adapters/pagerduty/raise-health.ts';
import { type Coverage, complete, unavailable } from '../../functions/core/coverage.ts';
import type { PageOrder } from '../../functions/core/incident.ts';
import { newIncident } from '../../functions/core/incident-update.ts';
import type { PagerEvent } from '../../functions/core/pager-event.ts';
import { DAY, type EpochMs } from '../../functions/core/time.ts';
import { type ReportHealthServices, reportHealth } from '../../functions/report-health/report-health.ts';
import { EvidenceGapError, TransientError } from '../../functions/runtime/errors.ts';
import { MemoryIncidents } from '../support/memory-books.ts';
import { orderOf, sleepingClock, stateOf } from '../support/pager-facts.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const DUE = { explain: false, page: false, report: false, alert: false, health: true };
const UNANSWERED = { cloudflare: 'complete', inventory: 'unavailable', audit: 'unavailable' } as const;
const GITLAB_DOWN: Coverage = {
  cloudflare: complete(),
  inventory: unavailable('no answer within 10 s'),
  audit: unavailable('no answer within 10 s'),
};

let sent: { event: PagerEvent; to: string }[];
let standing: Map<string, { since: EpochMs; why: string }>;
let coverage: Map<number, Coverage>;
let clock: ReturnType<typeof sleepingClock>;
let pagerDown: string | undefined;
let realIp: () => Promise<{ realIpMissing: boolean }>;
let orders: { order: PageOrder }[];
let incidents: MemoryIncidents;

beforeEach(() => {
  sent = [];
  standing = new Map();
  coverage = new Map([[1, { cloudflare: complete(), inventory: complete(), audit: complete() }]]);
  clock = sleepingClock();
  pagerDown = undefined;
  realIp = async () => ({ realIpMissing: false });
  orders = [];
  incidents = new MemoryIncidents();
});

function services(): ReportHealthServices {
  return {
    pager: {
      send: async (event, { to }) => {
        if (pagerDown !== undefined && event.dedup_key.includes(pagerDown))
          throw new TransientError('PagerDuty answered 503');
        sent.push({ event, to });
        return { status: 202, dedupKey: event.dedup_key };
      },
    },
    health: {
      raised: async () => [...standing].map(([source, entry]) => ({ source, ...entry })),
      raise: async (source, why, at) => {
        standing.set(source, { since: standing.get(source)?.since ?? at, why });
      },
      resolve: async (source) => {
        standing.delete(source);
      },
    },
    cases: {
      loadCoverage: async (_caseId, look) => coverage.get(look),
      loadReadingId: async () => 'reading-1',
      unsentPages: async () => orders,
    },
    incidents,
    readings: { load: () => realIp() },
    looksMinutes: [5, 15, 60],
    clock,
    environment: 'test',
    deadline: clock.now() + 20_000,
    logger: recordingLogger().logger,
  };
}

const keys = () => sent.map(({ event, to }) => `${to} ${event.event_action} ${event.dedup_key}`);

describe('reporting health', () => {
  it('tells of a GitLab that answered at no look, with the health key, and remembers it', async () => {
    coverage = new Map([[4, GITLAB_DOWN]]);
    const state = await reportHealth(
      stateOf({ look: 4, verdict: 'undetermined', coverage: UNANSWERED, due: DUE }),
      services(),
    );
    expect(state.due.health).toBe(false);
    expect(keys()).toEqual(['healthRoutingKey trigger latchkey-health/gitlab']);
    expect([...standing.keys()]).toEqual(['gitlab']);
  });

  it('says it once for many cases, and closes it when GitLab answers', async () => {
    coverage = new Map([[4, GITLAB_DOWN]]);
    const down = stateOf({ look: 4, verdict: 'undetermined', coverage: UNANSWERED, due: DUE });
    await reportHealth(down, services());
    await reportHealth({ ...down, caseId: 'other' }, services());
    coverage = new Map([[1, { cloudflare: complete(), audit: complete() }]]);
    await reportHealth(stateOf({ due: DUE }), services());
    expect(keys()).toEqual([
      'healthRoutingKey trigger latchkey-health/gitlab',
      'healthRoutingKey resolve latchkey-health/gitlab',
    ]);
    expect(standing.size).toBe(0);
  });

  it('asks the stored reading whether real addresses are recorded', async () => {
    realIp = async () => ({ realIpMissing: true });
    await reportHealth(stateOf({ due: DUE }), services());
    expect(keys()).toEqual(['healthRoutingKey trigger latchkey-health/real-ip']);
  });

  it('judges the rest when the reading is gone', async () => {
    realIp = async () => {
      throw new EvidenceGapError('gone');
    };
    standing.set('gitlab', { since: 0, why: 'x' });
    await reportHealth(stateOf({ due: DUE }), services());
    expect(keys()).toEqual(['healthRoutingKey resolve latchkey-health/gitlab']);
  });

  it('names the step and error of a broken execution, never its cause', async () => {
    const failure = { Error: 'TransientError', Cause: 'secret 203.0.113.7' };
    const state = await reportHealth({ ...stateOf({ due: DUE }), failure }, services());
    expect(keys()).toEqual(['healthRoutingKey trigger latchkey-health/pipeline']);
    expect(sent[0]?.event.payload?.summary).toMatch(/'Join and score' at look 1 with TransientError/);
    expect(JSON.stringify(sent)).not.toContain('secret');
    expect(state).not.toHaveProperty('failure');
  });

  it('does not repeat a broken pipeline that stands', async () => {
    for (let time = 0; time < 2; time++) await reportHealth({ ...stateOf(), failure: { Error: 'x' } }, services());
    expect(sent).toHaveLength(1);
  });

  it('tells of every undelivered page, until pages arrive again', async () => {
    const input = { ...stateOf({ due: { ...DUE, health: false, page: true } }), pageFailure: { Error: 'ConfigError' } };
    await reportHealth(input, services());
    await reportHealth(input, services());
    expect(keys()).toEqual(Array(2).fill('healthRoutingKey trigger latchkey-health/page'));
    expect(sent[0]?.event.payload?.summary).toMatch(
      /case-20261120-1 decided to page \(score 91\).*ConfigError.*read the case now/,
    );
    expect([...standing.keys()]).toEqual(['page']);
    const delivered = stateOf({ decision: { page: true, alert: false, report: true }, due: DUE });
    await reportHealth(delivered, services());
    expect(keys().at(-1)).toBe('healthRoutingKey resolve latchkey-health/page');
    expect(standing.size).toBe(0);
  });

  it.each([
    ['the last look', { look: 4 }, { pageFailure: { Error: 'TransientError' } }, true],
    ['an earlier look, which others follow', { look: 3 }, { pageFailure: { Error: 'TransientError' } }, false],
    ['a case that breaks off', { look: 2 }, { failure: { Error: 'TransientError' } }, true],
  ])('leaves the page to the next case after %s, whatever PagerDuty says', async (_what, look, failure, left) => {
    incidents.incidents.set('incident-1', { ...newIncident('incident-1', 'case', 0), linkedTo: 'kept', version: 1 });
    const pagedCredentials = ['token/1', 'token/2', 'token/3'];
    incidents.incidents.set('kept', { ...newIncident('kept', 'case', 0), pagedCredentials, version: 1 });
    const seen = { incidentId: 'incident-1', credentials: pagedCredentials };
    orders = [
      { order: orderOf({ ...seen, paging: ['token/1'] }) },
      { order: orderOf({ ...seen, paging: ['token/2'] }) },
      { order: orderOf({ ...seen, kind: 'update' }) },
    ];
    incidents.lostRaces = 1;
    pagerDown = 'latchkey-health';
    const input = { ...stateOf({ ...look, due: { ...DUE, health: false, page: true } }), ...failure };
    await expect(reportHealth(input, services())).rejects.toThrow(TransientError);
    const undelivered = incidents.incidents.get('kept')?.undeliveredCredentials;
    expect(undelivered).toEqual(left ? ['token/1', 'token/2'] : undefined);
  });

  it('speaks of health first when both are due', async () => {
    standing.set('gitlab', { since: 0, why: 'x' });
    const state = await reportHealth(stateOf({ due: { ...DUE, page: true } }), services());
    expect(keys()).toEqual(['healthRoutingKey resolve latchkey-health/gitlab']);
    expect(state.due.page).toBe(true);
  });

  it('throws for the retry list when PagerDuty is down, and remembers nothing', async () => {
    pagerDown = 'gitlab';
    coverage = new Map([[4, GITLAB_DOWN]]);
    const state = stateOf({ look: 4, verdict: 'undetermined', coverage: UNANSWERED, due: DUE });
    await expect(reportHealth(state, services())).rejects.toThrow(TransientError);
    expect(standing.size).toBe(0);
  });

  it('tells of the other sources although one could not be told', async () => {
    pagerDown = 'gitlab';
    standing.set('gitlab', { since: 0, why: 'x' }).set('cloudflare', { since: 0, why: 'y' });
    await expect(reportHealth(stateOf({ due: DUE }), services())).rejects.toThrow(TransientError);
    expect(keys()).toEqual(['healthRoutingKey resolve latchkey-health/cloudflare']);
    expect([...standing.keys()]).toEqual(['gitlab']);
  });

  it('speaks of shadow mode once a day', async () => {
    const shadow = stateOf({ shadow: true, due: DUE });
    await reportHealth(shadow, services());
    await reportHealth(shadow, services());
    expect(sent).toHaveLength(1);
    clock.advance(DAY);
    await reportHealth(shadow, services());
    await reportHealth(shadow, services());
    expect(sent).toHaveLength(2);
  });
});

describe('raising health from elsewhere', () => {
  it('sends and remembers unless it stands', async () => {
    expect(await raiseHealth(services(), 'logpush', 'A Logpush job was disabled')).toBe(true);
    expect(await raiseHealth(services(), 'logpush', 'A Logpush job was disabled')).toBe(false);
    expect(keys()).toEqual(['healthRoutingKey trigger latchkey-health/logpush']);
  });
});
