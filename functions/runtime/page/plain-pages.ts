import { plural } from '../../core/amount-text.ts';
import { plainText } from '../../core/hostile-text.ts';
import { pageShell } from './layout.ts';
import { type Content, html } from './markup.ts';

/** Of the pages here, which need no style of their own. */
export const PLAIN_SHELL = pageShell('');

/** For a link that was not given out so, or no more: the same words whatever is wrong with it, and nothing else. */
export function refusalPage(): string {
  return plain('This link does not open anything', html`<p>Ask for a new one.</p>`);
}

/** For a case that is not there, to somebody whose link was good. @param days for how long a case is kept */
export function missingPage(days: number): string {
  return plain(
    'There is no such case here',
    html`<p>Cases are kept for ${plural(days, 'day', 'days')} and removed after that. If this one is younger, it was not stored:
the execution in AWS Step Functions and the log of the functions tell why.</p>`,
  );
}

/** For a case that could not be read just now: it may well be there. */
export function unavailablePage(): string {
  return plain(
    'This could not be read just now',
    html`<p>The store did not answer. Nothing is lost: the link stays good, try again in a minute.</p>`,
  );
}

/** For a filter of the list that is none. @param message which one, and what is allowed */
export function badFilterPage(message: string): string {
  return plain('The list cannot be filtered so', html`<p>${plainText(message, 400)}</p>`);
}

function plain(title: string, text: Content): string {
  return PLAIN_SHELL.documentOf({
    title,
    body: html`<section aria-labelledby="title"><h1 id="title">${title}</h1>${text}</section>`,
  });
}
