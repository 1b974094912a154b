import { type Html, html } from './markup.ts';

/** A field that has nothing to show: a dash for the eye, and why for whoever has the page read out. */
export function noValue(why: string): Html {
  return html`<span aria-hidden="true">–</span><span class="visually-hidden">${why}</span>`;
}
