import { resolveZones } from '../adapters/cloudflare/case-zones.ts';
import { securityEventsFromEnvironment } from '../adapters/cloudflare/open-security-events.ts';
import { AlertStore } from '../adapters/dynamodb/alerts.ts';
import { CaseStore } from '../adapters/dynamodb/cases.ts';
import { ExpiringCache } from '../adapters/dynamodb/expiring-cache.ts';
import { HealthStore } from '../adapters/dynamodb/health.ts';
import { MonitorStore } from '../adapters/dynamodb/monitors.ts';
import { Table } from '../adapters/dynamodb/table.ts';
import { healthTellerFromEnvironment } from '../adapters/pagerduty/from-environment.ts';
import { Executions } from '../adapters/stepfunctions/executions.ts';
import { type EpochMs, HOUR, MINUTE } from '../core/time.ts';
import { makeDynamoDbClient, makeSecretsManagerClient, makeStepFunctionsClient } from '../runtime/aws-clients.ts';
import { requireEnv } from '../runtime/environment.ts';
import { type HandlerOptions, makeHandler, type Runtime } from '../runtime/handler.ts';
import { makeSecrets, type Secrets } from '../runtime/secrets.ts';
import { readSettings } from '../runtime/settings.ts';
import { type Polled, pollSecurityEvents } from './poll-security-events.ts';
import type { EventSource, MonitorHealth, Services, WatchSettings } from './services.ts';
import { Settings } from './settings.ts';

/** The function behind the monitor's rule, made for a process; tests replace parts of it. */
export function makePollSecurityEvents(runtime?: HandlerOptions<Polled>['runtime']) {
  return makeHandler(
    buildServices,
    (event: unknown, { healthUntil, ...services }, { logger, deadline }) =>
      pollSecurityEvents(event, { ...services, health: healthUntil(deadline), logger, deadline }),
    runtime === undefined ? {} : { runtime },
  );
}

export const handler = makePollSecurityEvents();

type ProcessServices = Omit<Services, 'health' | 'logger' | 'deadline'> & {
  readonly healthUntil: (deadline: EpochMs) => MonitorHealth;
};

function buildServices(runtime: Runtime): ProcessServices {
  const { env, clock, newId } = runtime;
  const settings = readSettings(Settings, env);
  const { retentionDays, cloudflare } = settings;
  const table = new Table({ client: makeDynamoDbClient(env), tableName: requireEnv('TABLE_NAME', env), clock, newId });
  const secrets = makeSecrets(makeSecretsManagerClient(env), clock);
  return {
    events: eventSource(runtime, secrets, table, cloudflare.zones),
    monitors: new MonitorStore(table, retentionDays),
    cases: new CaseStore(table, retentionDays, runtime.logger),
    alerts: new AlertStore(table, retentionDays),
    executions: new Executions(makeStepFunctionsClient(env), requireEnv('STATE_MACHINE_ARN', env)),
    healthUntil: healthTellerFromEnvironment(runtime, secrets, new HealthStore(table)),
    settings: watchSettings(settings),
    clock,
  };
}

function eventSource(runtime: Runtime, secrets: Secrets, table: Table, configured: readonly string[]): EventSource {
  const { directory, events } = securityEventsFromEnvironment(runtime, secrets, new ExpiringCache(table));
  return {
    zones: (deadline) => resolveZones({}, configured, directory, deadline),
    poll: (request) => events.poll(request),
  };
}

function watchSettings({ mode, monitor, alert }: Settings): WatchSettings {
  const { filters, windowHours, limit, alertOn, factor, floor, coolDownMinutes, gitlabMinutes } = monitor;
  return {
    filters,
    rule: { alertOn, factor, floor, coolDown: coolDownMinutes * MINUTE },
    windowMs: windowHours * HOUR,
    limit,
    gitlabMs: gitlabMinutes * MINUTE,
    shadow: mode === 'shadow',
    alertsOn: alert.format !== 'off',
  };
}
