import type {
  BedrockRuntimeClient,
  ConverseCommandInput,
  ConverseCommandOutput,
} from '@aws-sdk/client-bedrock-runtime';
import { ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import type { Clock } from '../../runtime/clock.ts';
import { ANSWER_SCHEMA, ANSWER_TOOL } from './answer-tool.ts';
import { capabilitiesOf, type ModelCapabilities } from './model-families.ts';

export interface Question {
  readonly system: string;
  readonly user: string;
  /** Ends every attempt; the outcome is then `late`. */
  readonly signal: AbortSignal;
}

/** What one answered request cost; safe to log. */
export interface Usage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly latencyMs?: number;
  readonly stopReason?: string;
}

/**
 * What became of a question: an answer of the tool's form as far as the model kept to it · text that holds none, worth
 * asking once more · nothing in time · a refusal or failure that asking again will not change now.
 */
export type Reply =
  | { readonly outcome: 'answered'; readonly answer: unknown; readonly usage: Usage }
  | { readonly outcome: 'unusable'; readonly why: string; readonly usage: Usage }
  | { readonly outcome: 'late' }
  | { readonly outcome: 'failed'; readonly why: string; readonly usage?: Usage };

/** Reserved against the quota when a request starts, so as small as an answer allows (`reference/bedrock.md` §5). */
const MAX_TOKENS = 1_500;
const TEMPERATURE = 0;
/** Quotas are counted per minute, so more in a few seconds rarely help (`reference/bedrock.md` §5). */
const RETRIES = 2;
const FIRST_PAUSE_MS = 600;

/** One Bedrock model, asked through Converse for an answer of {@link ANSWER_SCHEMA}. Never throws for model trouble. */
export class BedrockModel {
  readonly modelId: string;
  readonly #client: Pick<BedrockRuntimeClient, 'send'>;
  /** What the model takes, as far as is known; learned from its refusals. */
  #capabilities: ModelCapabilities;
  #temperature = true;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(options: {
    client: Pick<BedrockRuntimeClient, 'send'>;
    modelId: string;
    clock: Clock;
    /** 0 ≤ random() < 1, for jitter. */
    random: () => number;
  }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#random = options.random;
    this.modelId = options.modelId;
    this.#capabilities = capabilitiesOf(options.modelId);
  }

  /** Asks once; a request whose form the model refuses is sent again in the form its refusal asks for. */
  async ask(question: Question): Promise<Reply> {
    try {
      return readReply(await this.#converse(question));
    } catch (thrown) {
      if (question.signal.aborted) return { outcome: 'late' };
      // Toward the deterministic summary: whatever went wrong with the model, the case goes on without it.
      return { outcome: 'failed', why: whyFailed(thrown, this.modelId) };
    }
  }

  async #converse(question: Question): Promise<ConverseCommandOutput> {
    for (let retries = 0; ; ) {
      try {
        const command = new ConverseCommand(this.#input(question));
        return await this.#client.send(command, { abortSignal: question.signal });
      } catch (thrown) {
        if (question.signal.aborted) throw thrown;
        if (this.#adapt(thrown)) continue;
        if (!passes(thrown) || retries === RETRIES) throw thrown;
        await this.#clock.sleep(this.#random() * FIRST_PAUSE_MS * 2 ** retries++, question.signal);
      }
    }
  }

  #input({ system, user }: Question): ConverseCommandInput {
    const { toolChoice, jsonSchema } = this.#capabilities;
    const schema = JSON.stringify(ANSWER_SCHEMA);
    return {
      modelId: this.modelId,
      system: [{ text: system }],
      messages: [{ role: 'user', content: [{ text: user }] }],
      inferenceConfig: { maxTokens: MAX_TOKENS, ...(this.#temperature ? { temperature: TEMPERATURE } : {}) },
      toolConfig: {
        tools: [
          {
            toolSpec: {
              name: ANSWER_TOOL,
              description: 'Report your analysis of the evidence. Call this exactly once.',
              inputSchema: { json: JSON.parse(schema) },
            },
          },
        ],
        ...(toolChoice === 'tool' ? { toolChoice: { tool: { name: ANSWER_TOOL } } } : {}),
        ...(toolChoice === 'any' ? { toolChoice: { any: {} } } : {}),
      },
      // Only where the tool cannot be forced: the first use of a schema compiles a grammar, which can take minutes.
      ...(toolChoice === 'auto' && jsonSchema
        ? {
            outputConfig: {
              textFormat: { type: 'json_schema', structure: { jsonSchema: { schema, name: ANSWER_TOOL } } },
            },
          }
        : {}),
    };
  }

  /** Whether the refusal named a field that can be left out; it then is, for good. Each step leaves less to refuse. */
  #adapt(thrown: unknown): boolean {
    if (!(thrown instanceof Error) || thrown.name !== 'ValidationException') return false;
    const { toolChoice, jsonSchema } = this.#capabilities;
    if (/toolChoice/i.test(thrown.message) && toolChoice !== 'auto') {
      this.#capabilities = { ...this.#capabilities, toolChoice: 'auto' };
      return true;
    }
    if (/outputConfig|textFormat|json_?schema/i.test(thrown.message) && jsonSchema) {
      this.#capabilities = { ...this.#capabilities, jsonSchema: false };
      return true;
    }
    if (/temperature/i.test(thrown.message) && this.#temperature) {
      this.#temperature = false;
      return true;
    }
    return false;
  }
}

/** Stop reasons after which the same question may well be answered properly. */
const WORTH_REPAIR = new Set(['max_tokens', 'malformed_model_output', 'malformed_tool_use', 'stop_sequence']);

function readReply(output: ConverseCommandOutput): Reply {
  const { stopReason, usage: tokens, metrics } = output;
  const usage: Usage = {
    ...(tokens?.inputTokens === undefined ? {} : { inputTokens: tokens.inputTokens }),
    ...(tokens?.outputTokens === undefined ? {} : { outputTokens: tokens.outputTokens }),
    ...(metrics?.latencyMs === undefined ? {} : { latencyMs: metrics.latencyMs }),
    ...(stopReason === undefined ? {} : { stopReason }),
  };
  if (stopReason !== 'end_turn' && stopReason !== 'tool_use') {
    const why = `the model stopped with ${stopReason ?? 'no reason given'}`;
    return { outcome: WORTH_REPAIR.has(stopReason ?? '') ? 'unusable' : 'failed', why, usage };
  }
  const blocks = output.output?.message?.content ?? [];
  const used = blocks.find(({ toolUse }) => toolUse?.name === ANSWER_TOOL)?.toolUse?.input;
  const answer = used ?? objectIn(blocks.map(({ text }) => text ?? '').join('\n'));
  if (answer === undefined) return { outcome: 'unusable', why: 'the model answered without the report', usage };
  return { outcome: 'answered', answer, usage };
}

/** The JSON object in a text that may say something before and after it. Undefined when there is none. */
function objectIn(text: string): unknown {
  const first = text.indexOf('{');
  const last = text.lastIndexOf('}');
  if (first < 0 || last < first) return undefined;
  try {
    const parsed: unknown = JSON.parse(text.slice(first, last + 1));
    return unwrapped(parsed);
  } catch {
    // Not an answer: the caller asks once more, then goes on without.
    return undefined;
  }
}

/** Models without forced tools write the call itself as text: `{"name": "report_analysis", "parameters": {…}}`. */
function unwrapped(parsed: unknown): unknown {
  if (typeof parsed !== 'object' || parsed === null) return parsed;
  const inner = 'parameters' in parsed ? parsed.parameters : 'input' in parsed ? parsed.input : undefined;
  return typeof inner === 'object' && inner !== null ? inner : parsed;
}

const PASSING = new Set([
  'ThrottlingException',
  'ServiceUnavailableException',
  'InternalServerException',
  'ModelNotReadyException',
  'TimeoutError',
]);

/** Throttling, server errors and broken connections; not what stays refused. */
function passes(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  return PASSING.has(thrown.name) || ('code' in thrown && typeof thrown.code === 'string');
}

const WHY: Readonly<Record<string, string>> = {
  AccessDeniedException: 'Bedrock denied access: check model access and the permission on the profile and its models',
  ThrottlingException: 'Bedrock is throttling this model',
  ServiceQuotaExceededException: 'the Bedrock quota of this model is used up',
  ModelTimeoutException: 'the model took too long',
  ModelNotReadyException: 'the model is not ready',
  ModelErrorException: 'the model failed',
  ServiceUnavailableException: 'Bedrock is unavailable',
  InternalServerException: 'Bedrock failed',
  ResourceNotFoundException: 'Bedrock knows no such model in this region',
  ValidationException: 'Bedrock refused the request: check that the model id exists and supports Converse with tools',
  CredentialsProviderError: 'no AWS credentials were found',
};

/** Our own words only: an SDK message may repeat parts of the request. */
function whyFailed(thrown: unknown, modelId: string): string {
  const name = thrown instanceof Error ? thrown.name : 'unknown error';
  return `${WHY[name] ?? `Bedrock could not be asked (${name})`} [${modelId}]`;
}
