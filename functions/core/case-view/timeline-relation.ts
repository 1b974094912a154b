import { count, plural } from '../amount-text.ts';
import type { Match } from '../finding.ts';
import { isBotMethod, type SightingMethod } from '../sighting.ts';
import { HOUR, MINUTE } from '../time.ts';
import { countOf, type LaneUse } from './timeline-marks.ts';
import { isToldInterval, minuteText } from './told-time.ts';

/**
 * Where uses lie in time to what Cloudflare saw of their addresses, to be read behind what was done and when. Each use is
 * compared with the sighting that it matched and with no other.
 *
 * @param exact whether the instants of these uses are known
 */
export function relationText(uses: readonly LaneUse[], exact: boolean, day: string): string {
  const timed = uses.map((one) => ({ one, match: one.match, order: orderOf(one) }));
  const known = timed.flatMap(({ match, order }) => (match === undefined || order === undefined ? [] : [match]));
  const matches = uses.flatMap(({ match }) => match ?? []);
  const addresses = new Set(uses.map(({ use }) => use.address)).size;
  const from = addresses > 1 && exact ? ` from ${addresses} addresses` : '';
  const who = addresses > 1 && !exact ? `each of its ${addresses} addresses` : whoOf(matches);
  const [did, butNot] = didOf(matches);
  if (known.length === 0) return `${from}; when ${who} ${did} is not known closer${butNot}`;
  const that = `${who} ${did} (${spanOf(known, day)})${butNot}`;
  const unknown = countOf(timed.flatMap(({ one, order }) => (order === undefined ? [one] : [])));
  const rest = unknown === 0 ? '' : `; for ${count(unknown)} of them that is not known`;
  if (!exact) return `; ${that}${rest}`;
  const orders = ORDERS.flatMap((order) => {
    const own = timed.filter((other) => other.order === order).map(({ one }) => one);
    return own.length === 0 ? [] : [{ order, own }];
  });
  const [first] = orders;
  const each = addresses > 1 ? 'each ' : '';
  const when =
    orders.length === 1 && first !== undefined && unknown === 0
      ? `${each}${gapText(first.order, first.own)}${first.order}`
      : listed(orders.map(({ order, own }) => `${timesText(countOf(own))} ${order}`));
  return `${from}, ${when} ${that}${rest}`;
}

/** In the order in which they are told. */
const ORDERS = ['before', 'while', 'partly while', 'after'] as const;
type Order = (typeof ORDERS)[number];

/** Undefined: it is not stored what it matched, or when that was seen is not known. */
function orderOf({ use: { at }, match }: LaneUse): Order | undefined {
  if (match === undefined || !match.sighting.seenExactly || !isToldInterval(match.sighting.seen)) return undefined;
  const { notBefore, notAfter } = match.sighting.seen;
  if (at.notAfter < notBefore) return 'before';
  if (at.notBefore > notAfter) return 'after';
  return at.notBefore >= notBefore && at.notAfter <= notAfter ? 'while' : 'partly while';
}

function whoOf(matches: readonly Match[]): string {
  const near = matches.filter(({ rule }) => rule === 'same-network').length;
  if (near === 0) return 'the same address';
  return near === matches.length ? 'another address of its network' : 'the same address or another of its network';
}

const NO_WORD = ', which is no word about bots';

/** Only some methods are Cloudflare's own word that somebody acted as a bot. */
const DID: Readonly<Partial<Record<SightingMethod, readonly [did: string, butNot: string]>>> = {
  'security-event': ['was stopped or logged by a security rule', NO_WORD],
  share: ['had an unusual share of the traffic', NO_WORD],
  payload: ["was named in Cloudflare's alert", NO_WORD],
};

function didOf(matches: readonly Match[]): readonly [did: string, butNot: string] {
  const all = matches.map(({ onGitlab, sighting: { method } }): readonly [string, string] => {
    if (onGitlab === true) return ['called GitLab itself', ''];
    return (isBotMethod(method) ? undefined : DID[method]) ?? ['acted as a bot', ''];
  });
  const [first] = all;
  if (first === undefined) return ['was sighted', ''];
  return all.every(([did]) => did === first[0]) ? first : ['was sighted', ''];
}

function spanOf(matches: readonly Match[], day: string): string {
  const start = matches.reduce((first, { sighting }) => Math.min(first, sighting.seen.notBefore), Infinity);
  const end = matches.reduce((last, { sighting }) => Math.max(last, sighting.seen.notAfter), 0);
  return `${minuteText(start, day)} to ${minuteText(end, day)}`;
}

/** How far apart, from the nearest of the uses to the farthest; empty where they overlap. */
function gapText(order: Order, uses: readonly LaneUse[]): string {
  if (order !== 'before' && order !== 'after') return '';
  const gaps = uses.flatMap(({ use: { at }, match }) => {
    if (match === undefined) return [];
    const { notBefore, notAfter } = match.sighting.seen;
    return [order === 'before' ? notBefore - at.notAfter : at.notBefore - notAfter];
  });
  const [least, most] = [gaps.reduce((a, b) => Math.min(a, b)), gaps.reduce((a, b) => Math.max(a, b))].map(lengthText);
  return least === most ? `${least} ` : `${least} to ${most} `;
}

function lengthText(gap: number): string {
  if (gap < MINUTE) return 'less than a minute';
  return gap < 2 * HOUR
    ? plural(Math.round(gap / MINUTE), 'minute', 'minutes')
    : plural(Math.round(gap / HOUR), 'hour', 'hours');
}

function timesText(times: number): string {
  return times === 1 ? 'once' : plural(times, 'time', 'times');
}

function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}
