import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ANSWER_TOOL } from '../../functions/adapters/bedrock/answer-tool.ts';
import { BedrockModel } from '../../functions/adapters/bedrock/model.ts';
import { capabilitiesOf, modelIdOf } from '../../functions/adapters/bedrock/model-families.ts';
import { evidenceDocument } from '../../functions/analyze/evidence-document.ts';
import { systemPrompt, userPrompt } from '../../functions/analyze/prompt.ts';
import { validateAnswer } from '../../functions/analyze/validate-answer.ts';
import { identifyEvidence } from '../../functions/core/evidence-ids.ts';
import { type BedrockStandIn, bedrockError, startBedrockStandIn } from '../../infra/local/stand-ins/bedrock.ts';
import { AT, COVERAGE, findingOf, sightingOf, sleepingClock, stateOf } from '../support/pager-facts.ts';

const LLAMA = 'us.meta.llama4-scout-17b-instruct-v1:0';
const DOCUMENT = evidenceDocument(
  identifyEvidence([findingOf()], [sightingOf('203.0.113.7'), sightingOf('198.51.100.3', { country: 'DE' })], COVERAGE),
  stateOf(),
  { includeOwners: false, eventTokens: 6_000 },
);
const BOUNDARY = 'latchkey-data-1';

let standIn: BedrockStandIn;
let clock: ReturnType<typeof sleepingClock>;
let client: BedrockRuntimeClient;

beforeEach(async () => {
  clock = sleepingClock(AT, 'pause');
  standIn = await startBedrockStandIn({ clock });
  client = new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint: standIn.url,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
  });
});
afterEach(async () => {
  client.destroy();
  await standIn.close();
});

function ask(modelId: string, signal: AbortSignal = new AbortController().signal, model = modelOf(modelId)) {
  return model.ask({ system: systemPrompt(BOUNDARY, 'spike'), user: userPrompt(BOUNDARY, DOCUMENT.text), signal });
}
const modelOf = (modelId: string) => new BedrockModel({ client, modelId, clock, random: () => 0.5 });
const choiceOf = (index: number) =>
  (standIn.asked[index]?.body.toolConfig as { toolChoice?: object } | undefined)?.toolChoice;

describe('asking Bedrock', () => {
  it.each([
    [LLAMA, undefined],
    ['us.amazon.nova-lite-v1:0', { tool: { name: ANSWER_TOOL } }],
    ['us.anthropic.claude-sonnet-4-6', { tool: { name: ANSWER_TOOL } }],
    ['mistral.mistral-large-2407-v1:0', { any: {} }],
    ['us.writer.palmyra-x5-v1:0', undefined],
  ])('asks %s in the form its family takes', async (modelId, choice) => {
    const reply = await ask(modelId);
    expect(reply).toMatchObject({
      outcome: 'answered',
      usage: { stopReason: 'tool_use', inputTokens: expect.any(Number) },
    });
    expect(choiceOf(0)).toEqual(choice);
    expect(standIn.asked[0]).toMatchObject({ modelId, body: { inferenceConfig: { maxTokens: 1500, temperature: 0 } } });
  });

  it('gets an answer that was computed from the evidence and holds', async () => {
    const reply = await ask(LLAMA);
    const validated = reply.outcome === 'answered' ? validateAnswer(reply.answer, DOCUMENT) : undefined;
    expect(validated).toMatchObject({ ok: true, dropped: 0, analysis: { severity: 'critical' } });
    expect(JSON.stringify(validated)).toContain(
      'Token 812 (scopes api) was used from 203.0.113.7, 2026-11-20T18:55:00.000Z',
    );
  });

  it.each(['text', 'answer'] as const)('reads the report given as %s', async (behaviour) => {
    standIn.faults.behaviour = behaviour;
    const reply = await ask(LLAMA);
    expect(reply).toMatchObject({ outcome: 'answered', answer: { severity: 'critical' } });
  });

  it.each([
    ['malformed', 'unusable', 'the model answered without the report'],
    ['refusal', 'unusable', 'the model answered without the report'],
    ['cut', 'unusable', 'the model stopped with max_tokens'],
    ['filtered', 'failed', 'the model stopped with guardrail_intervened'],
  ] as const)('takes %s for %s', async (behaviour, outcome, why) => {
    standIn.faults.behaviour = behaviour;
    expect(await ask(LLAMA)).toMatchObject({ outcome, why });
  });

  it('learns from a refused tool choice and asks again without', async () => {
    standIn.faults.answers = [
      bedrockError(
        400,
        'ValidationException',
        "This model doesn't support the toolConfig.toolChoice.tool field. Remove toolConfig.toolChoice.tool and try again.",
      ),
    ];
    const model = modelOf('us.amazon.nova-lite-v1:0');
    expect(await ask('', undefined, model)).toMatchObject({ outcome: 'answered' });
    expect(await ask('', undefined, model)).toMatchObject({ outcome: 'answered' });
    expect(standIn.seen.map(({ status }) => status)).toEqual([400, 200, 200]);
    expect([choiceOf(0), choiceOf(1)]).toEqual([undefined, undefined]);
  });

  it('falls back to a schema where the tool cannot be forced, and to neither', async () => {
    standIn.faults.answers = [
      bedrockError(400, 'ValidationException', "This model doesn't support the toolConfig.toolChoice.tool field."),
      bedrockError(400, 'ValidationException', "This model doesn't support the outputConfig.textFormat field."),
    ];
    const model = modelOf('us.anthropic.claude-sonnet-4-6');
    expect(await ask('', undefined, model)).toMatchObject({ outcome: 'answered' });
    expect(standIn.asked[0]?.body).not.toHaveProperty('outputConfig');
    standIn.faults.answers = [
      bedrockError(400, 'ValidationException', "This model doesn't support the toolConfig.toolChoice.tool field."),
    ];
    await ask('us.anthropic.claude-sonnet-4-6');
    expect(standIn.asked[1]?.body).toMatchObject({ outputConfig: { textFormat: { type: 'json_schema' } } });
  });

  it('leaves out a temperature the model does not take', async () => {
    standIn.faults.answers = [bedrockError(400, 'ValidationException', '`temperature` is not supported on this model')];
    expect(await ask('us.anthropic.claude-sonnet-5')).toMatchObject({ outcome: 'answered' });
    expect(standIn.asked[0]?.body.inferenceConfig).toEqual({ maxTokens: 1500 });
  });

  it('tries again quickly when throttled', async () => {
    standIn.faults.answers = [
      bedrockError(429, 'ThrottlingException', 'Too many requests'),
      bedrockError(503, 'ServiceUnavailableException', 'Busy'),
    ];
    expect(await ask(LLAMA)).toMatchObject({ outcome: 'answered' });
    expect(clock.slept).toEqual([300, 600]);
  });

  it.each([
    [429, 'ThrottlingException', /throttling/, 3],
    [403, 'AccessDeniedException', /denied access/, 1],
    [404, 'ResourceNotFoundException', /no such model/, 1],
    [500, 'InternalServerException', /Bedrock failed/, 3],
    [400, 'ValidationException', /refused the request/, 1],
  ])('says why after %s %s, in our own words', async (status, name, why, requests) => {
    standIn.faults.answers = [{ ...bedrockError(status, name, 'SECRET ECHO'), times: 9 }];
    const reply = await ask(LLAMA);
    expect(reply).toMatchObject({ outcome: 'failed', why: expect.stringMatching(why) });
    expect(JSON.stringify(reply)).not.toContain('SECRET');
    expect(standIn.seen).toHaveLength(requests);
  });

  it('says that a base id needs its profile', async () => {
    expect(await ask('meta.llama4-scout-17b-instruct-v1:0')).toMatchObject({ outcome: 'failed' });
  });

  it.each(['down', 'truncate'] as const)('fails when the connection is %s', async (fault) => {
    standIn.faults[fault] = true;
    expect(await ask(LLAMA)).toMatchObject({ outcome: 'failed' });
  });

  it('is late when the signal ends a hanging request', async () => {
    standIn.faults.hang = true;
    const limit = new AbortController();
    const reply = ask(LLAMA, limit.signal);
    await expect.poll(() => standIn.seen.length).toBe(1);
    limit.abort();
    expect(await reply).toEqual({ outcome: 'late' });
  });
});

describe('models', () => {
  it('have names for people', () => {
    expect(modelIdOf('')).toBeUndefined();
    expect(modelIdOf('fast')).toBe(LLAMA);
    expect(modelIdOf('quality')).toMatch(/^us\.anthropic\.claude-sonnet-/);
    expect(modelIdOf('amazon.nova-pro-v1:0')).toBe('amazon.nova-pro-v1:0');
    expect(modelIdOf('constructor')).toBe('constructor');
  });

  it('are known behind profiles and ARNs', () => {
    const arn = 'arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0';
    expect(capabilitiesOf(arn)).toMatchObject({ toolChoice: 'tool', jsonSchema: true });
    expect(capabilitiesOf('us.anthropic.claude-sonnet-5')).toMatchObject({ toolChoice: 'tool', jsonSchema: false });
    expect(capabilitiesOf('arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc')).toMatchObject({
      toolChoice: 'auto',
      jsonSchema: false,
    });
  });
});
