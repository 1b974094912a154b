import { createHash } from 'node:crypto';
import { raw } from 'hono/html';
import { idText } from '../../core/hostile-text.ts';
import type { EpochMs } from '../../core/time.ts';
import { BASE_STYLE } from './base-style.ts';
import { LOCAL_TIME_SCRIPT } from './local-time-script.ts';
import { type Content, type Html, html } from './markup.ts';
import { timeOf } from './time.ts';
import { TOKENS_STYLE } from './tokens-style.ts';

/** One document. */
export interface DocumentParts {
  /** Without the product's name, which is added. */
  readonly title: string;
  /** Everything of `<main>`, its one `<h1>` included. */
  readonly body: Html;
  /** Name of this deployment; missing where a page is to tell nothing. */
  readonly environment?: string;
  /** Missing where the mode is not known, or nothing is to be told. */
  readonly shadow?: boolean;
  /** When the document was made; missing where nothing is to be told. */
  readonly renderedAt?: EpochMs;
  /** How long what it shows is kept, as a sentence. */
  readonly kept?: string;
}

/** A deployment is called so, too, unless somebody names it: once is enough. */
const PRODUCT = 'Latchkey';

/** What all documents of one kind have around them. */
export interface PageShell {
  /** A whole document, which needs nothing that is not in it and reads well without its script. */
  readonly documentOf: (parts: DocumentParts) => string;
  /**
   * What such a document may do: show its own style, run its own script, and nothing else. Both are constants, so their
   * hashes are, too; a page that is answered with another policy shows bare text.
   */
  readonly contentSecurityPolicy: string;
}

/** The shell of pages of one kind. @param style what they need besides the base that every page has */
export function pageShell(style: string): PageShell {
  const whole = TOKENS_STYLE + BASE_STYLE + style;
  return { documentOf: (parts) => documentOf(whole, parts), contentSecurityPolicy: policyFor(whole) };
}

function policyFor(style: string): string {
  return [
    "default-src 'none'",
    `style-src '${sha256(style)}'`,
    `script-src '${sha256(LOCAL_TIME_SCRIPT)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function documentOf(style: string, parts: DocumentParts): string {
  const { title, body, environment, shadow } = parts;
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="referrer" content="no-referrer">
<title>${title} – Latchkey</title>
<link rel="icon" href="data:,">
<style>${raw(style)}</style>
</head>
<body>
<a class="skip-link" href="#main">Skip to the content</a>
<header class="page-header">
<span class="product-name">${PRODUCT}</span>
${environment !== undefined && environment.toLowerCase() !== PRODUCT.toLowerCase() && html`<span class="environment">${idText(environment, 100)}</span>`}
${shadow === true && html`<span class="mode-shadow">Shadow mode: nobody is woken</span>`}
</header>
<main id="main" tabindex="-1">
${body}
</main>
${footerOf(parts)}
<script>${raw(LOCAL_TIME_SCRIPT)}</script>
</body>
</html>
`.toString();
}

function footerOf({ renderedAt, shadow, kept }: DocumentParts): Content {
  if (renderedAt === undefined) return undefined;
  const mode = shadow === undefined ? '' : shadow ? ' in shadow mode' : ' in live mode';
  return html`<footer class="page-footer">
<p>Made ${timeOf(renderedAt)}${mode}. ${kept !== undefined && `${kept} `}Times are UTC; where your browser lets this page run
its script, your own time stands beside them.</p>
</footer>`;
}

function sha256(text: string): string {
  return `sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}`;
}
