import { CaseStore } from '../../functions/adapters/dynamodb/cases.ts';
import { HuntStore } from '../../functions/adapters/dynamodb/hunts.ts';
import { LearnedStore } from '../../functions/adapters/dynamodb/learned.ts';
import type { Standing } from '../../functions/adapters/stepfunctions/executions.ts';
import type { CaseState } from '../../functions/core/case.ts';
import { complete, type SourceCoverage } from '../../functions/core/coverage.ts';
import type { HealthChange } from '../../functions/core/health.ts';
import { type EpochMs, MINUTE, toIso, type Window } from '../../functions/core/time.ts';
import type { TokenUse } from '../../functions/core/token-use.ts';
import { TransientError } from '../../functions/runtime/errors.ts';
import { type HuntsStarted, startHunt } from '../../functions/start-hunt/start-hunt.ts';
import { openLocalTable } from '../contract/dynamodb/local-table.ts';
import { recordingLogger } from '../support/recording-logger.ts';

/** The hourly rule over the real books, with executions, health and GitLab that a test decides about. */
export async function openHuntRule(options: { huntsConfigured?: boolean; shadow?: boolean } = {}) {
  const local = await openLocalTable();
  const hunts = new HuntStore(local.table, 30);
  const cases = new CaseStore(local.table, 30);
  const { logger, lines } = recordingLogger();
  const executions = new Map<string, { state: CaseState; standing: Standing }>();
  const told: HealthChange[] = [];
  const readings: Window[] = [];
  const down = new Set<'start' | 'status' | 'health'>();
  const learned = new LearnedStore(local.table, 30);
  const gitlab: { coverage: SourceCoverage; takenAt: EpochMs | undefined; uses: readonly TokenUse[] } = {
    coverage: complete(),
    takenAt: undefined,
    uses: [],
  };
  const failIf = (what: 'start' | 'status' | 'health') => {
    if (down.has(what)) throw new TransientError(`${what} is down`);
  };
  const services = {
    hunts,
    cases,
    executions: {
      start: async (state: CaseState, name: string) => {
        failIf('start');
        if (!executions.has(name)) executions.set(name, { state, standing: 'RUNNING' });
      },
      status: async (name: string) => {
        failIf('status');
        return executions.get(name)?.standing ?? ('NONE' as const);
      },
    },
    health: {
      tell: async (change: HealthChange) => {
        failIf('health');
        told.push(change);
      },
      raised: async () => {
        const last = new Map(told.map((change) => [change.source, change]));
        return [...last.values()].filter(({ action }) => action === 'raise');
      },
    },
    inventory: {
      lastTaken: async () => gitlab.takenAt,
      read: async ({ window }: { window: Window }) => {
        readings.push(window);
        return { uses: gitlab.uses, credentials: [], coverage: gitlab.coverage };
      },
    },
    learned,
    huntsConfigured: options.huntsConfigured ?? true,
    shadow: options.shadow ?? false,
    delayMinutes: 10,
    retentionDays: 30,
    clock: local.clock,
    logger,
  };
  /** Fires the rule. */
  const fire = (time: EpochMs, more: object = {}): Promise<HuntsStarted> =>
    startHunt({ time: toIso(time), ...more }, { ...services, deadline: local.clock.now() + 5 * MINUTE });
  /** Ends an execution; one that succeeds has finished its window. */
  const end = async (name: string, standing: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' = 'SUCCEEDED') => {
    const execution = executions.get(name);
    if (execution === undefined) throw new Error(`no execution ${name}`);
    execution.standing = standing;
    const { window, hunt } = execution.state;
    if (standing === 'SUCCEEDED') await hunts.finish(Date.parse(window.start), hunt?.attempt ?? 0, local.clock.now());
  };
  return {
    ...{ local, hunts, cases, learned, services, executions, told, readings, gitlab, down, lines, fire, end },
    close: () => local.close(),
  };
}

export type HuntRule = Awaited<ReturnType<typeof openHuntRule>>;
