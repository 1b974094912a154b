import { findAsked } from '../adapters/axiom/asked-sightings.ts';
import { openAxiomRequests } from '../adapters/axiom/open-requests.ts';
import { resolveZones } from '../adapters/cloudflare/case-zones.ts';
import { cloudflareFromEnvironment } from '../adapters/cloudflare/from-environment.ts';
import type { Cloudflare } from '../adapters/cloudflare/open-cloudflare.ts';
import { AlertStore } from '../adapters/dynamodb/alerts.ts';
import { CaseStore } from '../adapters/dynamodb/cases.ts';
import { ExpiringCache } from '../adapters/dynamodb/expiring-cache.ts';
import { HealthStore } from '../adapters/dynamodb/health.ts';
import { HuntStore } from '../adapters/dynamodb/hunts.ts';
import { IncidentStore } from '../adapters/dynamodb/incidents.ts';
import { ReadingStore } from '../adapters/dynamodb/readings.ts';
import { Table } from '../adapters/dynamodb/table.ts';
import { type Address, parseAddress } from '../core/address.ts';
import { AddressSet } from '../core/address-set.ts';
import type { CaseState } from '../core/case.ts';
import type { EpochMs, Window } from '../core/time.ts';
import { makeDynamoDbClient, makeSecretsManagerClient } from '../runtime/aws-clients.ts';
import { requireEnv } from '../runtime/environment.ts';
import { ConfigError } from '../runtime/errors.ts';
import { type Invocation, makeHandler, type Runtime } from '../runtime/handler.ts';
import { makeSecrets } from '../runtime/secrets.ts';
import { readSettings } from '../runtime/settings.ts';
import type { CompleteSightings } from './complete-sightings.ts';
import { readLinkedEvidence } from './evidence.ts';
import { type JoinInput, type JoinServices, join } from './join.ts';
import { Settings } from './settings.ts';

/** Milliseconds kept for scoring and storing once Cloudflare was asked. */
const RESERVE_MS = 15_000;

export const handler = makeHandler(buildServices, (input: JoinInput, { servicesUntil }, { deadline }: Invocation) =>
  join(input, servicesUntil(deadline - RESERVE_MS)),
);

function buildServices(runtime: Runtime): { servicesUntil(askUntil: EpochMs): JoinServices } {
  const { env, clock, newId } = runtime;
  const settings = readSettings(Settings, env);
  const table = new Table({ client: makeDynamoDbClient(env), tableName: requireEnv('TABLE_NAME', env), clock, newId });
  const secrets = makeSecrets(makeSecretsManagerClient(env), clock);
  const cases = new CaseStore(table, settings.retentionDays, runtime.logger);
  const readings = new ReadingStore(table, settings.retentionDays);
  const cache = new ExpiringCache(table);
  const atCloudflare = askCloudflare(cloudflareFromEnvironment(runtime, secrets, cache, settings), cases, settings);
  const atAxiom = openAxiomRequests(runtime, secrets, cache, settings);
  const isKnownEgress = memberOf('knownEgress', settings.knownEgress);
  const isOwnEgress = memberOf('ownEgress', settings.ownEgress);

  const askBack = async (state: CaseState, addresses: readonly string[], window: Window, deadline: EpochMs) => {
    const parsed = addresses.flatMap((address) => parseAddress(address) ?? []);
    if (state.trigger !== 'hunt') return await atCloudflare(state, parsed, window, deadline);
    if (atAxiom === undefined)
      throw new ConfigError('Setting axiom.cloudflareDataset is empty: there is nothing to hunt in.');
    return await findAsked(atAxiom, { addresses: parsed, window, deadline });
  };

  return {
    servicesUntil: (askUntil) => ({
      cases,
      readEvidence: readLinkedEvidence(cases, readings),
      hunts: new HuntStore(table, settings.retentionDays),
      incidents: new IncidentStore(table, settings.retentionDays),
      alerts: new AlertStore(table, settings.retentionDays),
      health: new HealthStore(table),
      askBack: (state, addresses, window) => askBack(state, addresses, window, askUntil),
      isKnownEgress,
      isOwnEgress,
      settings,
      clock,
    }),
  };
}

type AskCloudflare = (
  state: CaseState,
  addresses: readonly Address[],
  window: Window,
  deadline: EpochMs,
) => Promise<CompleteSightings>;

/** Asks in a monitor's zone, or in the zones that a spike's alert names. */
function askCloudflare(
  { directory, sightings }: Cloudflare,
  cases: CaseStore,
  { cloudflare }: Settings,
): AskCloudflare {
  const zonesOf = async ({ caseId, monitor }: CaseState, deadline: EpochMs) => {
    if (monitor !== undefined) return [monitor.zone];
    const alert = (await cases.load(caseId))?.alert;
    return (await resolveZones(alert ?? {}, cloudflare.zones, directory, deadline)).zones;
  };
  return async (state, addresses, window, deadline) => {
    const zones = await zonesOf(state, deadline);
    return await sightings.askBack({ zones, addresses, window, deadline });
  };
}

/** Whether an address (canonical text) lies in the setting's blocks. Throws `ConfigError` for a block that is none. */
function memberOf(setting: string, cidrs: readonly string[]): (address: string) => boolean {
  const { set, rejected } = AddressSet.from(cidrs);
  if (rejected.length > 0) {
    throw new ConfigError(`Setting ${setting}: "${rejected[0]}" is no address or CIDR block without host bits.`);
  }
  return (text) => {
    const address = parseAddress(text);
    return address !== undefined && set.has(address);
  };
}
