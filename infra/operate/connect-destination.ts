import { TransientError } from '../../functions/runtime/errors.ts';
import { type Fetch, requestJson } from '../../functions/runtime/http.ts';
import { type Alerting, whyRefused } from './alerting.ts';
import type { Credential } from './inputs.ts';
import { fail, ok, type Say } from './report.ts';

const DESTINATION_NAME = 'Latchkey';

export interface DestinationRequest {
  readonly url: string;
  readonly secret: Credential;
  readonly dryRun: boolean;
  readonly fetch: Fetch;
}

/**
 * Makes the destination, or writes our secret to the one that is there: it is never shown, so only writing it makes sure
 * that it is ours.
 * @returns its id; undefined when it would only be made
 */
export async function connectDestination(
  say: Say,
  alerting: Alerting,
  { url, secret, dryRun, fetch }: DestinationRequest,
): Promise<string | undefined | 'refused'> {
  const what = 'webhook destination';
  const known = (await alerting.destinations()).find((one) => isSameUrl(one.url, url));
  const verb = known === undefined ? 'created' : 'updated';
  if (dryRun) {
    say(ok(what, `would be ${verb}: ${url}`));
    return known?.id;
  }
  if (known !== undefined && (await refusesSecret(url, secret, fetch))) {
    say(fail(what, `left as it is: the endpoint at ${url} ${whyStatus(401)}`));
    return 'refused';
  }
  const body = { name: known?.name || DESTINATION_NAME, url, secret: secret.value };
  const answer = await (known === undefined
    ? alerting.createDestination(body)
    : alerting.changeDestination(known.id, body));
  if (answer.status >= 300) {
    say(fail(what, `not ${verb}: ${whyDestination(answer.refusal) ?? whyRefused(answer)}`));
    return 'refused';
  }
  const id = known?.id ?? idOf(answer.result) ?? (await alerting.destinations()).find((one) => one.url === url)?.id;
  if (id === undefined) {
    say(fail(what, 'Cloudflare took it but does not tell its id: run this again'));
    return 'refused';
  }
  say(ok(what, `${verb}: ${url}`));
  return id;
}

function isSameUrl(a: string, b: string): boolean {
  return URL.parse(a)?.href === URL.parse(b)?.href;
}

function idOf(result: unknown): string | undefined {
  if (typeof result !== 'object' || result === null || !('id' in result)) return undefined;
  return typeof result.id === 'string' ? result.id : undefined;
}

const TIMEOUT_MS = 15_000;

/**
 * Cloudflare tests a destination when it is made, not when it is changed: writing a secret that the endpoint does not
 * know would end every webhook without a word.
 */
async function refusesSecret(url: string, secret: Credential, fetch: Fetch): Promise<boolean> {
  try {
    const { status } = await requestJson(fetch, {
      url,
      method: 'POST',
      headers: { 'cf-webhook-auth': secret.value },
      body: { text: 'This is a test message of npm run connect.' },
      timeoutMs: TIMEOUT_MS,
    });
    return status === 401;
  } catch (error) {
    // Fails toward writing it: that this machine cannot reach the endpoint says nothing of Cloudflare.
    if (error instanceof TransientError) return false;
    throw error;
  }
}

/** The endpoint refused Cloudflare's test message (`reference/cloudflare.md` §1.3): what that means, by its status. */
function whyDestination(refusal: string): string | undefined {
  if (!/test failed|failed.{0,20}test/i.test(refusal)) return undefined;
  const status = Number(/status code (\d{3})/.exec(refusal)?.[1]);
  const told = Number.isNaN(status) ? 'no answer' : status;
  return `the endpoint refused Cloudflare’s test message (${told}): it ${whyStatus(status)}`;
}

function whyStatus(status: number): string {
  if (status === 401 || status === 403) {
    return 'does not know this secret; store the text of CLOUDFLARE_WEBHOOK_SECRET in the secret latchkey/cloudflare-webhook, wait five minutes, and run this again';
  }
  if (status === 404) return 'is not at that URL; take the stack’s output WebhookUrl';
  return 'is not ready; deploy the stack and store its secrets first, then run this again';
}
