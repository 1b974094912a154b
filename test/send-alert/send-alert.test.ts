import { beforeEach, describe, expect, it } from 'vitest';
import type { AlertRetry } from '../../functions/adapters/dynamodb/monitors.ts';
import type { AlertFacts } from '../../functions/core/alert-message.ts';
import type { AlertOrder } from '../../functions/core/alert-order.ts';
import type { CaseState } from '../../functions/core/case.ts';
import { HOUR, MINUTE } from '../../functions/core/time.ts';
import {
  ConfigError,
  EvidenceGapError,
  RateLimitedError,
  TransientError,
  UndeliveredError,
} from '../../functions/runtime/errors.ts';
import { type SendAlertServices, sendAlert } from '../../functions/send-alert/send-alert.ts';
import { groupOf, monitorOf, monitorStateOf, pictureOf } from '../support/event-facts.ts';
import { AT, COVERAGE, findingOf, MODEL_ANALYSIS, sleepingClock } from '../support/pager-facts.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const KEY = `${'a'.repeat(32)}#${'b'.repeat(32)}`;
const CASE = 'monitor-20261120T190000Z-0123456789ab';

let clock: ReturnType<typeof sleepingClock>;
/** The case's orders. */
let orders: (AlertOrder & { sent: boolean })[];
let retry: AlertRetry | undefined;
/** Everything that left a trace, in its order. */
let trace: string[];
let told: AlertFacts[];
/** What the webhook says to the next posts; nothing: it takes them. */
let refusals: Error[];

beforeEach(() => {
  clock = sleepingClock();
  orders = [{ look: 1, kind: 'attack', sent: false }];
  retry = undefined;
  trace = [];
  told = [];
  refusals = [];
});

const MONITOR = monitorOf({ key: KEY, total: 4_200 });
const PICTURE = pictureOf([groupOf(4_200)]);

function alertState(more: Partial<CaseState> = {}): CaseState {
  return monitorStateOf({
    caseId: CASE,
    monitor: MONITOR,
    due: { explain: false, page: false, report: false, alert: true, health: false },
    ...more,
  });
}

const resent = () => alertState({ look: 4, monitor: { ...MONITOR, resend: true } });

function services(more: Partial<SendAlertServices> = {}): SendAlertServices {
  return {
    cases: {
      loadPicture: async () => PICTURE,
      loadFindings: async (_, look) => [findingOf({ score: 50 + look })],
      loadCoverage: async () => COVERAGE,
      loadAnalysis: async () => MODEL_ANALYSIS,
      unsentPages: async () => [{ order: { kind: 'update', dedupKey: 'i/1' } }],
      sentPages: async () => [{ order: { kind: 'page', dedupKey: 'i/1' } }],
    },
    alerts: {
      unsent: async () => orders.filter(({ sent }) => !sent).map(({ look, kind }) => ({ look, kind })),
      markSent: async (_, { look }) => {
        trace.push(`sent ${look}`);
        for (const order of orders) if (order.look === look) order.sent = true;
      },
    },
    monitors: {
      settle: async (key, caseId) => {
        trace.push(key === KEY && caseId === CASE ? 'settled' : `settled ${key} ${caseId}`);
      },
      retryLater: async (next) => {
        trace.push('retry stored');
        retry = next;
      },
      dropRetry: async () => {
        trace.push('retry dropped');
        retry = undefined;
      },
      loadRetry: async () => retry,
    },
    links: { caseUrl: async (caseId) => `https://latchkey.example.com/cases/${caseId}` },
    webhook: {
      send: async (body) => {
        const refusal = refusals.shift();
        trace.push(`${refusal === undefined ? 'took' : 'refused'} ${JSON.stringify(body)}`);
        if (refusal !== undefined) throw refusal;
      },
    },
    write: async (facts) => {
      told.push(facts);
      return { look: facts.order.look };
    },
    clock,
    logger: recordingLogger().logger,
    deadline: clock.now() + 30_000,
    environment: 'test',
    gitlabUrl: 'https://gitlab.example.com',
    ...more,
  };
}

describe('an alert that is delivered', () => {
  it('is marked at once, and then the rule goes on', async () => {
    const done = await sendAlert(alertState(), services());
    expect(trace).toEqual(['took {"look":1}', 'sent 1', 'settled', 'retry dropped']);
    expect(done).toEqual({ ...alertState(), due: { ...alertState().due, alert: false } });
  });

  it('tells what the look that ordered it found', async () => {
    orders = [{ look: 2, kind: 'update', sent: false }];
    await sendAlert({ ...alertState({ look: 4 }), execution: { id: 'arn:x' } }, services());
    expect(told).toMatchObject([
      {
        order: { look: 2, kind: 'update' },
        state: { caseId: CASE, look: 4 },
        monitor: MONITOR,
        picture: PICTURE,
        findings: [{ score: 52 }],
        coverage: COVERAGE,
        analysis: MODEL_ANALYSIS,
        caseUrl: `https://latchkey.example.com/cases/${CASE}`,
        environment: 'test',
        gitlabUrl: 'https://gitlab.example.com',
        execution: 'arn:x',
      },
    ]);
  });

  it.each([
    ['page', 'update', { waiting: true, taken: false }],
    ['update', 'page', { waiting: false, taken: true }],
    ['update', 'update', { waiting: false, taken: false }],
    ['page', 'page', { waiting: true, taken: true }],
  ] as const)('knows of pages, and not of silent updates: waiting %s, taken %s', async (waiting, taken, pages) => {
    const cases = {
      ...services().cases,
      unsentPages: async () => [{ order: { kind: waiting, dedupKey: 'i/2' } }],
      sentPages: async () => [{ order: { kind: taken, dedupKey: 'i/1' } }],
    };
    await sendAlert(alertState(), services({ cases }));
    expect(told).toMatchObject([{ pages }]);
  });

  it('knows of a page that PagerDuty takes while it is looked for', async () => {
    let reads = 0;
    const page = { order: { kind: 'page', dedupKey: 'i/1' } } as const;
    const cases = {
      ...services().cases,
      unsentPages: async () => (reads++ === 0 ? [page] : []),
      sentPages: async () => (reads++ === 0 ? [] : [page]),
    };
    await sendAlert(alertState(), services({ cases }));
    expect(told).toMatchObject([{ pages: { waiting: false, taken: true } }]);
  });

  it.each([
    new TransientError('the table did not answer'),
    new RateLimitedError('slow down', 1_000),
    new Error('a bug'),
  ])('goes out at once without a link that cannot be made: %s', async (failure) => {
    const { logger, lines } = recordingLogger();
    await sendAlert(alertState(), services({ logger, links: { caseUrl: () => Promise.reject(failure) } }));
    expect(trace).toEqual(['took {"look":1}', 'sent 1', 'settled', 'retry dropped']);
    expect(told).toMatchObject([{ caseUrl: undefined }]);
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warn' }));
  });

  it('waits a second at most for its link', async () => {
    const bounds: number[] = [];
    const impatient = { ...clock, sleep: async (ms: number) => void bounds.push(ms) };
    const { logger, lines } = recordingLogger();
    const links = { caseUrl: () => new Promise<never>(() => {}) };
    await sendAlert(alertState(), services({ logger, clock: impatient, links }));
    expect(bounds).toEqual([1_000]);
    expect(told).toMatchObject([{ caseUrl: undefined }]);
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warn' }));
  });

  it('goes out in shadow mode, too', async () => {
    await sendAlert(alertState({ shadow: true }), services());
    expect(trace).toContain('took {"look":1}');
    expect(told).toMatchObject([{ state: { shadow: true } }]);
  });

  it('is sent with time left to store what became of it', async () => {
    const deadlines: number[] = [];
    await sendAlert(
      alertState(),
      services({ webhook: { send: async (_, deadline) => void deadlines.push(deadline - clock.now()) } }),
    );
    expect(deadlines).toEqual([25_000]);
  });

  it('goes out by the state’s own numbers where nothing else can be read', async () => {
    const fail = async () => {
      throw new Error('broken chunk');
    };
    const cases = {
      ...{ loadPicture: fail, loadFindings: fail, loadCoverage: fail, loadAnalysis: fail },
      ...{ unsentPages: fail, sentPages: fail },
    };
    await sendAlert(alertState(), services({ cases }));
    expect(told).toMatchObject([{ picture: undefined, findings: [], coverage: {}, pages: undefined }]);
    expect(told).toMatchObject([{ monitor: { total: 4_200 } }]);
    expect(orders).toMatchObject([{ sent: true }]);
  });

  it('drops the failures it consumed, and no other', async () => {
    const input = {
      ...alertState(),
      analyzeFailure: { Error: 'x' },
      alertFailure: { Error: 'y' },
      pageFailure: { Error: 'z' },
    };
    const done = await sendAlert(input, services());
    expect(done).not.toHaveProperty('analyzeFailure');
    expect(done).not.toHaveProperty('alertFailure');
    expect(done).toHaveProperty('pageFailure');
  });
});

describe('an alert that is not delivered', () => {
  it('is stored for another try before the rule goes on and the failure is told', async () => {
    refusals = [new TransientError('away')];
    await expect(sendAlert(alertState(), services())).rejects.toThrow('away');
    expect(trace).toEqual(['refused {"look":1}', 'retry stored', 'settled']);
    expect(retry).toEqual({ caseId: CASE, key: KEY, attempts: 1, at: AT + MINUTE });
    expect(orders).toMatchObject([{ sent: false }]);
  });

  it('waits longer after every try', async () => {
    const pauses: number[] = [];
    for (let tried = 0; tried < 9; tried++) {
      refusals = [new ConfigError('no_service')];
      await expect(sendAlert(resent(), services())).rejects.toThrow(UndeliveredError);
      pauses.push(((retry?.at ?? 0) - clock.now()) / MINUTE);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(retry?.attempts).toBe(9);
  });

  it.each([
    [10_000, MINUTE],
    [15 * MINUTE, 15 * MINUTE],
    [undefined, MINUTE],
    [365 * 24 * HOUR, 6 * HOUR],
  ])('waits as long as the webhook asks for, within reason: %s', async (asked, pause) => {
    refusals = [new RateLimitedError('slow down', asked)];
    await expect(sendAlert(alertState(), services())).rejects.toThrow(UndeliveredError);
    expect(retry?.at).toBe(AT + pause);
  });

  it('is stored whatever went wrong: secret, writing, table', async () => {
    const broken: Partial<SendAlertServices>[] = [
      { write: () => Promise.reject(new ConfigError('no secret')) },
      { write: () => Promise.reject(new TypeError('a bug')) },
      { alerts: { ...services().alerts, unsent: () => Promise.reject(new TransientError('table away')) } },
      {
        cases: { ...services().cases, loadFindings: () => Promise.reject(new TransientError('table away')) },
      },
    ];
    for (const more of broken) {
      retry = undefined;
      await expect(sendAlert(alertState(), services(more))).rejects.toThrow(UndeliveredError);
      expect(retry).toMatchObject({ attempts: 1 });
    }
  });

  it('keeps its claim where the next try cannot be stored', async () => {
    refusals = [new ConfigError('no_service')];
    const { monitors } = services();
    const away = { ...monitors, retryLater: () => Promise.reject(new Error('table away')) };
    await expect(sendAlert(alertState(), services({ monitors: away }))).rejects.toThrow(TransientError);
    expect(trace).not.toContain('settled');
    await sendAlert(alertState(), services());
    expect(trace.slice(-2)).toEqual(['settled', 'retry dropped']);
  });

  it('is sent again where it could not be marked, and is not lost', async () => {
    const { alerts } = services();
    const forgetful = { ...alerts, markSent: () => Promise.reject(new TransientError('table away')) };
    await expect(sendAlert(alertState(), services({ alerts: forgetful }))).rejects.toThrow(UndeliveredError);
    expect(retry).toMatchObject({ attempts: 1 });
    await sendAlert(resent(), services());
    expect(trace.filter((line) => line.startsWith('took'))).toEqual(['took {"look":1}', 'took {"look":1}']);
    expect(orders).toMatchObject([{ sent: true }]);
    expect(retry).toBeUndefined();
  });

  it('is not told again where only the rule could not go on', async () => {
    const { monitors } = services();
    const stuck = { ...monitors, settle: () => Promise.reject(new TransientError('table away')) };
    await expect(sendAlert(alertState(), services({ monitors: stuck }))).rejects.toThrow(TransientError);
    expect(retry).toBeUndefined();
    await sendAlert(alertState(), services());
    expect(trace).toEqual(['took {"look":1}', 'sent 1', 'settled', 'retry dropped']);
  });
});

describe('several alerts of a case', () => {
  beforeEach(() => {
    orders = [
      { look: 1, kind: 'attack', sent: false },
      { look: 2, kind: 'update', sent: false },
      { look: 4, kind: 'update', sent: false },
    ];
  });

  it('go out in their order', async () => {
    await sendAlert(alertState({ look: 4 }), services());
    expect(trace.filter((line) => line.startsWith('took'))).toEqual([
      'took {"look":1}',
      'took {"look":2}',
      'took {"look":4}',
    ]);
  });

  it('do not hold each other back where one is refused', async () => {
    refusals = [new ConfigError('invalid_blocks')];
    await expect(sendAlert(alertState({ look: 4 }), services())).rejects.toThrow('invalid_blocks');
    expect(orders.map(({ sent }) => sent)).toEqual([false, true, true]);
    expect(retry).toMatchObject({ attempts: 1 });
  });

  it('wait together where nothing goes through now', async () => {
    refusals = [new RateLimitedError('slow down', 1_000)];
    await expect(sendAlert(alertState({ look: 4 }), services())).rejects.toThrow('slow down');
    expect(trace.filter((line) => line.startsWith('took'))).toEqual([]);
  });

  it('are sent again only where they were not delivered', async () => {
    refusals = [new ConfigError('invalid_blocks')];
    await expect(sendAlert(alertState({ look: 4 }), services())).rejects.toThrow();
    trace = [];
    const done = await sendAlert(resent(), services());
    expect(trace).toEqual(['took {"look":1}', 'sent 1', 'settled', 'retry dropped']);
    expect(done).toEqual({ ...resent(), due: { ...resent().due, alert: false } });
  });

  it('are not sent by two executions that see each other', async () => {
    const write = async (facts: AlertFacts) => {
      // Meanwhile the other one delivers it.
      for (const order of orders) if (order.look === facts.order.look) order.sent = true;
      return { look: facts.order.look };
    };
    await sendAlert(resent(), services({ write }));
    expect(trace).toEqual(['settled', 'retry dropped']);
  });
});

describe('an alert that a later look orders while an earlier one is sent again', () => {
  const orderedMeanwhile = () => orders.push({ look: 2, kind: 'update', sent: false });

  it('keeps its next try, which the other execution stored', async () => {
    const { monitors } = services();
    const settle = async () => {
      orderedMeanwhile();
      retry = { caseId: CASE, key: KEY, attempts: 1, at: AT };
    };
    await sendAlert(resent(), services({ monitors: { ...monitors, settle } }));
    expect(retry).toEqual({ caseId: CASE, key: KEY, attempts: 1, at: AT + MINUTE });
  });

  it('keeps a next try that is stored last, as it is', async () => {
    const { monitors } = services();
    const stored = { caseId: CASE, key: KEY, attempts: 2, at: AT + 2 * MINUTE };
    const dropRetry = async () => {
      orderedMeanwhile();
      retry = stored;
    };
    await sendAlert(resent(), services({ monitors: { ...monitors, dropRetry } }));
    expect(retry).toEqual(stored);
  });
});

describe('nothing to send', () => {
  it('lets the rule go on where everything was sent before', async () => {
    orders = [{ look: 1, kind: 'attack', sent: true }];
    retry = { caseId: CASE, key: KEY, attempts: 3, at: AT };
    expect((await sendAlert(resent(), services())).due.alert).toBe(false);
    expect(trace).toEqual(['settled', 'retry dropped']);
  });

  it('is all there is where alerts are switched off', async () => {
    retry = { caseId: CASE, key: KEY, attempts: 3, at: AT };
    expect((await sendAlert(resent(), services({ write: undefined }))).due.alert).toBe(false);
    expect(trace).toEqual(['settled', 'retry dropped']);
  });

  it('touches nothing of a case that no monitor began', async () => {
    const { monitor, ...spike } = alertState({ trigger: 'spike' });
    expect(await sendAlert(spike, services())).toEqual({ ...spike, due: { ...spike.due, alert: false } });
    expect(trace).toEqual([]);
  });

  it('stays harmless where a stored picture is gone for good', async () => {
    const loadPicture = () => Promise.reject(new EvidenceGapError('gone'));
    await sendAlert(alertState(), services({ cases: { ...services().cases, loadPicture } }));
    expect(told).toMatchObject([{ picture: undefined }]);
  });
});
