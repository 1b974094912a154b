import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readSettingsFile } from '../local/assembly.ts';
import type { Variables } from '../local/env-file.ts';
import { type JsonObject, mergeDeep, objectAt, parseJson } from '../local/json.ts';
import { UsageError } from '../local/usage-error.ts';
import { readSettings, type Settings } from '../settings.ts';

const CDK_JSON = fileURLToPath(new URL('../../cdk.json', import.meta.url));

/**
 * The settings a deployment from this directory would have: `cdk.json`'s, with the file's merged over them.
 * @throws UsageError when the file cannot be read; SettingsError when the settings cannot be used.
 */
export async function readOperatorSettings(file: string | undefined): Promise<Settings> {
  const over: JsonObject = file === undefined ? {} : await readSettingsFile(file);
  const context = objectAt(parseJson(await readFile(CDK_JSON, 'utf8')), 'context');
  return readSettings(mergeDeep(objectAt(context, 'latchkey'), over));
}

/** The AWS region of the variables; undefined where none says. */
export function regionOf(variables: Variables): string | undefined {
  return (variables.get('AWS_REGION') ?? variables.get('AWS_DEFAULT_REGION'))?.value;
}

/** AWS's own clients read their variables from the process; those of the file must be there too. */
export function handToAws(variables: Variables): void {
  for (const [name, { value, from }] of variables) {
    if (from === 'file' && name.startsWith('AWS_')) process.env[name] = value;
  }
}

/** Where the outside systems are asked. */
export interface Urls {
  readonly cloudflare: string;
  readonly gitlab: string;
  readonly axiom: string;
  /** Where Axiom takes queries and events; undefined: at `axiom` too. */
  readonly axiomEdge: string | undefined;
  readonly pagerduty: string;
}

/**
 * Where a variable of design §5 says, else where the settings say.
 * @throws UsageError naming a variable that is no http or https URL.
 */
export function urlsOf(settings: Settings, variables: Variables): Urls {
  return {
    cloudflare: urlFrom(variables, 'CLOUDFLARE_API_URL') ?? settings['cloudflare.apiUrl'],
    gitlab: urlFrom(variables, 'GITLAB_URL') ?? settings['gitlab.url'],
    axiom: urlFrom(variables, 'AXIOM_URL') ?? settings['axiom.url'],
    axiomEdge: urlFrom(variables, 'AXIOM_EDGE_URL') ?? edgeOfSettings(settings, variables),
    pagerduty: urlFrom(variables, 'PAGERDUTY_EVENTS_URL') ?? settings['pagerduty.eventsUrl'],
  };
}

/** The settings' edge belongs to the settings' Axiom: one that a variable names is asked without it. */
function edgeOfSettings(settings: Settings, variables: Variables): string | undefined {
  return variables.has('AXIOM_URL') ? undefined : settings['axiom.edgeUrl'] || undefined;
}

function urlFrom(variables: Variables, name: string): string | undefined {
  const text = variables.get(name)?.value;
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  // The value is not quoted: a URL may carry credentials.
  if (url === null || !isHttp || url.username !== '' || url.password !== '') {
    throw new UsageError(`${name}: expected an http or https URL without user name and password`);
  }
  return text.replace(/\/+$/, '');
}

/** A credential and the variable or secret it came from, which is how messages call it. */
export interface Credential {
  readonly value: string;
  readonly from: string;
}

/** The credentials of design §5; what is missing was not given. */
export interface Credentials {
  readonly cloudflare?: Credential | undefined;
  readonly webhookSecret?: Credential | undefined;
  readonly gitlab?: Credential | undefined;
  readonly axiom?: Credential | undefined;
  readonly routingKey?: Credential | undefined;
  readonly healthRoutingKey?: Credential | undefined;
  /** Where alerts go; whoever knows the URL may post there. */
  readonly alertWebhook?: Credential | undefined;
}

/** Credentials nobody could look at, and why: whether they are there is not known. */
export type Unread = Readonly<Partial<Record<keyof Credentials, string>>>;

/** What each credential is called where it is looked for. */
export type CredentialNames = Readonly<Record<keyof Credentials, string>>;

export const VARIABLE_NAMES: CredentialNames = {
  cloudflare: 'CLOUDFLARE_API_TOKEN',
  webhookSecret: 'CLOUDFLARE_WEBHOOK_SECRET',
  gitlab: 'GITLAB_TOKEN',
  axiom: 'AXIOM_TOKEN',
  routingKey: 'PAGERDUTY_ROUTING_KEY',
  healthRoutingKey: 'PAGERDUTY_HEALTH_ROUTING_KEY',
  alertWebhook: 'ALERT_WEBHOOK_URL',
};

export const SECRET_NAMES: CredentialNames = {
  cloudflare: 'latchkey/cloudflare',
  webhookSecret: 'latchkey/cloudflare-webhook',
  gitlab: 'latchkey/gitlab',
  axiom: 'latchkey/axiom',
  routingKey: 'latchkey/pagerduty',
  healthRoutingKey: 'latchkey/pagerduty',
  alertWebhook: 'latchkey/alert-webhook',
};

export function credentialsFrom(variables: Variables): Credentials {
  const credential = (kind: keyof Credentials): Credential | undefined => {
    const from = VARIABLE_NAMES[kind];
    const value = variables.get(from)?.value.trim();
    return value ? { value, from } : undefined;
  };
  return {
    cloudflare: credential('cloudflare'),
    webhookSecret: credential('webhookSecret'),
    gitlab: credential('gitlab'),
    axiom: credential('axiom'),
    routingKey: credential('routingKey'),
    healthRoutingKey: credential('healthRoutingKey'),
    alertWebhook: credential('alertWebhook'),
  };
}

/** Whether alerts are sent at all: something is monitored, and nobody switched them off. */
export function sendsAlerts(settings: Settings): boolean {
  return settings['monitor.filters'].length > 0 && settings['alert.format'] !== 'off';
}
