import type { PollRequest } from '../../functions/adapters/cloudflare/security-events.ts';
import { AlertStore } from '../../functions/adapters/dynamodb/alerts.ts';
import { CaseStore } from '../../functions/adapters/dynamodb/cases.ts';
import { MonitorStore } from '../../functions/adapters/dynamodb/monitors.ts';
import type { Standing } from '../../functions/adapters/stepfunctions/executions.ts';
import type { CaseState } from '../../functions/core/case.ts';
import type { HealthChange } from '../../functions/core/health.ts';
import { type MonitorFilter, type MonitorRule, monitorKey, pauseAfter } from '../../functions/core/monitor.ts';
import { type EventGroup, type EventsPicture, facetsOf } from '../../functions/core/security-events.ts';
import { type EpochMs, HOUR, MINUTE, toIso } from '../../functions/core/time.ts';
import { type Polled, pollSecurityEvents } from '../../functions/poll-security-events/poll-security-events.ts';
import type { Services, WatchSettings } from '../../functions/poll-security-events/services.ts';
import { LatchkeyError, TransientError } from '../../functions/runtime/errors.ts';
import { openLocalTable } from '../contract/dynamodb/local-table.ts';
import { recordingLogger } from '../support/recording-logger.ts';

export const ZONE = { id: 'a'.repeat(32), name: 'example.com' };
export const OTHER = { id: 'b'.repeat(32), name: 'example.org' };

export const filterOf = (more: Partial<MonitorFilter> = {}): MonitorFilter => ({
  ...{ name: 'all', rulesetIds: [], ruleIds: [], sources: [], actions: [], hosts: [], description: '' },
  ...{ excludeAsns: [] },
  ...more,
});

/** Groups of as many events as `total` says, spread over the attackers; the first has the most. */
export function groupsOf(
  total: number,
  attackers: readonly string[],
  more: EventGroup['dimensions'] = {},
): EventGroup[] {
  const each = Math.floor(total / Math.max(1, attackers.length));
  return attackers.map((clientIP, n) => ({
    count: n === 0 ? total - each * (attackers.length - 1) : each,
    dimensions: { clientIP, source: 'firewallManaged', action: 'block', ruleId: 'r1', ...more },
  }));
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');

/**
 * The monitor's rule over the real books, with Cloudflare, executions and health that a test decides about. The clock
 * moves a minute with each poll.
 */
export async function openMonitorRule(
  options: { rule?: Partial<MonitorRule>; settings?: Partial<WatchSettings> } = {},
) {
  const local = await openLocalTable();
  const monitors = new MonitorStore(local.table, 30);
  const cases = new CaseStore(local.table, 30);
  const alerts = new AlertStore(local.table, 30);
  const { logger, lines } = recordingLogger();
  const executions = new Map<string, { state: CaseState; standing: Standing }>();
  const told: HealthChange[] = [];
  const requests: PollRequest[] = [];
  const down = new Set<'start' | 'status' | 'health' | 'zones' | 'poll'>();
  const failIf = (what: 'start' | 'status' | 'health' | 'zones' | 'poll') => {
    if (down.has(what)) throw new TransientError(`${what} is down`);
  };
  const rule: MonitorRule = { alertOn: 'growth', factor: 2, floor: 0, coolDown: 0, ...options.rule };
  const settings: WatchSettings = {
    ...{ filters: [filterOf()], rule, windowMs: 24 * HOUR, limit: 25, gitlabMs: HOUR, shadow: false, alertsOn: true },
    ...options.settings,
  };
  /** What each zone shows, whichever the filter. */
  const shown = new Map<string, readonly EventGroup[] | LatchkeyError>([[ZONE.id, []]]);
  const unlisted: string[] = [];
  const zones = [ZONE, OTHER];

  const pictureOf = (groups: readonly EventGroup[], until: EpochMs): EventsPicture => ({
    window: { start: until - settings.windowMs, end: until },
    readAt: until,
    total: groups.reduce((sum, { count }) => sum + count, 0),
    ...{ totalIsLowerBound: false, sampleInterval: 1, groups, cut: false, facets: facetsOf(groups) },
    ...{ facetsAreLowerBounds: false, ruleNames: {}, notes: [] },
  });

  const services: Omit<Services, 'deadline'> = {
    events: {
      zones: async () => {
        failIf('zones');
        return { zones: zones.filter(({ id }) => shown.has(id)), why: unlisted };
      },
      poll: async (request) => {
        failIf('poll');
        requests.push(request);
        const readings = [];
        const failures = [];
        for (const zone of request.zones) {
          const groups = shown.get(zone.id) ?? [];
          if (groups instanceof LatchkeyError) failures.push({ zone, error: groups });
          else {
            const keys = groups.map(({ dimensions: { ruleId, source, action, clientIP } }) => ({
              ...{ ruleId: text(ruleId), source: text(source), action: text(action), clientIP: text(clientIP) },
            }));
            const picture = pictureOf(groups, request.until);
            for (const filter of request.filters) readings.push({ zone, filter, picture, keys, keysAreWhole: true });
          }
        }
        return { readings, failures, requests: 1 };
      },
    },
    monitors,
    cases,
    alerts,
    executions: {
      start: async (state, name) => {
        failIf('start');
        if (!executions.has(name)) executions.set(name, { state, standing: 'RUNNING' });
      },
      status: async (name) => {
        failIf('status');
        return executions.get(name)?.standing ?? 'NONE';
      },
    },
    health: {
      tell: async (change) => {
        failIf('health');
        told.push(change);
      },
      raised: async () => {
        const last = new Map(told.map((change) => [change.source, change]));
        return [...last.values()].filter(({ action }) => action === 'raise');
      },
    },
    settings,
    clock: local.clock,
    logger,
  };

  /** One poll as things are, at the clock's time or another. */
  const fire = (time: EpochMs = local.clock.now(), with_: Partial<Services> = {}): Promise<Polled> =>
    pollSecurityEvents({ time: toIso(time) }, { ...services, deadline: local.clock.now() + 50_000, ...with_ });
  /** The next minute's poll; the names of the executions it started. */
  const next = async (): Promise<readonly string[]> => {
    local.clock.advance(MINUTE);
    return (await fire()).executions;
  };
  /** The next minute's poll, with the zone showing this. */
  const see = (
    total: number,
    attackers: readonly string[] = ['192.0.2.1'],
    zone = ZONE,
  ): Promise<readonly string[]> => {
    shown.set(zone.id, groupsOf(total, attackers));
    return next();
  };
  const end = (name: string, standing: Standing) => {
    const execution = executions.get(name);
    if (execution === undefined) throw new Error(`no execution ${name}`);
    execution.standing = standing;
    return execution.state;
  };
  /** The case's first look orders its alert. */
  const order = (name: string) => alerts.order(name, { look: 1, kind: 'attack' });
  const keyOf = ({ monitor }: CaseState) => monitor?.key ?? '';
  /** The execution sends its alert. */
  const deliver = async (name: string) => {
    const state = end(name, 'SUCCEEDED');
    await monitors.settle(keyOf(state), state.caseId);
    await monitors.dropRetry(state.caseId);
  };
  /** The execution cannot send its alert, and leaves it to be tried again. */
  const failToDeliver = async (name: string) => {
    const state = end(name, 'SUCCEEDED');
    const attempts = ((await monitors.loadRetry(state.caseId))?.attempts ?? 0) + 1;
    const at = local.clock.now() + pauseAfter(attempts);
    await monitors.retryLater({ caseId: state.caseId, key: keyOf(state), attempts, at });
    await monitors.settle(keyOf(state), state.caseId);
  };
  /** What is remembered of the zone and the filter. */
  const remembered = async (zone = ZONE, filter = filterOf()) =>
    (await monitors.load()).states.get(monitorKey(zone.id, filter));
  return {
    ...{
      local,
      monitors,
      cases,
      alerts,
      services,
      settings,
      executions,
      told,
      requests,
      down,
      lines,
      shown,
      zones,
      unlisted,
    },
    ...{ fire, next, see, end, order, deliver, failToDeliver, remembered },
    close: () => local.close(),
  };
}

export type TestRule = Awaited<ReturnType<typeof openMonitorRule>>;
