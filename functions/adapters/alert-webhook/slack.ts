import type { AlertLink, AlertMessage } from '../../core/alert-message.ts';
import { type ChatCaps, type ChatSection, chatSections, largestFitting } from './chat-sections.ts';
import { escaped } from './chat-text.ts';

/** Limits as documented at docs.slack.dev, Block Kit reference: blocks a message, and characters of a text object. */
const BLOCKS = 50;
const HEADER_LENGTH = 150;
const SECTION_LENGTH = 3_000;
const FIELDS = 10;
const FIELD_LENGTH = 2_000;
/**
 * Characters of all texts together. Not documented: some 12,000 are where `msg_blocks_too_long` was seen to begin
 * (github.com/slackapi/bolt-js issue 2509).
 */
const MESSAGE_LENGTH = 11_500;
/** Characters of the links' texts and addresses, which are in the section of their own. */
const LINKS_LENGTH = 2_500;

interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: false;
}
interface Markup {
  readonly type: 'mrkdwn';
  readonly text: string;
  readonly verbatim: true;
}
type Block =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'section'; readonly text: PlainText | Markup; readonly fields?: readonly PlainText[] }
  | { readonly type: 'section'; readonly fields: readonly PlainText[] }
  | { readonly type: 'divider' };

/**
 * The alert as a message to a Slack incoming webhook. What others wrote stands in `plain_text` objects only, which parse
 * neither mentions, links, formatting nor, with `emoji: false`, emoji codes (docs.slack.dev, text object); `mrkdwn` holds
 * our own words and links, `verbatim`. Slack's control characters `&`, `<` and `>` are escaped everywhere
 * (docs.slack.dev, formatting message text), and `text`, which notifications show, is the headline alone.
 * What it refuses it refuses as a whole: `invalid_blocks`, `no_text`, `invalid_payload` with 400, and 429 with
 * `Retry-After` above one message a second (docs.slack.dev, incoming webhooks and rate limits).
 */
export function slackBody(message: AlertMessage): object {
  const blocks = largestFitting((caps) => blocksOf(message, caps), isWithinLimits);
  return {
    text: escaped(message.headline, SECTION_LENGTH),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks,
  };
}

function blocksOf(message: AlertMessage, caps: ChatCaps): Block[] {
  const [first, ...rest] = chatSections(message, caps);
  return [
    { type: 'header', text: plain(message.headline, HEADER_LENGTH) },
    ...(first === undefined ? [] : fieldBlocks(first)),
    ...rest.flatMap((section): Block[] => [{ type: 'divider' }, ...sectionBlocks(section)]),
    ...linkBlocks(message.links),
  ];
}

function isWithinLimits(blocks: readonly Block[]): boolean {
  return blocks.length <= BLOCKS && lengthOf(blocks) <= MESSAGE_LENGTH;
}

function lengthOf(blocks: readonly Block[]): number {
  return blocks
    .flatMap((block) => [...('text' in block ? [block.text] : []), ...('fields' in block ? (block.fields ?? []) : [])])
    .reduce((sum, { text }) => sum + text.length, 0);
}

function sectionBlocks(section: ChatSection): Block[] {
  const title: Block = { type: 'section', text: markup(`*${escaped(section.title, SECTION_LENGTH)}*`) };
  return [title, ...fieldBlocks(section), ...paragraphs(section.lines)];
}

function fieldBlocks({ facts }: ChatSection): Block[] {
  const fields = facts.map(({ label, text }) => plain(`${label}\n${text}`, FIELD_LENGTH));
  return chunks(fields, FIELDS).map((some) => ({ type: 'section', fields: some }));
}

/** Lines in as few sections as hold them. */
function paragraphs(lines: readonly string[]): Block[] {
  const texts: string[] = [];
  for (const line of lines.map((text) => escaped(`• ${text}`, SECTION_LENGTH))) {
    const last = texts.at(-1);
    if (last === undefined || last.length + 1 + line.length > SECTION_LENGTH) texts.push(line);
    else texts[texts.length - 1] = `${last}\n${line}`;
  }
  return texts.map((text) => ({ type: 'section', text: { type: 'plain_text', text, emoji: false } }));
}

/**
 * As text and not as buttons: a button without an app behind it shows an error when it is pressed (docs.slack.dev,
 * button element: an interaction payload is sent for `url`, too).
 */
function linkBlocks(links: readonly AlertLink[]): Block[] {
  let text = '';
  for (const { href, text: label } of links) {
    const link = `<${escaped(encoded(href), LINKS_LENGTH)}|${label}>`;
    if (text.length + link.length + 3 <= LINKS_LENGTH) text += text === '' ? link : ` · ${link}`;
  }
  return text === '' ? [] : [{ type: 'divider' }, { type: 'section', text: markup(text) }];
}

/** What could end the link, or format it, is no part of an address as it is. */
function encoded(href: string): string {
  return href.replaceAll(/[<>|`*\s]/g, encodeURIComponent);
}

function plain(text: string, maxLength: number): PlainText {
  return { type: 'plain_text', text: escaped(text, maxLength), emoji: false };
}

function markup(text: string): Markup {
  return { type: 'mrkdwn', text, verbatim: true };
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
