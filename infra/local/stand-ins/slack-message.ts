import { isObject, type JsonObject, stringAt } from '../json.ts';

/**
 * Slack's limits for a message (docs.slack.dev: Block Kit reference, incoming webhooks). What all blocks may hold
 * together is not documented: `chat.postMessage` refuses more than some 12,000 characters of text (slackapi/bolt-js
 * #2509), and nobody promises more for webhooks.
 */
const BLOCKS = 50;
const TEXT_OF_ALL_BLOCKS = 12_000;
const HEADER = 150;
const SECTION = 3000;
const FIELDS = 10;
const FIELD = 2000;
const CONTEXT_ELEMENTS = 10;
const ACTIONS = 25;
const BUTTON = 75;
const URL_LENGTH = 3000;
const BLOCK_ID = 255;

type Check = (block: JsonObject) => boolean;

/** Whether a block of this type is one. Types that are not here are unknown to the stand-in, and refused. */
const BLOCK_TYPES: Readonly<Record<string, Check>> = {
  header: ({ text }) => isText(text, HEADER, ['plain_text']),
  section: (block) => isSection(block),
  divider: () => true,
  context: ({ elements }) =>
    isList(elements, CONTEXT_ELEMENTS) && elements.every((one) => isText(one, SECTION) || isImage(one)),
  actions: ({ elements }) => isList(elements, ACTIONS) && elements.every(isButton),
  rich_text: ({ elements }) => isList(elements, Number.POSITIVE_INFINITY) && elements.every(isObject),
  image: isImage,
};

/** The word Slack's incoming webhooks refuse a message with; undefined for one they take. */
export function slackProblem(body: unknown): string | undefined {
  if (!isObject(body)) return 'invalid_payload';
  const { text, blocks } = body;
  if (text !== undefined && typeof text !== 'string') return 'invalid_payload';
  if (blocks === undefined) return text ? undefined : 'no_text';
  if (!isList(blocks, BLOCKS) || !blocks.every(isBlock)) return 'invalid_blocks';
  const ids = blocks.flatMap((block) => stringAt(block, 'block_id') ?? []);
  if (new Set(ids).size < ids.length || ids.some((id) => id.length > BLOCK_ID)) return 'invalid_blocks';
  return textLength(blocks) > TEXT_OF_ALL_BLOCKS ? 'msg_blocks_too_long' : undefined;
}

function isBlock(block: unknown): boolean {
  return isObject(block) && typeof block.type === 'string' && (BLOCK_TYPES[block.type]?.(block) ?? false);
}

function isSection(block: JsonObject): boolean {
  const { text, fields, accessory } = block;
  if (text === undefined && fields === undefined) return false;
  if (text !== undefined && !isText(text, SECTION)) return false;
  if (fields !== undefined && !(isList(fields, FIELDS) && fields.every((one) => isText(one, FIELD)))) return false;
  return accessory === undefined || isButton(accessory) || isImage(accessory);
}

function isText(text: unknown, longest: number, types: readonly string[] = ['plain_text', 'mrkdwn']): boolean {
  if (!isObject(text) || typeof text.text !== 'string') return false;
  return types.includes(String(text.type)) && text.text.length > 0 && text.text.length <= longest;
}

function isButton(element: unknown): boolean {
  if (!isObject(element) || element.type !== 'button' || !isText(element.text, BUTTON, ['plain_text'])) return false;
  return element.url === undefined || isUrl(element.url);
}

function isImage(element: unknown): boolean {
  return (
    isObject(element) && element.type === 'image' && isUrl(element.image_url) && Boolean(stringAt(element, 'alt_text'))
  );
}

function isUrl(url: unknown): boolean {
  return typeof url === 'string' && url.length <= URL_LENGTH && /^https?:$/.test(URL.parse(url)?.protocol ?? '');
}

function isList(value: unknown, longest: number): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0 && value.length <= longest;
}

/** Characters of every `text` in the blocks, however deep. */
function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + textLength(one), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [name, one]) => sum + (name === 'text' && typeof one === 'string' ? one.length : textLength(one)),
    0,
  );
}
