import { toIso } from '../../../functions/core/time.ts';
import { requestJson } from '../../../functions/runtime/http.ts';
import type { Credential } from '../inputs.ts';
import { fail, type Line, ok, type Say } from '../report.ts';
import { type Checking, without } from './checking.ts';

/** `reference/pagerduty.md` §1. */
const ROUTING_KEY = /^[A-Za-z0-9]{32}$/;
const TIMEOUT_MS = 10_000;

/** The routing keys by their form; with `--send-test` by a test event that is resolved at once. */
export async function checkPagerDuty(say: Say, checking: Checking): Promise<void> {
  const { routingKey, healthRoutingKey } = checking.credentials;
  if (routingKey === undefined) {
    const cost = 'nobody can be paged; add an Events API v2 integration to your service';
    say(without('routingKey', 'routing key', cost, checking));
    if (checking.unread.healthRoutingKey !== undefined) return;
  } else await checkKey(say, 'routing key', routingKey, checking);
  if (healthRoutingKey === undefined || healthRoutingKey.value === routingKey?.value) {
    say(ok('health routing key', 'none of its own: trouble of the pipeline itself goes to the routing key'));
  } else await checkKey(say, 'health routing key', healthRoutingKey, checking);
}

async function checkKey(say: Say, what: string, key: Credential, checking: Checking): Promise<void> {
  if (!ROUTING_KEY.test(key.value)) {
    const { length } = key.value;
    say(fail(what, `${key.from} is no routing key (${length} characters, not 32 letters and digits): copy it again`));
    return;
  }
  if (!checking.sendTest) {
    say(ok(what, 'has the right form; whether PagerDuty knows it is seen with --send-test'));
    return;
  }
  // The test of one key says nothing of the other's service.
  const dedupKey = `latchkey-doctor/${checking.clock.now()}/${what.replaceAll(' ', '-')}`;
  const triggered = await send(key, triggerOf(dedupKey, checking), checking);
  const problem = triggered ?? (await send(key, { event_action: 'resolve', dedup_key: dedupKey }, checking));
  say(problem === undefined ? accepted(what) : fail(what, problem));
}

function accepted(what: string): Line {
  return ok(what, 'PagerDuty took a test event and its end; look for “Latchkey doctor” among the service’s alerts');
}

function triggerOf(dedupKey: string, { clock }: Checking): object {
  return {
    event_action: 'trigger',
    dedup_key: dedupKey,
    payload: {
      summary: 'Latchkey doctor: a test that ends itself, nothing to do',
      source: 'latchkey/doctor',
      severity: 'info',
      timestamp: toIso(clock.now()),
      component: 'latchkey',
      class: 'pipeline-health',
    },
  };
}

/** What is wrong with the key or the way to PagerDuty; undefined when it took the event. */
async function send(key: Credential, event: object, { urls, fetch }: Checking): Promise<string | undefined> {
  const { status } = await requestJson(fetch, {
    url: `${urls.pagerduty.replace(/\/+$/, '')}/v2/enqueue`,
    method: 'POST',
    headers: { accept: 'application/json' },
    body: { routing_key: key.value, ...event },
    timeoutMs: TIMEOUT_MS,
  });
  if (status >= 200 && status < 300) return undefined;
  if (status === 400 || status === 401 || status === 403) {
    return `PagerDuty refuses ${key.from} (${status}): copy the integration key again; a service in the EU needs pagerduty.eventsUrl https://events.eu.pagerduty.com`;
  }
  if (status === 429) return 'PagerDuty takes no more events for this key just now (429): try again in a minute';
  return `PagerDuty answered ${status}: check pagerduty.eventsUrl`;
}
