import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { type BedrockStandIn, startBedrockStandIn } from '../../../../infra/local/stand-ins/bedrock.ts';
import { sleepingClock } from '../../../support/pager-facts.ts';

const SIGNED = { authorization: 'AWS4-HMAC-SHA256 Credential=x' };
const LLAMA = 'us.meta.llama4-scout-17b-instruct-v1:0';
const TOOLS = { tools: [{ toolSpec: { name: 'report', inputSchema: { json: {} } } }] };

let standIn: BedrockStandIn;
beforeEach(async () => {
  standIn = await startBedrockStandIn({ clock: sleepingClock() });
});
afterEach(() => standIn.close());

async function converse(modelId: string, body: object | string, headers: Record<string, string> = SIGNED) {
  const response = await fetch(`${standIn.url}/model/${encodeURIComponent(modelId)}/converse`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, type: response.headers.get('x-amzn-errortype'), body: await response.json() };
}
const withDocument = (document: object, more: object = {}) => ({
  messages: [{ role: 'user', content: [{ text: `b1\n${JSON.stringify(document)}\nb1` }] }],
  toolConfig: TOOLS,
  ...more,
});
const DOCUMENT = {
  totals: { id: 't1', addresses: 1204, requests: 84_000 },
  countries: [{ id: 'c1', country: 'NL', addresses: 400, percent_of_addresses: 33 }],
};
const Reported = z.object({
  body: z.object({
    output: z.object({
      message: z.object({ content: z.tuple([z.object({ toolUse: z.object({ input: z.unknown() }) })]) }),
    }),
  }),
});
const inputOf = (answer: unknown) => Reported.parse(answer).body.output.message.content[0].toolUse.input;

describe('Bedrock stand-in', () => {
  it('computes its answer from the document it was given', async () => {
    const first = inputOf(await converse(LLAMA, withDocument(DOCUMENT)));
    expect(first).toMatchObject({
      summary: [{ text: 'Bots at 1204 addresses sent about 84000 requests.', evidence: ['t1'] }],
      geography: [{ text: 'NL stands for 400 addresses, 33 percent.', evidence: ['c1'] }],
    });
    const second = inputOf(
      await converse(LLAMA, withDocument({ ...DOCUMENT, totals: { id: 't1', addresses: 7, requests: 9 } })),
    );
    expect(second).toMatchObject({ summary: [{ text: 'Bots at 7 addresses sent about 9 requests.' }] });
  });

  it('computes its answer about a monitor from the events, and from what was found', async () => {
    const facet = (id: string, value: string, events: number) => ({
      distinct: 31,
      most: [{ id, value, events, percent: 40 }],
    });
    const monitor = (events: number, more: object = {}) => ({
      ...DOCUMENT,
      monitor: { id: 't2', zone: 'example.com', events, times_the_reference: 12 },
      events_by: {
        address: facet('ea1', '198.51.100.7', 50),
        country: facet('ec1', 'BR', 70),
        rule: facet('er1', 'Log', 9),
      },
      events: [{ id: 'e1', events: 50, address: '198.51.100.7', source: 'rateLimit', action: 'block', rule: 'Log' }],
      ...more,
    });
    expect(inputOf(await converse(LLAMA, withDocument(monitor(120))))).toEqual({
      summary: [
        { text: 'example.com had 120 security events from 31 addresses, 12 times the reference.', evidence: ['t2'] },
        { text: 'The largest group has 50 events of 198.51.100.7: rateLimit, block under "Log".', evidence: ['e1'] },
      ],
      severity: 'high',
      geography: [{ text: 'BR stands for 70 events, 40 percent.', evidence: ['ec1'] }],
      asns: [],
      targets: [],
      patterns: [{ text: 'Log stands for 9 events, 40 percent.', evidence: ['er1'] }],
      actions: [
        { action: 'review-cloudflare-rule', claim: { text: '"Log" acted 9 times.', evidence: ['er1'] } },
        expect.objectContaining({ action: 'block-address-at-cloudflare' }),
      ],
    });
    const finding = {
      id: 'f1',
      credential: 'token 7',
      score: 90,
      verdict: 'confirmed',
      decision: 'page',
      matched_events: 3,
    };
    const found = inputOf(await converse(LLAMA, withDocument(monitor(7, { findings: [finding] }))));
    expect(found).toMatchObject({
      severity: 'critical',
      summary: [{ text: expect.stringContaining('7 security events') }, {}, { evidence: ['f1'] }],
    });
    const { actions } = z.object({ actions: z.array(z.object({ action: z.string() })) }).parse(found);
    expect(actions.map(({ action }) => action)).toEqual([
      'contact-owner',
      'review-credential-activity',
      'review-cloudflare-rule',
    ]);
  });

  it.each([
    [
      'a forced tool',
      LLAMA,
      { toolConfig: { ...TOOLS, toolChoice: { tool: { name: 'report' } } } },
      /toolChoice\.tool field/,
    ],
    ['any tool', LLAMA, { toolConfig: { ...TOOLS, toolChoice: { any: {} } } }, /toolChoice\.any field/],
    ['a schema', 'us.amazon.nova-lite-v1:0', { outputConfig: { textFormat: {} } }, /outputConfig/],
    [
      'a forced tool of Mistral',
      'mistral.mistral-large-2407-v1:0',
      { toolConfig: { ...TOOLS, toolChoice: { tool: {} } } },
      /toolChoice\.tool/,
    ],
    ['a base id without profile', 'meta.llama4-scout-17b-instruct-v1:0', {}, /on-demand throughput isn’t supported/],
    ['an id of no form', 'nonsense', {}, /identifier is invalid/],
    ['too many tokens', LLAMA, { inferenceConfig: { maxTokens: 100_000 } }, /exceeds the model limit/],
    ['no messages', LLAMA, { messages: [] }, /messages field/],
    ['a first turn of the assistant', LLAMA, { messages: [{ role: 'assistant', content: [] }] }, /start with a user/],
  ])('refuses %s', async (_what, modelId, more, message) => {
    const answer = await converse(modelId, withDocument(DOCUMENT, more));
    expect(answer).toMatchObject({
      status: 400,
      type: 'ValidationException',
      body: { message: expect.stringMatching(message) },
    });
    expect(standIn.asked).toHaveLength(0);
  });

  it('asks for a signature and for JSON', async () => {
    expect(await converse(LLAMA, {}, {})).toMatchObject({ status: 403, type: 'AccessDeniedException' });
    expect(await converse(LLAMA, '{')).toMatchObject({ status: 400, type: 'SerializationException' });
  });

  it('behaves badly in the order it is told, then as usual', async () => {
    standIn.faults.next = ['refusal', 'hostile'];
    expect(JSON.stringify((await converse(LLAMA, withDocument(DOCUMENT))).body)).toContain("I can't help");
    expect(JSON.stringify((await converse(LLAMA, withDocument(DOCUMENT))).body)).toContain('evil.example');
    expect(inputOf(await converse(LLAMA, withDocument(DOCUMENT)))).toMatchObject({ severity: 'low' });
  });
});
