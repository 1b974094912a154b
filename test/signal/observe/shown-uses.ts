import { type EpochMs, HOUR, MINUTE } from '../../../functions/core/time.ts';
import type { EvidenceMix } from '../observed.ts';
import type { GitlabCall, Story } from '../truth.ts';
import { shownIn } from './event-source.ts';
import { HOURLY_AT } from './inventory-source.ts';
import { type ListState, stateAt } from './last-used.ts';
import { type Listing, listedTokens, listingOf } from './listing.ts';
import { isLogged, logLateness } from './log-source.ts';
import type { Observatory } from './observatory.ts';
import { callTrain, instantAt } from './train.ts';

/** A use (used, acted or minted) of a labelled call that a source of the mix shows. */
export interface ShownUse {
  readonly call: GitlabCall;
  readonly at: EpochMs;
  /** When it can first be read. */
  readonly shownAt: EpochMs;
  /** The source names the very token. */
  readonly named: boolean;
}

/** Minutes after an alert at which its case looks. */
const LOOKS = [0, 5, 15, 60];
/** Of a call of more requests than this, so many are looked at. */
const MOST_INSTANTS = 400;

/** Everything that the mix shows of labelled calls, by `Intrusion.id`. */
export function shownUses(seen: Observatory, mix: EvidenceMix): Map<string, ShownUse[]> {
  const listing = listingOf(mix);
  const shown: ShownUse[] = [];
  if (mix.sources.includes('logs')) shown.push(...inLogs(seen.story));
  if (mix.sources.includes('stream')) shown.push(...asEvents(seen, 'stream', listing));
  if (mix.sources.includes('audit')) shown.push(...asEvents(seen, 'audit', listing));
  if (mix.sources.includes('inventory')) shown.push(...inLists(seen, listing));
  return Map.groupBy(shown, ({ call }) => call.intrusion ?? '');
}

function inLogs(story: Story): ShownUse[] {
  const lateness = logLateness(story);
  return story.calls.flatMap((call, index) => {
    if (!isSuccess(call) || !isLogged(call)) return [];
    const late = lateness(call, index);
    return instantsOf(call).map((at) => ({ call, at, shownAt: at + late, named: true }));
  });
}

function asEvents(seen: Observatory, source: 'audit' | 'stream', listing: Listing): ShownUse[] {
  return seen.events(source, listing).flatMap((events) => {
    const { call, uses, late } = events;
    if (!isSuccess(call) || uses.length === 0) return [];
    const named = uses.some(({ credential }) => !credential.startsWith('user/'));
    const shown = shownIn(events, call.from, Number.POSITIVE_INFINITY);
    return shown.map(({ at }) => ({ call, at, shownAt: at + late, named }));
  });
}

/** A list shows a use where its address stands in it when we read: hourly, and when cases look. */
function inLists(seen: Observatory, listing: Listing): ShownUse[] {
  const { story, histories } = seen;
  const listed = new Set(listedTokens(story.organisation, listing).map(({ id }) => id));
  const looks = [...seen.spikes, ...seen.monitors].flatMap(({ at }) => LOOKS.map((minutes) => at + minutes * MINUTE));
  const sorted = looks.sort((a, b) => a - b);
  return story.calls.flatMap((call) => {
    const states = histories.get(call.credential ?? '');
    if (!isSuccess(call) || states === undefined || !listed.has(call.credential ?? '')) return [];
    return instantsOf(call).flatMap((at) => {
      const span = listedSpan(states, call.address, at + (call.lateBy ?? 0));
      const isRead = span !== undefined && isReadWithin(span, sorted);
      return isRead ? [{ call, at, shownAt: span.start, named: true }] : [];
    });
  });
}

/** From when to when a list that was just renewed holds the address; undefined where it does not. */
function listedSpan(
  states: readonly ListState[],
  address: string,
  at: EpochMs,
): { start: EpochMs; end: EpochMs } | undefined {
  if (stateAt(states, at)?.addresses.includes(address) !== true) return undefined;
  const dropped = states.find(({ from, addresses }) => from > at && !addresses.includes(address));
  return { start: at, end: dropped?.from ?? Number.POSITIVE_INFINITY };
}

function isReadWithin({ start, end }: { start: EpochMs; end: EpochMs }, looks: readonly EpochMs[]): boolean {
  const hourly = Math.ceil((start - HOURLY_AT) / HOUR) * HOUR + HOURLY_AT;
  return hourly < end || looks.some((look) => look >= start && look < end);
}

function isSuccess({ intrusion, refusal }: GitlabCall): boolean {
  return intrusion !== undefined && refusal === undefined;
}

function instantsOf(call: GitlabCall): EpochMs[] {
  const train = callTrain(call);
  const stride = Math.ceil(train.count / MOST_INSTANTS);
  return Array.from({ length: Math.ceil(train.count / stride) }, (_, index) => instantAt(train, index * stride));
}
