import {
  DecryptionFailure,
  GetSecretValueCommand,
  InvalidRequestException,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import * as z from 'zod/mini';
import type { EpochMs } from '../core/time.ts';
import type { Clock } from './clock.ts';
import { ConfigError, LatchkeyError, TransientError } from './errors.ts';

/** How long a value is used before it is read again. */
const KEPT_MS = 300_000;
/** A refresh that is asked for is skipped when the value is younger: a flood of refused requests must not become a flood of reads. */
const FRESH_FLOOR_MS = 1_000;

export interface ReadOptions {
  /** Read it again although it is cached: for one more try after a 401 or 403. */
  readonly fresh?: boolean;
}

/** Two values where one rotates: both are accepted until the old one is removed. */
export interface RotatingSecret {
  readonly current: string;
  readonly previous?: string;
}

export interface RoutingKeys {
  readonly routingKey: string;
  /** Key of the service that hears about the pipeline itself; the main key where none is stored. */
  readonly healthRoutingKey: string;
}

/** What steps and adapters see of secrets. Every method throws `ConfigError` or `TransientError`, never with a value in it. */
export interface Secrets {
  /** An API token: the raw text, or `{"token":"…"}`. */
  token(name: string, options?: ReadOptions): Promise<string>;
  /** A webhook secret: the raw text, or `{"current":"…","previous":"…"}`. */
  rotating(name: string, options?: ReadOptions): Promise<RotatingSecret>;
  /** PagerDuty's keys: the raw routing key, or `{"routingKey":"…","healthRoutingKey":"…"}`. */
  routingKeys(name: string, options?: ReadOptions): Promise<RoutingKeys>;
  /** A webhook's URL, which is a credential: the raw URL, or `{"url":"https://…"}`; see {@link isWebhookUrl}. */
  webhookUrl(name: string, options?: ReadOptions): Promise<string>;
}

type SecretsManager = Pick<SecretsManagerClient, 'send'>;

/** Secrets out of AWS Secrets Manager. Build one per process: it keeps what it read for 300 s. */
export function makeSecrets(client: SecretsManager, clock: Clock): Secrets {
  const read = cachedReader((name) => fetchSecret(client, name), clock);
  return {
    token: async (name, options) => tokenOf(name, await read(name, options)),
    rotating: async (name, options) => rotatingOf(name, await read(name, options)),
    routingKeys: async (name, options) => routingKeysOf(name, await read(name, options)),
    webhookUrl: async (name, options) => webhookUrlOf(name, await read(name, options)),
  };
}

/** Whether messages may be posted there: https, or http to this machine; no user name, no password, no spaces. */
export function isWebhookUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || /[^\x21-\x7e]/.test(text) || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
}

const LOOPBACK = /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})$/;

type Read = (name: string, options?: ReadOptions) => Promise<string>;

function cachedReader(fetchText: (name: string) => Promise<string>, clock: Clock): Read {
  const kept = new Map<string, { readonly text: string; readonly readAt: EpochMs }>();
  const underWay = new Map<string, Promise<string>>();

  const refresh = async (name: string): Promise<string> => {
    try {
      const text = await fetchText(name);
      kept.set(name, { text, readAt: clock.now() });
      return text;
    } finally {
      underWay.delete(name);
    }
  };

  return async (name, options) => {
    const known = kept.get(name);
    const age = known === undefined ? Number.POSITIVE_INFINITY : clock.now() - known.readAt;
    if (known !== undefined && age < (options?.fresh ? FRESH_FLOOR_MS : KEPT_MS)) return known.text;
    const reading = underWay.get(name) ?? refresh(name);
    underWay.set(name, reading);
    try {
      return await reading;
    } catch (error) {
      // Fails toward going on: an old value beats no page. A secret that is gone or forbidden (ConfigError) stays an error.
      if (known !== undefined && error instanceof TransientError) return known.text;
      throw error;
    }
  };
}

async function fetchSecret(client: SecretsManager, name: string): Promise<string> {
  try {
    const answer = await client.send(new GetSecretValueCommand({ SecretId: name }));
    if (answer.SecretString === undefined) throw new ConfigError(`Secret ${name} is binary; store it as text.`);
    return answer.SecretString;
  } catch (error) {
    throw describeFailure(name, error);
  }
}

function describeFailure(name: string, error: unknown): LatchkeyError {
  if (error instanceof LatchkeyError) return error;
  if (error instanceof ResourceNotFoundException)
    return new ConfigError(`Secret ${name} does not exist in Secrets Manager, or has no value yet; create it.`, error);
  if (error instanceof InvalidRequestException)
    return new ConfigError(`Secret ${name} is marked for deletion; restore it.`, error);
  if (error instanceof DecryptionFailure)
    return new ConfigError(`Secret ${name} cannot be decrypted; allow this function its KMS key.`, error);
  if (error instanceof Error && error.name === 'AccessDeniedException')
    return new ConfigError(`This function may not read secret ${name}; check its role and the secret's policy.`, error);
  return new TransientError(`Secret ${name} could not be read from Secrets Manager.`, error);
}

/** Printable ASCII without spaces: anything else would break, or be refused, as an HTTP header. */
const Token = z.string().check(z.regex(/^[\x21-\x7e]{1,4096}$/));
/** As a token, spaces inside allowed: the operator chose the text. */
const HeaderText = z.string().check(z.regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,4094}[\x21-\x7e])?$/));

const TokenForm = z.strictObject({ token: Token });
const RotatingForm = z.strictObject({ current: HeaderText, previous: z.optional(HeaderText) });
const RoutingForm = z.strictObject({ routingKey: Token, healthRoutingKey: z.optional(Token) });
const WebhookForm = z.strictObject({ url: Token.check(z.refine(isWebhookUrl)) });

function tokenOf(name: string, text: string): string {
  return parseForm(name, text, TokenForm, 'token', 'the token itself or {"token":"…"}, printable ASCII without spaces')
    .token;
}

function rotatingOf(name: string, text: string): RotatingSecret {
  const allowed = 'the secret itself or {"current":"…","previous":"…"}, printable ASCII';
  const { current, previous } = parseForm(name, text, RotatingForm, 'current', allowed);
  return previous === undefined ? { current } : { current, previous };
}

function routingKeysOf(name: string, text: string): RoutingKeys {
  const allowed = 'the routing key itself or {"routingKey":"…","healthRoutingKey":"…"}, printable ASCII without spaces';
  const { routingKey, healthRoutingKey } = parseForm(name, text, RoutingForm, 'routingKey', allowed);
  return { routingKey, healthRoutingKey: healthRoutingKey ?? routingKey };
}

function webhookUrlOf(name: string, text: string): string {
  const allowed = 'the https URL itself or {"url":"https://…"}, without user name and password';
  return parseForm(name, text, WebhookForm, 'url', allowed).url;
}

/** A text that starts with `{` is read as JSON; any other is the value of `rawKey`, without the newline editors add. */
function parseForm<T>(name: string, text: string, schema: z.core.$ZodType<T>, rawKey: string, allowed: string): T {
  const trimmed = text.trim();
  if (trimmed === '') throw new ConfigError(`Secret ${name} is empty; allowed is ${allowed}.`);
  const parsed = z.safeParse(schema, trimmed.startsWith('{') ? jsonOf(trimmed) : { [rawKey]: trimmed });
  if (parsed.success) return parsed.data;
  throw new ConfigError(`Secret ${name} is malformed; allowed is ${allowed}.`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Fails toward the ConfigError above; the parser's own message would quote the secret.
    return undefined;
  }
}
