import { SOURCE_NAMES, type SourceName } from './coverage.ts';
import { gapBetween, type Interval, lengthOf } from './time.ts';
import { isExactlyTimed, type TokenUse, usesCounted } from './token-use.ts';

/**
 * How far an event may lie from the request that made it, in milliseconds: a log tells when a request ended, an event
 * when it was saved, and their clocks differ.
 */
const CLOCKS_APART = 5_000;

/**
 * One use seen by several sources as one that names them all: same credential, address and strength, times that
 * overlap, and the same action or one of them without. The merged use keeps the closer time; a use without an action (a
 * span of the token list) that overlaps several others is named by each of them.
 *
 * Requests that a log counted are named by the events they made: each event takes one request out of the count, as long
 * as there is one for it; what is left keeps its time. So the uses that come out count no more than the requests logged
 * and the events that no request explains. What one source lists twice under different event ids stays two. The answer
 * does not depend on the order of `uses`, and comes in order of time.
 */
export function mergeUses(uses: readonly TokenUse[]): TokenUse[] {
  const groups = new Map<string, TokenUse[]>();
  for (const use of uses) {
    const key = `${use.credential} ${use.address} ${use.strength}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [use]);
    else group.push(use);
  }
  const merged: TokenUse[] = [];
  for (const group of groups.values()) for (const use of mergeGroup(group)) merged.push(use);
  return merged.sort(compareUses);
}

/** Uses of one credential, address and strength. */
function mergeGroup(group: readonly TokenUse[]): readonly TokenUse[] {
  if (group.length === 1) return group;
  const named = pair(group.filter(({ action }) => action !== undefined));
  const told = nameRequests(named, group.filter(isCounted));
  const spans = pair(group.filter((use) => use.action === undefined && !isCounted(use)));
  if (spans.length === 0) return told;
  const explained = new Set<TokenUse>();
  const joined = told.map((use) => {
    const overlapping = spans.filter((span) => overlap(span.at, use.at));
    for (const span of overlapping) explained.add(span);
    return overlapping.reduce(joinUses, use);
  });
  return [...joined, ...spans.filter((span) => !explained.has(span))];
}

/** Requests that a source counted without saying what each of them did. */
function isCounted({ action, times }: TokenUse): boolean {
  return action === undefined && times !== undefined;
}

interface Requests {
  readonly span: TokenUse;
  readonly events: TokenUse[];
}

/** Events and counted requests, an event that one of the requests made as one with it. */
function nameRequests(events: readonly TokenUse[], counted: readonly TokenUse[]): readonly TokenUse[] {
  if (events.length === 0 || counted.length === 0) return [...events, ...counted];
  const requests: Requests[] = [...counted].sort(compareUses).map((span) => ({ span, events: [] }));
  const unexplained: TokenUse[] = [];
  for (const event of [...events].sort(compareUses)) (madeBy(event, requests)?.events ?? unexplained).push(event);
  return [...requests.flatMap(tellRequests), ...unexplained];
}

/** The requests nearest to an event, of those that did not make as many events as they are. */
function madeBy(event: TokenUse, requests: readonly Requests[]): Requests | undefined {
  let nearest: Requests | undefined;
  let least = CLOCKS_APART;
  for (const candidate of requests) {
    const gap = gapBetween(candidate.span.at, event.at);
    if (gap > least || (gap === least && nearest !== undefined)) continue;
    if (candidate.events.length >= usesCounted(candidate.span)) continue;
    nearest = candidate;
    least = gap;
  }
  return nearest;
}

function tellRequests({ span, events }: Requests): readonly TokenUse[] {
  if (events.length === 0) return [span];
  const told = events.map((event) => ({ ...event, sources: union(event.sources, span.sources) }));
  const left = usesCounted(span) - events.length;
  if (left > 0) return [...told, { ...span, times: left }];
  // Nothing of the span is left to say what was called.
  const [first, ...others] = told;
  if (first === undefined || span.calls === undefined) return told;
  return [{ calls: span.calls, ...first }, ...others];
}

/** Merges what is the same use: one event told twice, or the same action at the same time told by two sources. */
function pair(uses: readonly TokenUse[]): TokenUse[] {
  if (uses.length < 2) return [...uses];
  const merged: TokenUse[] = [];
  for (const sameAction of Map.groupBy([...uses].sort(compareUses), ({ action }) => action).values()) {
    // Sorted by start: whatever ended before this use began meets none of those to come.
    let open: TokenUse[] = [];
    for (const use of sameAction) {
      const ended = open.filter(({ at }) => at.notAfter < use.at.notBefore);
      for (const one of ended) merged.push(one);
      if (ended.length > 0) open = open.filter(({ at }) => at.notAfter >= use.at.notBefore);
      const same = open.findIndex((other) => isSameUse(other, use));
      open = same === -1 ? [...open, use] : open.map((other, index) => (index === same ? joinUses(other, use) : other));
    }
    for (const one of open) merged.push(one);
  }
  return merged;
}

function isSameUse(a: TokenUse, b: TokenUse): boolean {
  if (!overlap(a.at, b.at)) return false;
  if (a.eventId !== undefined && a.eventId === b.eventId) return true;
  return !a.sources.some((source) => b.sources.includes(source));
}

/** `a` with what only `b` knows, at the closer of the two times. */
function joinUses(a: TokenUse, b: TokenUse): TokenUse {
  return { ...b, ...a, at: closer(a, b), sources: union(a.sources, b.sources) };
}

function union(a: readonly SourceName[], b: readonly SourceName[]): readonly SourceName[] {
  return SOURCE_NAMES.filter((name) => a.includes(name) || b.includes(name));
}

function overlap(a: Interval, b: Interval): boolean {
  return gapBetween(a, b) === 0;
}

/** Instants that are known, however far apart, are closer than any bounds around one that is not. */
function closer(a: TokenUse, b: TokenUse): Interval {
  if (isExactlyTimed(a) !== isExactlyTimed(b)) return isExactlyTimed(a) ? a.at : b.at;
  return lengthOf(b.at) < lengthOf(a.at) ? b.at : a.at;
}

function compareUses(a: TokenUse, b: TokenUse): number {
  return (
    a.at.notBefore - b.at.notBefore ||
    a.at.notAfter - b.at.notAfter ||
    compareText(a.credential, b.credential) ||
    compareText(a.address, b.address) ||
    compareText(a.strength, b.strength) ||
    compareText(a.action ?? '', b.action ?? '') ||
    compareText(a.eventId ?? '', b.eventId ?? '') ||
    compareText(a.sources.join(), b.sources.join()) ||
    compareText(a.original, b.original) ||
    usesCounted(a) - usesCounted(b) ||
    compareText(a.refusal ?? '', b.refusal ?? '') ||
    compareText(a.calls?.join() ?? '', b.calls?.join() ?? '')
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
