import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeServer, listen } from '../../../infra/local/local-server.ts';
import { readBody } from '../../../infra/local/request-body.ts';
import {
  judgeSample,
  type Played,
  playSample,
  type RunResult,
  sampleCaseLink,
} from '../../../infra/local/sample-run.ts';
import { sampleDeliveries, sampleWorld } from '../../../infra/local/scenario/sample.ts';
import { standIns } from './own-stand-ins.ts';

const delivery = (name: string, expected: Played['delivery']['expected']) => ({ name, body: {}, expected });
const PLAYED: Played[] = [
  { delivery: delivery('spike', { status: 202, opensCase: true, pages: 1 }), status: 202, caseId: 'c1' },
  { delivery: delivery('again', { status: 200, opensCase: false, pages: 0 }), status: 200, caseId: 'c1' },
];

const page = (caseId: string, kind = 'token-abuse') => ({
  at: '2026-04-10T13:00:00.000Z',
  body: { event_action: 'trigger', payload: { class: kind, summary: 'words', custom_details: { case_id: caseId } } },
});
const execution = (caseId: string, status: 'SUCCEEDED' | 'FAILED' = 'SUCCEEDED', trigger = 'spike') => {
  return { id: caseId, trigger, caseId, status, states: [], output: {} };
};

function judged(fields: Partial<RunResult> & { pagerduty?: ReturnType<typeof page>[] }, played = PLAYED): string {
  const run: RunResult = {
    executions: () => [execution('c1')],
    outbox: () => ({ pagerduty: fields.pagerduty ?? [page('c1')], alerts: [], axiom: {} }),
    standIns: standIns(),
    remembers: false,
    ...fields,
  };
  return judgeSample(run, played).join('\n');
}

describe('sampleCaseLink', () => {
  const apiUrl = 'http://127.0.0.1:8';
  const caseUrl = `${apiUrl}/cases/c1?expires=1&signature=s`;
  const linked = (body: object) => {
    const pagerduty = [{ ...page('c1'), body: { ...page('c1').body, ...body } }];
    return sampleCaseLink({ apiUrl, outbox: () => ({ pagerduty, alerts: [], axiom: {} }) });
  };

  it('is the one to the case, of the first page that was accepted', () => {
    expect(linked({ links: [{ href: 'https://gitlab.example/x' }, { href: caseUrl }] })).toBe(caseUrl);
    expect(linked({ links: 'none', client_url: caseUrl })).toBe(caseUrl);
  });

  it.each([
    ['a page without links', {}],
    ['a page that leads elsewhere', { links: [{ href: `https://elsewhere.example/cases/c1` }] }],
    ['an update', { event_action: 'acknowledge', client_url: caseUrl }],
    ['a health event', { payload: { class: 'pipeline-health' }, client_url: caseUrl }],
  ])('is not on %s', (_, body) => {
    expect(linked(body)).toBeUndefined();
  });
});

describe('judgeSample', () => {
  it('is content when every answer, case and page is as expected', () => {
    expect(judged({})).toBe('');
  });

  it.each([
    ['a wrong answer', {}, PLAYED.map((one) => ({ ...one, status: 500 })), 'spike: answered 500, expected 202'],
    ['no page', { pagerduty: [] }, PLAYED, 'spike: 0 pages were sent, expected 1'],
    ['a page too many', { pagerduty: [page('c1'), page('c1')] }, PLAYED, 'spike: 2 pages were sent, expected 1'],
    ["another case's page", { pagerduty: [page('c1'), page('c2')] }, PLAYED, 'PagerDuty was also told: words'],
    ['a health event', { pagerduty: [page('c1'), page('c1', 'pipeline-health')] }, PLAYED, 'also told'],
    ['a failed case', { executions: () => [execution('c1', 'FAILED')] }, PLAYED, 'spike: its case ended FAILED'],
    ['a case too many', { executions: () => [execution('c1'), execution('c2')] }, PLAYED, '2 cases ran, expected 1'],
    ['a lost case', { executions: () => [execution('c2')] }, PLAYED, 'spike: no execution ran'],
    ['nothing played', {}, [], 'no deliveries'],
  ])('names %s', (_, fields, played, problem) => {
    expect(judged(fields, played)).toContain(problem);
  });

  it('judges no pages where evidence or pager are not ours', () => {
    expect(judged({ standIns: {}, pagerduty: [] })).toBe('');
    const { axiom: _, ...others } = standIns();
    expect(judged({ standIns: others, pagerduty: [] })).toBe('');
  });

  it.each(['hunt', 'monitor'])('lets a %s be, but for what it sends', (trigger) => {
    const executions = () => [execution('c1'), execution('h1', 'SUCCEEDED', trigger)];
    expect(judged({ executions })).toBe('');
    expect(judged({ executions, pagerduty: [page('c1'), page('h1')] })).toContain('PagerDuty was also told: words');
  });

  it('expects no second page where the table remembers the first', () => {
    expect(judged({ remembers: true, pagerduty: [] })).toBe('');
    expect(judged({ remembers: true, pagerduty: [page('c1'), page('c1')] })).toContain('2 pages');
  });
});

describe('playSample', () => {
  const posted: unknown[] = [];
  const server = createServer(async (request, response) => {
    const body = (await readBody(request, 1_000_000))?.toString();
    posted.push([request.url, request.headers['cf-webhook-auth'], JSON.parse(body ?? '')]);
    response.writeHead(202).end('{"caseId":"c1"}');
  });
  let apiUrl = '';
  beforeAll(async () => {
    apiUrl = await listen(server);
  });
  afterAll(() => closeServer(server));

  it('posts every delivery with the secret, each after the case before it ended', async () => {
    const world = sampleWorld(Date.UTC(2026, 3, 10));
    const waits: number[] = [];
    const waitForIdle = async () => void waits.push(posted.length);
    const played = await playSample({ apiUrl, webhookSecret: 's', world, waitForIdle }, () => {});
    const bodies = sampleDeliveries(world).map(({ body }) => body);
    expect(posted).toEqual(bodies.map((body) => ['/webhooks/cloudflare', 's', body]));
    expect(waits).toEqual(bodies.map((_, index) => index + 1));
    expect(played.map(({ status, caseId }) => [status, caseId])).toEqual(bodies.map(() => [202, 'c1']));
  });
});
