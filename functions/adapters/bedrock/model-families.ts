/** What one family of models accepts in a Converse request. */
export interface ModelCapabilities {
  readonly family: string;
  /** The strongest `toolChoice` it accepts: one named tool, any tool, or only its own choice. */
  readonly toolChoice: 'tool' | 'any' | 'auto';
  /** Whether `outputConfig.textFormat` with a JSON schema is honoured. */
  readonly jsonSchema: boolean;
}

/**
 * First match wins. An unsupported choice is a hard ValidationException, an unlisted model gets the weakest request,
 * which all of them take; the answer is validated either way (`reference/bedrock.md` §2, which names the sources:
 * langchain-aws `chat_models/bedrock_converse.py`, pydantic-ai `providers/bedrock.py`, the SDK's `ToolChoice` types,
 * Bedrock user guide "structured outputs").
 */
const FAMILIES: readonly (ModelCapabilities & { readonly pattern: RegExp })[] = [
  { family: 'llama', pattern: /\bmeta\.llama/, toolChoice: 'auto', jsonSchema: false },
  { family: 'nova', pattern: /\bamazon\.nova/, toolChoice: 'tool', jsonSchema: false },
  {
    family: 'claude-with-schema',
    pattern: /\banthropic\.claude-(?:haiku-4-5|sonnet-4-[56]|opus-4-[56])\b/,
    toolChoice: 'tool',
    jsonSchema: true,
  },
  { family: 'claude', pattern: /\banthropic\.claude/, toolChoice: 'tool', jsonSchema: false },
  // langchain-aws infers ('auto', 'any') for it.
  { family: 'mistral-large', pattern: /\bmistral\.mistral-large/, toolChoice: 'any', jsonSchema: false },
];

const UNKNOWN: ModelCapabilities = { family: 'unknown', toolChoice: 'auto', jsonSchema: false };

/** What the model behind a base id, an inference-profile id or a profile's ARN accepts. */
export function capabilitiesOf(modelId: string): ModelCapabilities {
  return FAMILIES.find(({ pattern }) => pattern.test(modelId)) ?? UNKNOWN;
}

/**
 * Names for models that people need not look up. `fast` has no in-Region form, only the profile; `quality` is the
 * newest Sonnet that is listed both for forced tools and for schemas (`reference/bedrock.md` §3).
 */
const PRESETS: ReadonlyMap<string, string> = new Map([
  ['fast', 'us.meta.llama4-scout-17b-instruct-v1:0'],
  ['quality', 'us.anthropic.claude-sonnet-4-6'],
]);

/** The model id a setting means: a preset's, or the setting itself. Undefined for '': no model. */
export function modelIdOf(setting: string): string | undefined {
  return setting === '' ? undefined : (PRESETS.get(setting) ?? setting);
}
