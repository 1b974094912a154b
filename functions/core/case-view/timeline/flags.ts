import type { CaseFile } from '../../case-file.ts';
import type { EpochMs, Window } from '../../time.ts';
import { isTold } from '../told-time.ts';

/** What happened to a case itself. */
export type CaseEventKind = 'attack-start' | 'attack-end' | 'poll' | 'look' | 'page' | 'update' | 'alert';

export interface CaseEvent {
  readonly kind: CaseEventKind;
  /** Undefined: it was ordered and not delivered, or its time was not stored. */
  readonly at: EpochMs | undefined;
  /** Which look did it, or ordered it. */
  readonly look?: number;
}

/** One or more events of a kind, near to each other, as one flag. */
export interface Flag {
  readonly kind: CaseEventKind;
  /** When the first of them was, and the last. */
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly count: number;
  /** Short enough to stand in a chart: `look 2`, `3 pages`. */
  readonly label: string;
}

/** Events of one kind nearer than this part of the picture become one flag. */
const NEAR = 1 / 45;

/** The most flags of a picture. */
export const FLAGS_DRAWN = 16;

/** Everything that happened to a case, the delivered and the undelivered, kind by kind. */
export function eventsOf({ alert, ends, looks, pages, alerts, openedAt }: CaseFile): CaseEvent[] {
  const ended = new Set([...ends, ...(alert?.endedAt === undefined ? [] : [alert.endedAt])]);
  return [
    ...(alert === undefined ? [] : [{ kind: 'attack-start' as const, at: alert.startedAt }]),
    ...[...ended].map((at) => ({ kind: 'attack-end' as const, at })),
    ...looks.map(({ look, at }) =>
      // Only joined looks store their time; the poll that began the case is what opened it.
      look === 0 ? { kind: 'poll' as const, at: at ?? openedAt, look } : { kind: 'look' as const, at, look },
    ),
    ...pages.map(({ order, look, sentAt }) => ({ kind: order.kind, at: sentAt, look })),
    ...alerts.map(({ look, sentAt }) => ({ kind: 'alert' as const, at: sentAt, look })),
  ];
}

/** The events within a picture as flags, in order of time, those of a kind that are near to each other as one. */
export function flagsOf(events: readonly CaseEvent[], picture: Window): Flag[] {
  const inside = events.flatMap(({ kind, at, look }) =>
    isTold(at) && at >= picture.start && at <= picture.end ? [{ kind, at, look }] : [],
  );
  const kinds = [...Map.groupBy(inside, ({ kind }) => kind)].map(([kind, all]) => {
    return { kind, all: all.sort((a, b) => a.at - b.at) };
  });
  const length = picture.end - picture.start;
  for (let gap = length * NEAR; ; gap *= 2) {
    const flags = kinds.flatMap(({ kind, all }) => groupsOf(all, gap).map((group) => flagOf(kind, group)));
    if (flags.length <= FLAGS_DRAWN || gap > length) return flags.sort((a, b) => a.from - b.from);
  }
}

interface ToldEvent {
  readonly at: EpochMs;
  readonly look: number | undefined;
}

function groupsOf(events: readonly ToldEvent[], gap: number): ToldEvent[][] {
  const groups: ToldEvent[][] = [];
  for (const event of events) {
    const last = groups.at(-1);
    if (last !== undefined && event.at - (last[0]?.at ?? 0) < gap) last.push(event);
    else groups.push([event]);
  }
  return groups;
}

function flagOf(kind: CaseEventKind, events: readonly ToldEvent[]): Flag {
  const times = events.map(({ at }) => at);
  return {
    kind,
    from: times.reduce((a, b) => Math.min(a, b)),
    to: times.reduce((a, b) => Math.max(a, b)),
    count: events.length,
    label: labelOf(kind, events),
  };
}

const LABELS: Readonly<Record<CaseEventKind, readonly [one: string, many: string]>> = {
  'attack-start': ['attack begins', 'attacks begin'],
  'attack-end': ['attack ends', 'attack ends'],
  poll: ['poll', 'polls'],
  look: ['look', 'looks'],
  page: ['page', 'pages'],
  update: ['update', 'updates'],
  alert: ['alert', 'alerts'],
};

function labelOf(kind: CaseEventKind, events: readonly ToldEvent[]): string {
  const [one, many] = LABELS[kind];
  const [first] = events;
  if (events.length > 1) {
    if (kind !== 'look') return `${events.length} ${many}`;
    const numbers = events.flatMap(({ look }) => look ?? []).sort((a, b) => a - b);
    return numbers.length === 2 ? `${many} ${numbers.join(', ')}` : `${many} ${numbers[0]} to ${numbers.at(-1)}`;
  }
  return kind === 'look' && first?.look !== undefined ? `${one} ${first.look}` : one;
}
