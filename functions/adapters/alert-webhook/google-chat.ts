import type { AlertLink, AlertMessage } from '../../core/alert-message.ts';
import { type ChatCaps, type ChatSection, chatSections, largestFitting } from './chat-sections.ts';
import { escaped, inertFor } from './chat-text.ts';

/**
 * Bytes of a message with its cards: 32,000 are refused above (developers.google.com/workspace/chat, spaces.messages
 * create; a card alone may have 32 KB).
 */
const MESSAGE_BYTES = 31_500;
/** A section that takes a card above 100 widgets is left out by Google, and all that follow (Chat API, Card). */
const WIDGETS = 100;
/** Not documented for most widgets; long before this a reader is lost. */
const TEXT_LENGTH = 2_000;
/** Widgets of a long section that are shown before it is opened. */
const WIDGETS_SHOWN = 4;

type Widget =
  | { readonly textParagraph: { readonly text: string } }
  | { readonly decoratedText: { readonly topLabel: string; readonly text: string; readonly wrapText: true } }
  | { readonly buttonList: { readonly buttons: readonly object[] } };

interface Section {
  readonly header?: string;
  readonly collapsible?: true;
  readonly uncollapsibleWidgetsCount?: number;
  readonly widgets: readonly Widget[];
}

/**
 * The alert as a card (cards v2) for a Google Chat incoming webhook. Texts of a card know a small subset of HTML
 * (developers.google.com/workspace/chat/format-messages): everything is escaped for it. Mentions and auto-made links
 * belong to `text`, which this message does not have; `fallbackText`, which notifications show, is the headline alone.
 * Refusals are 400 `INVALID_ARGUMENT` for the whole message, and 429 above one message a second for all webhooks of a
 * space (developers.google.com/workspace/chat/limits).
 */
export function googleChatBody(message: AlertMessage): object {
  return largestFitting((caps) => bodyOf(message, sectionsOf(message, caps)), isWithinLimits);
}

interface Card {
  readonly header: { readonly title: string; readonly subtitle: string };
  readonly sections: readonly Section[];
}

interface Body {
  readonly fallbackText: string;
  readonly cardsV2: readonly { readonly cardId: string; readonly card: Card }[];
}

function bodyOf(message: AlertMessage, sections: readonly Section[]): Body {
  const inert = inertFor(message.zone.name);
  const { id, headline, severity, environment } = message;
  const subtitle = `Latchkey · ${escaped(inert(environment, 60), TEXT_LENGTH)} · ${severity}`;
  return {
    fallbackText: headline,
    cardsV2: [{ cardId: id, card: { header: { title: headline, subtitle }, sections } }],
  };
}

function isWithinLimits(body: Body): boolean {
  const sections = body.cardsV2.flatMap(({ card }) => card.sections);
  const widgets = sections.reduce((sum, section) => sum + section.widgets.length, 0);
  return widgets <= WIDGETS && Buffer.byteLength(JSON.stringify(body), 'utf8') <= MESSAGE_BYTES;
}

function sectionsOf(message: AlertMessage, caps: ChatCaps): Section[] {
  const [first, ...rest] = chatSections(message, caps);
  return [
    ...(first === undefined ? [] : [{ widgets: widgetsOf(first) }]),
    ...rest.map(cardSection),
    ...linkSection(message.links),
  ];
}

function cardSection(section: ChatSection): Section {
  const widgets = widgetsOf(section);
  const header = escaped(section.title, TEXT_LENGTH);
  if (widgets.length <= WIDGETS_SHOWN + 1) return { header, widgets };
  return { header, collapsible: true, uncollapsibleWidgetsCount: WIDGETS_SHOWN, widgets };
}

function widgetsOf({ facts, lines }: ChatSection): Widget[] {
  return [
    ...facts.map(({ label, text }) => ({
      decoratedText: { topLabel: label, text: escaped(text, TEXT_LENGTH), wrapText: true as const },
    })),
    ...lines.map((line) => ({ textParagraph: { text: escaped(line, TEXT_LENGTH) } })),
  ];
}

function linkSection(links: readonly AlertLink[]): Section[] {
  if (links.length === 0) return [];
  const buttons = links.map(({ href, text }) => ({ text, onClick: { openLink: { url: href } } }));
  return [{ widgets: [{ buttonList: { buttons } }] }];
}
