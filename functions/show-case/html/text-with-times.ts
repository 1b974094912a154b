import type { Content } from '../../runtime/page/markup.ts';
import { timeOf } from '../../runtime/page/time.ts';

const ISO = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z)/;

/** A sentence whose ISO 8601 times are told as everywhere on the page; the text itself is left as it is. */
export function textWithTimes(text: string): Content {
  return text.split(ISO).map((part, index) => {
    const at = index % 2 === 1 ? Date.parse(part) : Number.NaN;
    return Number.isNaN(at) ? part : timeOf(at);
  });
}
