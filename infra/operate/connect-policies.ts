import { isDeepStrictEqual } from 'node:util';
import { type Alerting, type OfferedAlert, type Policy, type PolicyBody, whyRefused } from './alerting.ts';
import { fail, type Line, ok, type Say, warn } from './report.ts';

/** The alert types that tell of attacks, and the one that tells of evidence about to stop (`reference/cloudflare.md` §2). */
const WANTED: readonly { readonly type: string; readonly offeredTo: string }[] = [
  { type: 'bot_traffic_basic_alert', offeredTo: 'Enterprise with Bot Management' },
  { type: 'clickhouse_alert_fw_anomaly', offeredTo: 'Business and Enterprise' },
  { type: 'clickhouse_alert_fw_ent_anomaly', offeredTo: 'Enterprise' },
  { type: 'dos_attack_l7', offeredTo: 'every plan' },
  { type: 'advanced_ddos_attack_l7_alert', offeredTo: 'Enterprise with Advanced DDoS Protection' },
  { type: 'failing_logpush_job_disabled_alert', offeredTo: 'accounts with Logpush' },
];

const DESCRIPTION = 'Made by npm run connect; starts a Latchkey case. Other mechanisms may be added here.';

export interface PolicyRequest {
  /** The destination's id; undefined while it is only planned. */
  readonly destination: string | undefined;
  /** Zone ids for alert types that are about zones. */
  readonly zones: readonly string[];
  /** Whether somebody chose these zones; else they are all there are now. */
  readonly chosen: boolean;
  readonly dryRun: boolean;
}

/** One policy for each wanted alert type the account is offered. */
export async function connectPolicies(say: Say, alerting: Alerting, request: PolicyRequest): Promise<void> {
  const [offered, policies] = await Promise.all([alerting.offered(), alerting.policies()]);
  for (const { type, offeredTo } of WANTED) {
    const alert = offered.find((one) => one.type === type);
    if (alert === undefined) say(ok(type, `left out: not offered to this account (${offeredTo})`));
    else say(await connectPolicy(alert, policies, alerting, request));
  }
  if (!offered.some(({ type }) => WANTED.some((wanted) => wanted.type === type))) {
    say(fail('alert types', 'this account is offered none that tells of attacks: no webhook will ever start a case'));
  }
}

async function connectPolicy(
  alert: OfferedAlert,
  policies: readonly Policy[],
  alerting: Alerting,
  request: PolicyRequest,
): Promise<Line> {
  const name = `Latchkey: ${alert.name}`;
  const found = policies.find((one) => one.alert_type === alert.type && isOurs(one, name, request.destination));
  const filters = filtersFor(alert, found, request);
  if (typeof filters === 'string') return fail(alert.type, filters);
  const about = Array.isArray(filters.zones) ? `for ${zonesText(filters.zones.length)}` : 'for the whole account';
  const body: PolicyBody = {
    name: found?.name || name,
    description: typeof found?.description === 'string' ? found.description : DESCRIPTION,
    alert_type: alert.type,
    // Somebody who switched it off had a reason.
    enabled: found?.enabled ?? true,
    mechanisms: withWebhook(found?.mechanisms ?? {}, request.destination),
    filters,
  };
  if (found !== undefined && isSame(found, body)) return done(alert.type, body, `there already, ${about}`);
  const verb = found === undefined ? 'created' : 'updated';
  if (request.dryRun) return ok(alert.type, `would be ${verb}: “${body.name}”, ${about}`);
  const answer = await (found === undefined ? alerting.createPolicy(body) : alerting.changePolicy(found.id, body));
  if (answer.status >= 300) return fail(alert.type, `not ${verb}: ${whyRefused(answer)}`);
  return done(alert.type, body, `${verb}: “${body.name}”, ${about}`);
}

function done(type: string, { enabled, name }: PolicyBody, text: string): Line {
  if (enabled) return ok(type, text);
  return warn(type, `${text}; but “${name}” is switched off and was left so: switch it on in the dashboard`);
}

/** One that leads to our destination, or that bears the name we would give it. */
function isOurs({ name, mechanisms }: Policy, ours: string, destination: string | undefined): boolean {
  return name === ours || (destination !== undefined && hasWebhook(mechanisms, destination));
}

function hasWebhook(mechanisms: Policy['mechanisms'], destination: string): boolean {
  return (mechanisms.webhooks ?? []).some(({ id }) => id === destination);
}

function withWebhook(mechanisms: Policy['mechanisms'], destination: string | undefined): PolicyBody['mechanisms'] {
  if (destination === undefined || hasWebhook(mechanisms, destination)) return mechanisms;
  return { ...mechanisms, webhooks: [...(mechanisms.webhooks ?? []), { id: destination }] };
}

function isSame(found: Policy, body: PolicyBody): boolean {
  return (
    isDeepStrictEqual(found.mechanisms, body.mechanisms) &&
    isDeepStrictEqual(sorted(found.filters), sorted(body.filters))
  );
}

function sorted(filters: Readonly<Record<string, unknown>>): unknown {
  return Object.entries(filters)
    .map(([key, values]) => [key, Array.isArray(values) ? [...values].sort() : values] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/**
 * The filters a policy needs: zones where the type has them and they were chosen or must be given, what somebody set
 * besides, and every value of anything else that must be given. A text says what only a person can know.
 */
function filtersFor(
  alert: OfferedAlert,
  found: Policy | undefined,
  { zones, chosen }: PolicyRequest,
): Record<string, unknown> | string {
  const filters: Record<string, unknown> = { ...found?.filters };
  delete filters.zones;
  for (const { key, required, values } of alert.filters) {
    if (key === 'zones') {
      if (zones.length > 0 && (chosen || required)) filters.zones = zones;
      else if (required) return 'it needs zones and none is known: name them in cloudflare.zones';
    } else if (required && filters[key] === undefined) {
      if (values === undefined)
        return `it needs the filter “${key}”, which only you can choose: make it in the dashboard`;
      filters[key] = values;
    }
  }
  return filters;
}

function zonesText(count: number): string {
  return count === 1 ? '1 zone' : `${count} zones`;
}
