import { count, plural } from '../../amount-text.ts';
import type { Match } from '../../finding.ts';
import { isBotMethod } from '../../sighting.ts';
import { MINUTE } from '../../time.ts';
import { timesWords } from '../deeds.ts';
import { methodWords } from '../sighting-words.ts';
import { isToldInterval, minuteText } from '../told-time.ts';
import { countOf, type LaneUse } from './marks.ts';

/**
 * Where uses lie in time to what Cloudflare saw of their addresses, to be read behind what was done and when. Each use is
 * compared with the sighting that it matched and with no other.
 *
 * @param exact whether the instants of these uses are known
 */
export function relationText(uses: readonly LaneUse[], exact: boolean, day: string): string {
  const known = uses.flatMap(comparedOf);
  const unknown = countOf(uses) - countOf(known);
  const addresses = new Set(uses.map(({ use }) => use.address)).size;
  const from = addresses > 1 ? (exact ? ` from ${addresses} addresses` : ` at ${addresses} addresses`) : '';
  const matches = uses.flatMap(({ match }) => match ?? []);
  const who = whoOf(matches);
  if (known.length === 0) return `${from}; when ${who} was sighted is not known closer`;
  const start = known.reduce((first, { seen }) => Math.min(first, seen.notBefore), Number.POSITIVE_INFINITY);
  const end = known.reduce((last, { seen }) => Math.max(last, seen.notAfter), 0);
  const [did, how] = didOf(matches);
  const that = `${who} ${did} (${minuteText(start, day)} to ${minuteText(end, day)}${how})`;
  const rest = unknown === 0 ? '' : `; for ${count(unknown)} of them that is not known`;
  if (!exact) return `${from}; ${that}${rest}`;
  const orders = ORDERS.map((order) => known.filter((one) => one.order === order)).filter(({ length }) => length > 0);
  const [first = []] = orders;
  const when =
    orders.length === 1 && unknown === 0
      ? `${addresses > 1 ? 'each ' : ''}${gapText(first)}${first[0]?.order}`
      : orders.map((own) => `${timesWords(countOf(own))} ${own[0]?.order}`).join(', ');
  return `${from}, ${when} ${that}${rest}`;
}

/** In the order in which they are told. */
const ORDERS = ['before', 'while', 'partly while', 'after'] as const;

interface Compared extends LaneUse {
  readonly seen: Match['sighting']['seen'];
  readonly order: (typeof ORDERS)[number];
  /** Milliseconds; 0 or less where they overlap. */
  readonly gap: number;
}

/** Nothing where it is not stored what it matched, or when that was seen is not known. */
function comparedOf(one: LaneUse): Compared[] {
  const { at } = one.use;
  if (one.match?.sighting.seenExactly !== true || !isToldInterval(one.match.sighting.seen)) return [];
  const { seen } = one.match.sighting;
  const [early, late] = [seen.notBefore - at.notAfter, at.notBefore - seen.notAfter];
  const isWithin = at.notBefore >= seen.notBefore && at.notAfter <= seen.notAfter;
  const order = early > 0 ? 'before' : late > 0 ? 'after' : isWithin ? 'while' : 'partly while';
  return [{ ...one, seen, order, gap: Math.max(early, late) }];
}

function whoOf(matches: readonly Match[]): string {
  const rules = new Set(matches.map(({ rule }) => rule));
  if (!rules.has('same-network')) return 'the same address';
  return `${rules.has('same-address') ? 'the same address or ' : ''}another address of its network`;
}

/** Only of some methods it is Cloudflare's own word that somebody acted as a bot. */
function didOf(matches: readonly Match[]): readonly [did: string, how: string] {
  if (matches.every(({ onGitlab, sighting }) => onGitlab !== true && isBotMethod(sighting.method))) {
    return ['acted as a bot', ''];
  }
  const ways = new Set(
    matches.map(({ onGitlab, sighting }) =>
      onGitlab === true ? 'it called GitLab itself' : methodWords(sighting.method),
    ),
  );
  return ['was sighted', `: ${[...ways].join('; ')}`];
}

/** How far apart, from the nearest to the farthest; empty where they overlap. */
function gapText(compared: readonly Compared[]): string {
  const gaps = compared.map(({ gap }) => gap);
  const [least, most] = [gaps.reduce((a, b) => Math.min(a, b)), gaps.reduce((a, b) => Math.max(a, b))].map((gap) =>
    gap < MINUTE ? 'less than a minute' : plural(Math.round(gap / MINUTE), 'minute', 'minutes'),
  );
  if (gaps.some((gap) => gap <= 0)) return '';
  return least === most ? `${least} ` : `${least} to ${most} `;
}
