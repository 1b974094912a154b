import { arrayAt, objectAt, parseJson, stringAt } from './json.ts';
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
 * @param tell is given a line before each post, and one with its answer.
 * @param stopped aborted: nothing more is posted, and what was played so far is the answer.
 */
export async function playSample(
  stack: Pick<LocalStack, 'apiUrl' | 'webhookSecret' | 'world' | 'waitForIdle'>,
  tell: (line: string) => void,
  stopped?: AbortSignal,
): Promise<Played[]> {
  const played: Played[] = [];
  for (const delivery of sampleDeliveries(stack.world)) {
    if (stopped?.aborted) break;
    tell(`\nPOST ${delivery.name}`);
    const response = await fetch(`${stack.apiUrl}/webhooks/cloudflare`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'cf-webhook-auth': stack.webhookSecret },
      body: JSON.stringify(delivery.body),
    });
    const caseId = stringAt(parseJson(await response.text()), 'caseId');
    tell(`  answered ${response.status}${caseId === undefined ? '' : `, case ${caseId}`}`);
    played.push({ delivery, status: response.status, caseId });
    await stack.waitForIdle();
  }
  return played;
}

/** What judging a run looks at. */
export type RunResult = Pick<LocalStack, 'executions' | 'outbox' | 'standIns' | 'remembers'>;

/**
 * What did not end as it should: one sentence each, none when all is well. Answers and endings are always judged; what
 * went to PagerDuty only where every system is a stand-in, as nobody else's evidence is known here. That includes what
 * the hunt and the monitor sent: the sample's send nothing, as the spike has paged for all there is.
 */
export function judgeSample(run: RunResult, played: readonly Played[]): string[] {
  if (played.length === 0) return ['The sample has no deliveries'];
  const cases = played.filter(({ delivery }) => delivery.expected.opensCase);
  const executions = run.executions().filter(({ trigger }) => trigger === 'spike').length;
  const count = executions === cases.length ? [] : [`${executions} cases ran, expected ${cases.length}`];
  const endings = cases.flatMap((one) => judgeEnding(run, one));
  const events = isOurs(run) ? [...cases.flatMap((one) => judgePages(run, one)), ...judgeOthers(run, cases)] : [];
  return [...played.flatMap((one) => judgeAnswer(one)), ...count, ...endings, ...events];
}

/**
 * The link to its case on the first page that PagerDuty's stand-in accepted: what on-call would click. Undefined where
 * nobody was paged, or somebody else's pager was.
 */
export function sampleCaseLink({ outbox, apiUrl }: Pick<LocalStack, 'outbox' | 'apiUrl'>): string | undefined {
  const pages = outbox().pagerduty.filter(({ body }) => isPage(body));
  const links = pages.flatMap(({ body }) => [
    ...arrayAt(body, 'links').map((link) => stringAt(link, 'href')),
    stringAt(body, 'client_url'),
  ]);
  return links.find((href) => href?.startsWith(`${apiUrl}/cases/`));
}

/** True where the evidence and the pager are the sample's own: what should come of it is known to the last event. */
export function isOurs({ standIns }: Pick<LocalStack, 'standIns'>): boolean {
  const { cloudflare, gitlab, axiom, pagerduty } = standIns;
  return [cloudflare, gitlab, axiom, pagerduty].every((standIn) => standIn !== undefined);
}

function judgeAnswer({ delivery, status }: Played): string[] {
  const { expected, name } = delivery;
  return status === expected.status ? [] : [`${name}: answered ${status}, expected ${expected.status}`];
}

function judgeEnding(run: RunResult, { delivery, caseId }: Played): string[] {
  const execution = run.executions().find((one) => one.caseId === caseId);
  if (execution === undefined) return [`${delivery.name}: no execution ran for its case`];
  const { status, error } = execution;
  if (status === 'SUCCEEDED') return [];
  return [`${delivery.name}: its case ended ${status}${error === undefined ? '' : ` (${error})`}`];
}

function judgePages(run: RunResult, { delivery, caseId }: Played): string[] {
  const { expected, name } = delivery;
  const pages = run.outbox().pagerduty.filter(({ body }) => isPageOf(body, caseId)).length;
  const isRight = run.remembers ? pages <= expected.pages : pages === expected.pages;
  return isRight ? [] : [`${name}: ${pages} pages were sent, expected ${expected.pages}`];
}

/** Nothing in the sample is wrong with the pipeline itself, and nothing else is worth an event. */
function judgeOthers(run: RunResult, cases: readonly Played[]): string[] {
  const others = run.outbox().pagerduty.filter(({ body }) => !cases.some(({ caseId }) => isPageOf(body, caseId)));
  return others.map(
    ({ body }) => `PagerDuty was also told: ${stringAt(objectAt(body, 'payload'), 'summary') ?? 'an event'}`,
  );
}

/** A page that names the case. */
function isPageOf(body: unknown, caseId: string | undefined): boolean {
  return isPage(body) && stringAt(objectAt(objectAt(body, 'payload'), 'custom_details'), 'case_id') === caseId;
}

/** A trigger of class `token-abuse`: what would have woken somebody. */
function isPage(body: unknown): boolean {
  return stringAt(body, 'event_action') === 'trigger' && stringAt(objectAt(body, 'payload'), 'class') === 'token-abuse';
}
