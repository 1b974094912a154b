import type { OutsidePlan } from './outside.ts';
import type { Paint } from './paint.ts';
import type { LocalStack } from './stack.ts';

/** What people are told of a stack that stands. */
export type StandingStack = Pick<LocalStack, 'apiUrl' | 'webhookSecret' | 'plan' | 'standIns' | 'notes'>;

/** What stands where, and who is really asked: the first thing people see. */
export function bannerLines(stack: StandingStack, paint: Paint): string[] {
  const { plan, standIns } = stack;
  const row = (name: string, system: { readonly kind: string; readonly url?: string }, standInUrl?: string) =>
    `  ${name.padEnd(11)} ${system.kind === 'stand-in' ? `stand-in  ${standInUrl ?? ''}` : paint.yellow(realText(system))}`;
  return [
    `${paint.bold('Latchkey')} on this machine: ${paint.bold(stack.apiUrl)}`,
    row('Cloudflare', plan.cloudflare, standIns.cloudflare?.url),
    row('GitLab', plan.gitlab, standIns.gitlab?.url),
    row('Axiom', plan.axiom, standIns.axiom?.url),
    row('PagerDuty', plan.pagerduty, standIns.pagerduty?.url),
    row('Bedrock', plan.bedrock, standIns.bedrock?.url),
    row('Alerts', alertsShown(plan), standIns.alerts?.url),
    `  try         curl -H 'cf-webhook-auth: ${secretText(stack)}' -d '{"text":"hello"}' ${stack.apiUrl}/webhooks/cloudflare`,
    `  hunt        curl -X POST ${stack.apiUrl}/local/hunt`,
    `  monitor     curl -X POST ${stack.apiUrl}/local/monitor`,
    '  mode        live on this machine, whatever the settings say',
    `  look at     ${stack.apiUrl}/local/executions  ${stack.apiUrl}/local/outbox`,
    `  cases       ${stack.apiUrl}/cases`,
    '              whoever comes through a tunnel to this port may see every case',
    ...stack.notes.map((note) => paint.yellow(`  note        ${note}`)),
  ];
}

/** The first line of `--json` (design §5). Secrets are in it only where they are the built-in ones. */
export function readyLine(stack: StandingStack): object {
  const standIns = Object.entries(stack.standIns).map(([name, standIn]) => [name, standIn.url]);
  return {
    event: 'ready',
    api: stack.apiUrl,
    cases: `${stack.apiUrl}/cases`,
    pid: process.pid,
    ...(stack.plan.webhookSecret.own ? {} : { webhookSecret: stack.webhookSecret }),
    ...(stack.plan.streamingToken.own ? {} : { streamingToken: stack.plan.streamingToken.value }),
    standIns: Object.fromEntries(standIns),
    notes: stack.notes,
  };
}

function realText(system: { readonly kind: string; readonly url?: string }): string {
  return system.kind === 'aws' ? 'real      with your AWS credentials' : `asked at  ${withoutUser(system.url ?? '')}`;
}

/** The path of an alert webhook is its credential. */
function alertsShown({ alerts }: OutsidePlan): OutsidePlan['alerts'] {
  return alerts.kind === 'real' ? { kind: 'real', url: new URL(alerts.url).origin } : alerts;
}

/** A URL may carry a password: it is not for the screen. */
function withoutUser(text: string): string {
  const url = URL.parse(text);
  return url === null ? '' : `${url.origin}${url.pathname}`;
}

function secretText(stack: StandingStack): string {
  return stack.plan.webhookSecret.own ? '<CLOUDFLARE_WEBHOOK_SECRET>' : stack.webhookSecret;
}
