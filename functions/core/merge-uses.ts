import { SOURCE_NAMES, type SourceName } from './coverage.ts';
import { type Interval, lengthOf } from './time.ts';
import type { TokenUse } from './token-use.ts';

/**
 * One use seen by two sources as one that names both: same credential, address and strength, times that overlap, and
 * the same action or one of them without. The merged use keeps the closer time. A use without an action (a span of the
 * token list) that overlaps several with one is named by each of them. What one source lists twice under different
 * event ids stays two. The answer does not depend on the order of `uses`, and comes in order of time.
 */
export function mergeUses(uses: readonly TokenUse[]): TokenUse[] {
  const groups = new Map<string, TokenUse[]>();
  for (const use of uses) {
    const key = `${use.credential} ${use.address} ${use.strength}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [use]);
    else group.push(use);
  }
  return [...groups.values()].flatMap(mergeGroup).sort(compareUses);
}

/** Uses of one credential, address and strength. */
function mergeGroup(group: readonly TokenUse[]): TokenUse[] {
  if (group.length === 1) return [...group];
  const named = pair(group.filter(({ action }) => action !== undefined));
  const unnamed = pair(group.filter(({ action }) => action === undefined));
  const explained = new Set<TokenUse>();
  const joined = named.map((use) => {
    const spans = unnamed.filter((span) => overlap(span.at, use.at));
    for (const span of spans) explained.add(span);
    return spans.reduce(joinUses, use);
  });
  return [...joined, ...unnamed.filter((span) => !explained.has(span))];
}

/** Merges what is the same use: one event told twice, or the same action at the same time told by two sources. */
function pair(uses: readonly TokenUse[]): TokenUse[] {
  const merged: TokenUse[] = [];
  for (const sameAction of Map.groupBy([...uses].sort(compareUses), ({ action }) => action).values()) {
    // Sorted by start: whatever ended before this use began meets none of those to come.
    let open: TokenUse[] = [];
    for (const use of sameAction) {
      merged.push(...open.filter(({ at }) => at.notAfter < use.at.notBefore));
      open = open.filter(({ at }) => at.notAfter >= use.at.notBefore);
      const same = open.findIndex((other) => isSameUse(other, use));
      open = same === -1 ? [...open, use] : open.map((other, index) => (index === same ? joinUses(other, use) : other));
    }
    merged.push(...open);
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
  return { ...b, ...a, at: closer(a.at, b.at), sources: union(a.sources, b.sources) };
}

function union(a: readonly SourceName[], b: readonly SourceName[]): SourceName[] {
  return SOURCE_NAMES.filter((name) => a.includes(name) || b.includes(name));
}

function overlap(a: Interval, b: Interval): boolean {
  return a.notBefore <= b.notAfter && b.notBefore <= a.notAfter;
}

function closer(a: Interval, b: Interval): Interval {
  return lengthOf(b) < lengthOf(a) ? b : a;
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
    compareText(a.original, b.original)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
