import { isObject, type JsonObject, parseJson } from '../json.ts';

/** Google's limit for a message with all its cards, in bytes (developers.google.com/workspace/chat/create-messages). */
const LARGEST_MESSAGE = 32_000;

const MESSAGE_FIELDS = ['text', 'cardsV2', 'thread', 'fallbackText', 'accessoryWidgets'];
const CARD_FIELDS = ['header', 'sections', 'name', 'sectionDividerStyle', 'fixedFooter', 'cardActions'];
const HEADER_FIELDS = ['title', 'subtitle', 'imageUrl', 'imageType', 'imageAltText'];
const SECTION_FIELDS = ['header', 'widgets', 'collapsible', 'uncollapsibleWidgetsCount', 'id', 'collapseControl'];
const WIDGETS: Readonly<Record<string, (widget: JsonObject) => boolean>> = {
  textParagraph: ({ text }) => isText(text),
  decoratedText: ({ text }) => isText(text),
  buttonList: ({ buttons }) => isList(buttons) && buttons.every(isButton),
  columns: ({ columnItems }) => isList(columnItems),
  divider: () => true,
  image: ({ imageUrl }) => isText(imageUrl),
  grid: ({ items }) => isList(items),
};

/**
 * Why Google Chat refuses a message to an incoming webhook, in its words; undefined for one it takes. Widgets beyond the
 * hundredth of a card are not refused but lost.
 * @param text the body as it came.
 */
export function googleChatProblem(body: unknown, text: string): string | undefined {
  if (!isObject(body)) {
    const why = parseJson(text) === undefined ? 'Unable to parse JSON.' : 'Root element must be a message.';
    return `Invalid JSON payload received. ${why}`;
  }
  const unknown = unknownIn(body, MESSAGE_FIELDS, 'message');
  if (unknown !== undefined) return unknown;
  const { cardsV2: cards = [] } = body;
  if (!Array.isArray(cards)) return wrongType('message.cards_v2');
  if (cards.length === 0 && !isText(body.text)) {
    return 'Message cannot be empty. Discarding empty create message request in spaces/STANDIN.';
  }
  if (Buffer.byteLength(text) > LARGEST_MESSAGE) return `Message is longer than ${LARGEST_MESSAGE} bytes`;
  const ids = cards.flatMap((card: unknown) => (isObject(card) && isText(card.cardId) ? [card.cardId] : []));
  if (cards.length > 1 && new Set(ids).size < cards.length) return 'Card IDs must be given and unique in a message.';
  return first(cards, (card, index) => cardProblem(card, `message.cards_v2[${index}]`));
}

function cardProblem(withId: unknown, at: string): string | undefined {
  if (!isObject(withId) || !isObject(withId.card)) return wrongType(`${at}.card`);
  const { card } = withId;
  const unknown = unknownIn(withId, ['cardId', 'card'], at) ?? unknownIn(card, CARD_FIELDS, `${at}.card`);
  if (unknown !== undefined) return unknown;
  const { header, sections = [] } = card;
  if (header !== undefined) {
    if (!isObject(header)) return wrongType(`${at}.card.header`);
    const wrong = unknownIn(header, HEADER_FIELDS, `${at}.card.header`);
    if (wrong !== undefined) return wrong;
    if (!isText(header.title)) return `Invalid card: ${at}.card.header.title is required`;
  }
  if (!Array.isArray(sections)) return wrongType(`${at}.card.sections`);
  return first(sections, (section, index) => sectionProblem(section, `${at}.card.sections[${index}]`));
}

function sectionProblem(section: unknown, at: string): string | undefined {
  if (!isObject(section)) return wrongType(at);
  const unknown = unknownIn(section, SECTION_FIELDS, at);
  if (unknown !== undefined) return unknown;
  const { widgets } = section;
  if (!isList(widgets)) return `Invalid card: ${at}.widgets must contain at least one widget`;
  return first(widgets, (widget, index) => widgetProblem(widget, `${at}.widgets[${index}]`));
}

function widgetProblem(widget: unknown, at: string): string | undefined {
  if (!isObject(widget)) return wrongType(at);
  const unknown = unknownIn(widget, [...Object.keys(WIDGETS), 'horizontalAlignment'], at);
  if (unknown !== undefined) return unknown;
  const data = Object.entries(WIDGETS).filter(([name]) => widget[name] !== undefined);
  const [kind, ...others] = data;
  if (kind === undefined || others.length > 0) return `Invalid card: ${at} must have exactly one kind of content`;
  const [name, isWhole] = kind;
  const content = widget[name];
  return isObject(content) && isWhole(content) ? undefined : `Invalid card: ${at}.${name} is not whole`;
}

function isButton(button: unknown): boolean {
  if (!isObject(button) || !isObject(button.onClick)) return false;
  const { openLink } = button.onClick;
  const url = isObject(openLink) ? openLink.url : undefined;
  return isText(button.text) && typeof url === 'string' && /^https?:$/.test(URL.parse(url)?.protocol ?? '');
}

/** Any name Google does not know refuses the whole message. */
function unknownIn(object: JsonObject, known: readonly string[], at: string): string | undefined {
  const name = Object.keys(object).find((one) => !known.includes(one));
  if (name === undefined) return undefined;
  return `Invalid JSON payload received. Unknown name "${name}" at '${at}': Cannot find field.`;
}

function wrongType(at: string): string {
  return `Invalid value at '${at}'`;
}

function first(
  list: readonly unknown[],
  problem: (one: unknown, index: number) => string | undefined,
): string | undefined {
  for (const [index, one] of list.entries()) {
    const found = problem(one, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isText(text: unknown): text is string {
  return typeof text === 'string' && text !== '';
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0;
}
