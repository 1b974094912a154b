import { html as escaping } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

/** Markup that is safe to put into a page as it is. Only {@link html} makes any. */
export type Html = HtmlEscapedString;

/** What a template may hold: markup as it is, texts and numbers escaped, lists one after the other, nothing as nothing. */
export type Content = Html | string | number | undefined | false | readonly Content[];

/**
 * Markup from a template: every value is escaped that is not markup itself, so that no text of a client, a token's owner
 * or a model becomes any. Attributes stand in double quotes; a value never names an element, an attribute or a scheme:
 * an address of a link is checked before (`core/page-links.ts`). The escaping is Hono's.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  const made = escaping(parts, ...values);
  // Only a template that holds a promise is one itself, and none can (`Content`).
  if (made instanceof Promise) throw new TypeError('a template of a page holds a promise');
  return made;
}
