import { objectAt, parseJson, stringAt } from './json.ts';
import { type SampleDelivery, sampleDeliveries } from './scenario/sample.ts';
import type { LocalStack } from './stack.ts';

/** One delivery, and what was answered. */
export interface Played {
  readonly delivery: SampleDelivery;
  readonly status: number;
  readonly caseId: string | undefined;
}

/**
 * Posts the sample's deliveries over HTTP, as Cloudflare would, each when the case before it has ended.
 * @param onPosted is told of each answer.
 */
export async function playSample(stack: LocalStack, onPosted: (played: Played) => void): Promise<Played[]> {
  const played: Played[] = [];
  for (const delivery of sampleDeliveries(stack.world)) {
    const response = await fetch(`${stack.apiUrl}/webhooks/cloudflare`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'cf-webhook-auth': stack.webhookSecret },
      body: JSON.stringify(delivery.body),
    });
    const caseId = stringAt(parseJson(await response.text()), 'caseId');
    const one = { delivery, status: response.status, caseId };
    played.push(one);
    onPosted(one);
    await stack.waitForIdle();
  }
  return played;
}

/**
 * What did not end as it should: one sentence each, none when all is well. Answers and endings are always judged; the
 * pages only where Cloudflare, GitLab and PagerDuty are stand-ins, as nobody else's evidence is known here.
 */
export function judgeSample(stack: LocalStack, played: readonly Played[]): string[] {
  if (played.length === 0) return ['The sample has no deliveries'];
  const cases = played.filter(({ delivery }) => delivery.expected.opensCase);
  const executions = stack.executions().length;
  const count = executions === cases.length ? [] : [`${executions} cases ran, expected ${cases.length}`];
  return [...count, ...played.flatMap((one) => judgeAnswer(one)), ...cases.flatMap((one) => judgeCase(stack, one))];
}

function judgeAnswer({ delivery, status }: Played): string[] {
  const { expected, name } = delivery;
  return status === expected.status ? [] : [`${name}: answered ${status}, expected ${expected.status}`];
}

function judgeCase(stack: LocalStack, { delivery, caseId }: Played): string[] {
  const { expected, name } = delivery;
  const execution = stack.executions().find((one) => one.caseId === caseId);
  if (execution === undefined) return [`${name}: no execution ran for its case`];
  const { status, error } = execution;
  if (status !== 'SUCCEEDED') return [`${name}: its case ended ${status}${error === undefined ? '' : ` (${error})`}`];
  const { cloudflare, gitlab, pagerduty } = stack.standIns;
  if (cloudflare === undefined || gitlab === undefined || pagerduty === undefined) return [];
  const pages = pagesOf(stack, caseId);
  return pages === expected.pages ? [] : [`${name}: ${pages} pages were sent, expected ${expected.pages}`];
}

/** Triggers of class `token-abuse` that name the case: what would have woken somebody. */
function pagesOf(stack: LocalStack, caseId: string | undefined): number {
  return stack.outbox().pagerduty.filter(({ body }) => {
    const payload = objectAt(body, 'payload');
    if (stringAt(body, 'event_action') !== 'trigger' || stringAt(payload, 'class') !== 'token-abuse') return false;
    return stringAt(objectAt(payload, 'custom_details'), 'case_id') === caseId;
  }).length;
}
