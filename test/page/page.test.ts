import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PagerDutyEvents } from '../../functions/adapters/pagerduty/events.ts';
import type { Analysis } from '../../functions/core/analysis.ts';
import type { Finding } from '../../functions/core/finding.ts';
import type { PageOrder } from '../../functions/core/incident.ts';
import type { PagerEvent } from '../../functions/core/pager-event.ts';
import { page } from '../../functions/page/page.ts';
import { BadInputError, RateLimitedError, TransientError } from '../../functions/runtime/errors.ts';
import {
  PAGERDUTY_STAND_IN_KEY,
  type PagerDutyStandIn,
  startPagerDutyStandIn,
} from '../../infra/local/stand-ins/pagerduty.ts';
import { COVERAGE, findingOf, MODEL_ANALYSIS, orderOf, sleepingClock, stateOf } from '../support/pager-facts.ts';
import { recordingLogger } from '../support/recording-logger.ts';

let standIn: PagerDutyStandIn;
let clock: ReturnType<typeof sleepingClock>;
let orders: { order: PageOrder; look: number; sent: boolean }[];
let findings: Map<number, Finding[]>;
let analyses: Map<number, Analysis>;

beforeEach(async () => {
  clock = sleepingClock();
  standIn = await startPagerDutyStandIn({ clock });
  orders = [{ order: orderOf(), look: 1, sent: false }];
  findings = new Map([[1, [findingOf()]]]);
  analyses = new Map([[1, MODEL_ANALYSIS]]);
});
afterEach(() => standIn.close());

const SITE = 'https://latchkey.example.com';

function services(more: Partial<Parameters<typeof page>[1]> = {}): Parameters<typeof page>[1] {
  return {
    cases: {
      unsentPages: async () => orders.filter(({ sent }) => !sent),
      markSent: async (_caseId, order, look) => {
        for (const stored of orders) {
          if (stored.order.dedupKey === order.dedupKey && stored.order.kind === order.kind && stored.look === look)
            stored.sent = true;
        }
      },
      loadFindings: async (_caseId, look) => findings.get(look) ?? [],
      loadAnalysis: async (_caseId, look) => analyses.get(look),
      loadCoverage: async () => COVERAGE,
      load: async () => ({ alert: { link: 'https://dash.cloudflare.com/x' } }),
    },
    pager: new PagerDutyEvents({
      fetch: (input, init) => fetch(input, init),
      eventsUrl: standIn.url,
      routingKeys: async () => ({ routingKey: PAGERDUTY_STAND_IN_KEY, healthRoutingKey: PAGERDUTY_STAND_IN_KEY }),
      clock,
      random: () => 0,
    }),
    links: { caseUrl: async (caseId) => `${SITE}/cases/${caseId}` },
    health: { raised: async () => [] },
    clock,
    logger: recordingLogger().logger,
    deadline: clock.now() + 60_000,
    environment: 'test',
    gitlabUrl: 'https://gitlab.example.com',
    ...more,
  };
}

const bodies = () => standIn.accepted.map(({ body }) => body as PagerEvent);
const detailsOf = (index: number) => bodies()[index]?.payload?.custom_details as Record<string, unknown>;

describe('paging', () => {
  it('sends the order, marks it and is done', async () => {
    const done = await page(stateOf(), services());
    expect(done.due.page).toBe(false);
    expect(bodies()).toMatchObject([
      { event_action: 'trigger', dedup_key: 'inc-1/1', payload: { class: 'token-abuse', severity: 'critical' } },
    ]);
    expect(orders[0]?.sent).toBe(true);
  });

  it('pages once, however often it is tried', async () => {
    await page(stateOf(), services());
    await page(stateOf(), services());
    expect(standIn.accepted).toHaveLength(1);
  });

  it('sends the good order although another fails, and then says so', async () => {
    orders.push({ order: orderOf({ dedupKey: 'inc-2/1', incidentId: 'inc-2' }), look: 1, sent: false });
    standIn.faults.answers = [{ status: 400, body: { errors: ['bad'] } }];
    await expect(page(stateOf(), services())).rejects.toThrow(BadInputError);
    expect(orders.map(({ sent }) => sent)).toEqual([false, true]);
    await page(stateOf(), services());
    expect(bodies().map(({ dedup_key }) => dedup_key)).toEqual(['inc-2/1', 'inc-1/1']);
  });

  it('throws what is best tried again', async () => {
    orders.push({ order: orderOf({ dedupKey: 'inc-2/1' }), look: 1, sent: false });
    standIn.faults.answers = [{ status: 400, body: {} }, { status: 429 }];
    await expect(page(stateOf(), services())).rejects.toThrow(RateLimitedError);
  });

  it('sends it again when it could not be marked: PagerDuty makes both one alert', async () => {
    const failing = services();
    const markSent = async () => {
      throw new TransientError('table away');
    };
    await expect(page(stateOf(), { ...failing, cases: { ...failing.cases, markSent } })).rejects.toThrow(
      TransientError,
    );
    await page(stateOf(), services());
    expect(bodies().map(({ dedup_key }) => dedup_key)).toEqual(['inc-1/1', 'inc-1/1']);
  });

  it('sends pages before updates, older looks first', async () => {
    orders = [
      { order: orderOf({ kind: 'update', dedupKey: 'a/1' }), look: 1, sent: false },
      { order: orderOf({ dedupKey: 'b/1' }), look: 2, sent: false },
      { order: orderOf({ dedupKey: 'c/1' }), look: 1, sent: false },
    ];
    await page(stateOf({ look: 2 }), services());
    expect(bodies().map(({ dedup_key }) => dedup_key)).toEqual(['c/1', 'b/1', 'a/1']);
  });

  it('stops in time to answer and leaves the rest to the retry', async () => {
    await expect(page(stateOf(), services({ deadline: clock.now() + 1_000 }))).rejects.toThrow(/no time was left/);
    expect(standIn.seen).toHaveLength(0);
  });

  it('presents the newest finding of a credential, and one that only an earlier look had', async () => {
    orders = [{ order: orderOf({ credentials: ['token/812', 'token/5'] }), look: 2, sent: false }];
    findings.set(1, [findingOf({ score: 70 }), findingOf({ score: 75, credential: { id: 'token/5', kind: 'group' } })]);
    findings.set(2, [findingOf({ score: 95 })]);
    await page(stateOf({ look: 2 }), services());
    expect(detailsOf(0)).toMatchObject({
      score: 95,
      credentials: [
        { id: 'token/812', score: 95 },
        { id: 'token/5', score: 75 },
      ],
    });
  });

  it('carries the newest analysis, or the summary when there is none', async () => {
    await page(stateOf({ look: 3 }), services());
    expect(detailsOf(0).analysis).toMatchObject({ status: 'model' });
    analyses.clear();
    orders.push({ order: orderOf({ dedupKey: 'inc-1/2' }), look: 1, sent: false });
    await page(stateOf({ look: 3 }), services());
    expect(detailsOf(1).analysis).toMatchObject({
      status: 'failed',
      written_by: expect.stringContaining('deterministic summary'),
      summary: expect.arrayContaining([expect.stringContaining('was used from 203.0.113.7')]),
    });
  });

  it('leads to the page of the case before all else', async () => {
    const href = `${SITE}/cases/${stateOf().caseId}`;
    await page(stateOf(), services());
    expect(bodies()[0]?.client_url).toBe(href);
    expect(bodies()[0]?.links?.[0]?.href).toBe(href);
  });

  it('asks for one link however many pages there are, and not where there is none', async () => {
    let asked = 0;
    const links = {
      caseUrl: async () => {
        asked++;
        return undefined;
      },
    };
    orders.push({ order: orderOf({ dedupKey: 'inc-2/1' }), look: 1, sent: false });
    await page(stateOf(), services({ links }));
    await page(stateOf(), services({ links }));
    expect(asked).toBe(1);
  });

  it.each([
    new TransientError('the table did not answer'),
    new RateLimitedError('slow down', 1_000),
    new Error('a bug'),
  ])('pages at once without a link that cannot be made: %s', async (failure) => {
    const { logger, lines } = recordingLogger();
    await page(stateOf(), services({ logger, links: { caseUrl: () => Promise.reject(failure) } }));
    expect(bodies()).toHaveLength(1);
    expect(
      bodies()[0]
        ?.links?.map(({ href }) => href)
        .filter((href) => href.includes('/cases/')),
    ).toEqual([]);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'paging without a link to the case' }),
    );
  });

  it('waits a second at most for a link, and pages without it', async () => {
    const bounds: number[] = [];
    const impatient = { ...clock, sleep: async (ms: number) => void bounds.push(ms) };
    const { logger, lines } = recordingLogger();
    await page(stateOf(), services({ logger, clock: impatient, links: { caseUrl: () => new Promise(() => {}) } }));
    expect(bounds).toEqual([1_000]);
    expect(bodies()).toHaveLength(1);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'paging without a link to the case' }),
    );
  });

  it('pages without what cannot be read', async () => {
    const broken = services();
    const fail = async () => {
      throw new Error('broken chunk');
    };
    await page(stateOf(), {
      ...broken,
      cases: { ...broken.cases, loadAnalysis: fail, loadCoverage: fail, load: fail, loadFindings: fail },
    });
    expect(bodies()).toMatchObject([{ payload: { summary: "[91] Token 812 used from a bot's address" } }]);
  });

  it('lets the state machine retry when the table is away', async () => {
    const away = services();
    const fail = async () => {
      throw new TransientError('table away');
    };
    await expect(page(stateOf(), { ...away, cases: { ...away.cases, loadFindings: fail } })).rejects.toThrow(
      TransientError,
    );
    expect(standIn.seen).toHaveLength(0);
  });

  it('wakes nobody in shadow mode, whatever was ordered', async () => {
    const done = await page(stateOf({ shadow: true }), services());
    expect(done.due.page).toBe(false);
    expect(standIn.seen).toHaveLength(0);
  });

  it('lets the owner of the pipeline hear that pages arrive again', async () => {
    const told = { health: { raised: async () => [{ source: 'page' }] } };
    expect((await page(stateOf(), services(told))).due).toMatchObject({ page: false, health: true });
    expect((await page(stateOf(), services())).due).toMatchObject({ page: false, health: false });
  });

  it('is done although nobody can say whether that alert stands', async () => {
    const broken = { health: { raised: () => Promise.reject(new TransientError('the table did not answer')) } };
    expect((await page(stateOf(), services(broken))).due).toMatchObject({ page: false, health: false });
  });

  it('drops the failures it consumed and keeps the execution', async () => {
    const input = {
      ...stateOf(),
      execution: { id: 'arn:x' },
      analyzeFailure: { Error: 'x' },
      pageFailure: { Error: 'y' },
    };
    const done = await page(input, services());
    expect(done).toHaveProperty('execution', { id: 'arn:x' });
    expect(done).not.toHaveProperty('analyzeFailure');
    expect(done).not.toHaveProperty('pageFailure');
  });
});
