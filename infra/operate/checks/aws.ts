import { type DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ResourceNotFoundException } from '@aws-sdk/client-secrets-manager';
import { ListStateMachinesCommand, type SFNClient } from '@aws-sdk/client-sfn';
import {
  makeDynamoDbClient,
  makeSecretsManagerClient,
  makeStepFunctionsClient,
} from '../../../functions/runtime/aws-clients.ts';
import type { Clock } from '../../../functions/runtime/clock.ts';
import { LatchkeyError } from '../../../functions/runtime/errors.ts';
import { makeSecrets, type Secrets } from '../../../functions/runtime/secrets.ts';
import { type Credential, type Credentials, SECRET_NAMES, type Unread } from '../inputs.ts';
import { fail, ok, type Say, warn } from '../report.ts';

/** The names CloudFormation makes of the one stack's table and state machine start like this. */
const TABLE_NAME = 'Latchkey-State';
const MACHINE_NAME = 'WorkflowMachine';

export interface SecretsRead {
  readonly credentials: Credentials;
  readonly unread: Unread;
}

export interface SecretsRequest {
  readonly region: string;
  readonly clock: Clock;
  /** Whether a setting names a dataset at Axiom: without one its secret is not needed. */
  readonly asksAxiom: boolean;
  /** Whether alerts are sent: without them the secret of their webhook is not needed. */
  readonly sendsAlerts: boolean;
}

/** The secrets of design §5, each read and parsed as the functions do. */
export async function readSecrets(
  say: Say,
  { region, clock, asksAxiom, sendsAlerts }: SecretsRequest,
): Promise<SecretsRead> {
  const client = makeSecretsManagerClient({ AWS_REGION: region });
  const secrets = makeSecrets(client, clock);
  const unread: Partial<Record<keyof Credentials, string>> = {};
  const read = async <T>(kind: keyof Credentials, reading: (name: string) => Promise<T>): Promise<T | undefined> => {
    const name = SECRET_NAMES[kind];
    try {
      const value = await reading(name);
      say(ok(name, 'exists and can be read'));
      return value;
    } catch (error) {
      // Fails toward the other secrets; the systems that need this one will say so.
      const why = whyUnread(error);
      say(fail(name, why));
      if (isUnseen(error)) unread[kind] = why;
      return undefined;
    }
  };
  try {
    const [cloudflare, webhook, gitlab, axiom, pagerduty, alertWebhook] = await Promise.all([
      read('cloudflare', (name) => secrets.token(name)),
      read('webhookSecret', (name) => secrets.rotating(name)),
      read('gitlab', (name) => secrets.token(name)),
      asksAxiom ? read('axiom', (name) => secrets.token(name)) : undefined,
      read('routingKey', (name) => secrets.routingKeys(name)),
      sendsAlerts ? read('alertWebhook', (name) => secrets.webhookUrl(name)) : undefined,
      checkStreamingToken(say, secrets),
    ]);
    const credentials = {
      cloudflare: credential('cloudflare', cloudflare),
      webhookSecret: credential('webhookSecret', webhook?.current),
      gitlab: credential('gitlab', gitlab),
      axiom: credential('axiom', axiom),
      routingKey: credential('routingKey', pagerduty?.routingKey),
      healthRoutingKey: credential('healthRoutingKey', pagerduty?.healthRoutingKey),
      alertWebhook: credential('alertWebhook', alertWebhook),
    };
    const { routingKey: why } = unread;
    return { credentials, unread: why === undefined ? unread : { ...unread, healthRoutingKey: why } };
  } finally {
    client.destroy();
  }
}

const STREAMING = 'latchkey/gitlab-streaming';

/** Needed only where GitLab streams its audit events: without it the route refuses them, and nothing else changes. */
async function checkStreamingToken(say: Say, secrets: Secrets): Promise<void> {
  try {
    const { current } = await secrets.rotating(STREAMING);
    const fits = current.length >= 16 && current.length <= 24;
    say(fits ? ok(STREAMING, 'exists and can be read') : warn(STREAMING, 'GitLab takes 16 to 24 characters'));
  } catch (error) {
    const why = whyUnread(error);
    const isAbsent = error instanceof Error && error.cause instanceof ResourceNotFoundException;
    say(
      isAbsent ? ok(STREAMING, 'does not exist: audit events that GitLab streams are refused') : warn(STREAMING, why),
    );
  }
}

/** No secret could be looked at, for one reason. */
export function noSecretsRead(why: string): SecretsRead {
  return { credentials: {}, unread: Object.fromEntries(Object.keys(SECRET_NAMES).map((kind) => [kind, why])) };
}

function credential(kind: keyof Credentials, value: string | undefined): Credential | undefined {
  return value === undefined ? undefined : { value, from: SECRET_NAMES[kind] };
}

/** The reader's own message speaks to a function; here it is a person whose credentials are used. */
function whyUnread(error: unknown): string {
  if (!(error instanceof LatchkeyError)) throw error;
  const { cause } = error;
  return (cause instanceof Error ? REFUSALS[cause.name] : undefined) ?? error.message;
}

/** Whether AWS did not let us look: then nothing is known of the secret. */
function isUnseen(error: unknown): boolean {
  const cause = error instanceof LatchkeyError ? error.cause : undefined;
  return cause instanceof Error && !(cause instanceof ResourceNotFoundException);
}

const REFUSALS: Readonly<Record<string, string>> = {
  AccessDeniedException: 'your AWS credentials may not read it: they need secretsmanager:GetSecretValue on it',
  CredentialsProviderError: 'there are no AWS credentials: sign in, or set AWS_PROFILE',
  ExpiredTokenException: 'your AWS credentials have expired: sign in again',
  UnrecognizedClientException: 'AWS does not know your credentials: sign in again',
};

/** Whether the stack's table and workflow stand in this region. */
export async function checkStack(say: Say, region: string): Promise<void> {
  const env = { AWS_REGION: region };
  const [table, machine] = await Promise.all([
    using(makeDynamoDbClient(env), findTable),
    using(makeStepFunctionsClient(env), findMachine),
  ]);
  for (const [what, found] of [['table', table] as const, ['workflow', machine] as const]) {
    if (found === undefined) say(warn(what, `there is none in ${region}: npm run deploy makes it`));
    else if ('name' in found) say(ok(what, found.name));
    else say(warn(what, `could not be looked for: ${found.refusal}`));
  }
}

type Found = { readonly name: string } | { readonly refusal: string } | undefined;

async function using<Client extends { destroy(): void }>(
  client: Client,
  find: (client: Client) => Promise<string | undefined>,
): Promise<Found> {
  try {
    const name = await find(client);
    return name === undefined ? undefined : { name };
  } catch (error) {
    // Fails toward a warning: a deployment needs no permission to list, only this look does.
    const name = error instanceof Error ? error.name : 'unknown error';
    return { refusal: REFUSALS[name] ?? name };
  } finally {
    client.destroy();
  }
}

async function findTable(client: DynamoDBClient): Promise<string | undefined> {
  // Lists start after a name: this one comes just before ours.
  const { TableNames = [] } = await client.send(
    new ListTablesCommand({ ExclusiveStartTableName: TABLE_NAME.slice(0, -1), Limit: 100 }),
  );
  return TableNames.find((name) => name.startsWith(TABLE_NAME));
}

/** Pages of 100, as many as an account's limit of state machines fills. */
const MOST_PAGES = 100;

async function findMachine(client: SFNClient): Promise<string | undefined> {
  let nextToken: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const list = await client.send(new ListStateMachinesCommand({ maxResults: 100, nextToken }));
    const found = list.stateMachines?.find(({ name }) => name?.startsWith(MACHINE_NAME));
    if (found !== undefined) return found.name;
    nextToken = list.nextToken;
    if (nextToken === undefined) return undefined;
  }
  return undefined;
}
