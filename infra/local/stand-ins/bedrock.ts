import type { Clock } from '../../../functions/runtime/clock.ts';
import { isObject } from '../json.ts';
import { answerFor, documentIn, hostileAnswerFor } from './bedrock-answer.ts';
import { type Answer, type Asked, type FaultAnswer, type Faults, faults, type StandIn, serve } from './stand-in.ts';

/**
 * How the model behaves: `answer` calls the tool · `text` writes the same JSON as text · `malformed` breaks it off ·
 * `refusal` declines in prose · `filtered` is stopped by a guardrail · `cut` runs out of tokens · `hostile` says what an
 * attacker wants said.
 */
export type ModelBehaviour = 'answer' | 'text' | 'malformed' | 'refusal' | 'filtered' | 'cut' | 'hostile';

export interface BedrockFaults extends Faults {
  behaviour: ModelBehaviour;
  /** Behaviours of the next answers, before `behaviour` applies again. */
  next: ModelBehaviour[];
}

export interface BedrockStandInOptions {
  readonly clock: Clock;
  readonly port?: number;
  readonly faults?: Partial<BedrockFaults>;
}

export interface BedrockStandIn extends StandIn {
  readonly faults: BedrockFaults;
  /** Every request that was well-formed, oldest first. */
  readonly asked: { readonly modelId: string; readonly body: Readonly<Record<string, unknown>> }[];
}

/** An error as Bedrock sends it, for `faults.answers`. */
export function bedrockError(status: number, name: string, message: string): FaultAnswer {
  return { status, headers: { 'x-amzn-errortype': name }, body: { message } };
}

/** Converse of Bedrock's runtime (`reference/bedrock.md` §1, §2) over HTTP/1.1. `url` is the endpoint's root. */
export async function startBedrockStandIn(options: BedrockStandInOptions): Promise<BedrockStandIn> {
  const behaviour: ModelBehaviour = options.faults?.behaviour ?? 'answer';
  const live = {
    faults: { ...faults(options.faults), behaviour, next: options.faults?.next ?? [] },
    asked: [] as { modelId: string; body: Readonly<Record<string, unknown>> }[],
  };
  const server = await serve({
    name: 'bedrock',
    clock: options.clock,
    ...(options.port === undefined ? {} : { port: options.port }),
    faults: live.faults,
    answer: (asked) => converse(asked, live),
  });
  return Object.assign(live, server);
}

function converse(asked: Asked, live: Pick<BedrockStandIn, 'faults' | 'asked'>): Answer {
  const id = /^\/model\/([^/]+)\/converse$/.exec(asked.path)?.[1];
  if (id === undefined || asked.method !== 'POST') return error(404, 'UnknownOperationException', 'Unknown operation');
  if (!/^(?:AWS4-HMAC-SHA256|Bearer) /.test(asked.headers.authorization ?? '')) {
    return error(403, 'AccessDeniedException', 'Missing Authentication Token');
  }
  const modelId = decodeURIComponent(id);
  const body = parse(asked.text);
  if (body === undefined) return error(400, 'SerializationException', 'The request is not JSON');
  const problem = problemWith(modelId, body);
  if (problem !== undefined) return error(400, 'ValidationException', problem);
  live.asked.push({ modelId, body });
  return answerAs(live.faults.next.shift() ?? live.faults.behaviour, userTextOf(body), body);
}

/** What families take, written down apart from the product's table so that one checks the other. */
const FAMILIES: readonly { readonly name: RegExp; readonly choices: readonly string[]; readonly schema: boolean }[] = [
  { name: /meta\.llama/, choices: ['auto'], schema: false },
  { name: /amazon\.nova/, choices: ['auto', 'any', 'tool'], schema: false },
  {
    name: /anthropic\.claude-(?:haiku-4-5|sonnet-4-5|sonnet-4-6|opus-4-5|opus-4-6)/,
    choices: ['auto', 'any', 'tool'],
    schema: true,
  },
  { name: /anthropic\.claude/, choices: ['auto', 'any', 'tool'], schema: false },
  { name: /mistral\.mistral-large/, choices: ['auto', 'any'], schema: false },
];

const LARGEST_ANSWER = 8_192;

function problemWith(modelId: string, body: Readonly<Record<string, unknown>>): string | undefined {
  const base = modelId.split('/').at(-1) ?? modelId;
  if (!/^(?:[a-z-]+\.)?[a-z0-9-]+\.[\w.:-]+$/.test(base)) return 'The provided model identifier is invalid.';
  if (/^meta\.llama4/.test(base)) {
    return `Invocation of model ID ${base} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`;
  }
  const family = FAMILIES.find(({ name }) => name.test(base)) ?? { choices: ['auto'], schema: false };
  const toolConfig = isObject(body.toolConfig) ? body.toolConfig : {};
  const choice = isObject(toolConfig.toolChoice) ? Object.keys(toolConfig.toolChoice)[0] : undefined;
  if (choice !== undefined && !family.choices.includes(choice)) {
    return `This model doesn't support the toolConfig.toolChoice.${choice} field. Remove toolConfig.toolChoice.${choice} and try again.`;
  }
  if (body.outputConfig !== undefined && !family.schema) {
    return "This model doesn't support the outputConfig.textFormat field. Remove outputConfig.textFormat and try again.";
  }
  const limits = isObject(body.inferenceConfig) ? body.inferenceConfig : {};
  if (typeof limits.maxTokens === 'number' && limits.maxTokens > LARGEST_ANSWER) {
    return `The maximum tokens you requested exceeds the model limit of ${LARGEST_ANSWER}. Try again with a maximum tokens value that is lower than ${LARGEST_ANSWER}.`;
  }
  return messagesProblem(body.messages);
}

function messagesProblem(messages: unknown): string | undefined {
  if (!Array.isArray(messages) || messages.length === 0) return 'The messages field is required.';
  if (!messages.every((message) => isObject(message) && Array.isArray(message.content)))
    return 'The content field is required.';
  if (messages[0]?.role !== 'user') return 'A conversation must start with a user message.';
  return undefined;
}

function answerAs(behaviour: ModelBehaviour, user: string, body: Readonly<Record<string, unknown>>): Answer {
  const document = documentIn(user);
  const text = (content: string, stopReason = 'end_turn') => reply([{ text: content }], stopReason, user);
  if (behaviour === 'refusal') return text("I can't help with that request.");
  if (behaviour === 'filtered') return text('Blocked.', 'guardrail_intervened');
  if (document === undefined) return text('I see no evidence document.');
  const input = behaviour === 'hostile' ? hostileAnswerFor(document) : answerFor(document);
  const json = JSON.stringify(input);
  const half = json.slice(0, json.length / 2);
  if (behaviour === 'malformed') return text(`Here it is: ${half}`);
  if (behaviour === 'cut') return text(half, 'max_tokens');
  const tool = toolIn(body);
  if (behaviour === 'text' || tool === undefined) return text(`Here is the report:\n\`\`\`json\n${json}\n\`\`\``);
  return reply([{ toolUse: { toolUseId: 'tooluse_standin', name: tool, input } }], 'tool_use', user);
}

function reply(content: readonly object[], stopReason: string, user: string): Answer {
  const inputTokens = Math.ceil(user.length / 4);
  const outputTokens = Math.ceil(JSON.stringify(content).length / 4);
  return {
    status: 200,
    body: {
      output: { message: { role: 'assistant', content } },
      stopReason,
      usage: { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens },
      metrics: { latencyMs: 12 },
    },
  };
}

function toolIn(body: Readonly<Record<string, unknown>>): string | undefined {
  const tools = isObject(body.toolConfig) ? body.toolConfig.tools : undefined;
  const first: unknown = Array.isArray(tools) ? tools[0] : undefined;
  const spec = isObject(first) ? first.toolSpec : undefined;
  return isObject(spec) && typeof spec.name === 'string' ? spec.name : undefined;
}

function userTextOf({ messages }: Readonly<Record<string, unknown>>): string {
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : undefined;
  const content = isObject(last) && Array.isArray(last.content) ? last.content : [];
  return content
    .map((block: unknown) => (isObject(block) && typeof block.text === 'string' ? block.text : ''))
    .join('\n');
}

function error(status: number, name: string, message: string): Answer {
  return bedrockError(status, name, message);
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    // Not JSON: the caller is told.
    return undefined;
  }
}
