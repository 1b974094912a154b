import { ownText } from '../alert-text.ts';

/**
 * {@link ownText} of a sentence of ours that was written so that it is no link in a chat (`hostile-text.ts`
 * `inertText`), for a page, where no text is one: `api[.]example[.]com` as `api.example.com`. Not for a model's words,
 * which may mean the brackets.
 */
export function readableText(text: string, maxLength: number): string {
  return ownText(text.replaceAll('[:]//', '://').replace(BRACKETED_DOT, '.'), maxLength);
}

/** Where `inertText` puts one, and nowhere else. */
const BRACKETED_DOT = /(?<=[\p{L}\p{N}-])\[\.\](?=\p{L}{2,})/gu;
