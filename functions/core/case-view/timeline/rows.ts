import { count } from '../../amount-text.ts';
import { credentialTitle } from '../../credential-title.ts';
import type { Finding, FindingDecision } from '../../finding.ts';
import { idText, withoutSecrets } from '../../hostile-text.ts';
import { type Interval, instant } from '../../time.ts';
import { isExactlyTimed, type Strength, type TokenUse } from '../../token-use.ts';
import { isTold, isToldInterval } from '../told-time.ts';
import type { CaseEvent, CaseEventKind } from './flags.ts';
import type { LaneUse } from './marks.ts';
import type { TimelineContent } from './words.ts';

/** One line of the table behind a timeline. Its texts are safe to print. */
export interface TimelineRow {
  /** Undefined: not known, or not delivered. */
  readonly at: Interval | undefined;
  /** It took all of `at`, or is one instant; false: it was at some time within. */
  readonly exact: boolean;
  readonly what: string;
  readonly who: string;
  /** Addresses; empty where there are none. */
  readonly where: string;
  /** What is done about the finding that it is part of; undefined where it is part of none. */
  readonly matched: FindingDecision | undefined;
}

/** The most rows of the table. */
export const ROWS_SHOWN = 100;

const EVENTS_SHOWN = 40;

/** The rows in order of time, those without a time last; and of how many they are. Cut: uses that did not match, first. */
export function timelineRows(content: TimelineContent): { rows: TimelineRow[]; of: number } {
  const events = content.events.map(eventRow);
  const bots = botRows(content);
  const uses = content.usage.flatMap(({ finding, uses: all }) => all.map((one) => ({ finding, one })));
  const matched = uses.filter(({ one }) => one.matched);
  const others = uses.filter(({ one }) => !one.matched);
  const room = Math.max(0, ROWS_SHOWN - bots.length - Math.min(events.length, EVENTS_SHOWN));
  const shown = [...matched, ...others].slice(0, room).map(({ finding, one }) => useRow(finding, one));
  return {
    rows: [...bots, ...events.slice(0, EVENTS_SHOWN), ...shown].sort((a, b) => sortKey(a) - sortKey(b)),
    of: bots.length + events.length + uses.length,
  };
}

/** What is at some time within bounds is told where these end. */
function sortKey({ at }: TimelineRow): number {
  return at === undefined ? Number.MAX_SAFE_INTEGER : at.notAfter;
}

/** What each strength says of a credential. */
export const DEEDS: Readonly<Record<Strength, string>> = {
  used: 'used',
  minted: 'created or rotated',
  acted: 'its owner acted',
  refused: 'tried and refused',
};

function useRow({ credential, decision }: Finding, { use, matched }: LaneUse): TimelineRow {
  const often = use.times === undefined || use.times === 1 ? '' : `, ${count(use.times)} times`;
  const how = matched ? `, matched ${decision === 'page' ? 'at' : 'below'} page level` : '';
  return {
    at: isToldInterval(use.at) ? use.at : undefined,
    exact: isExactlyTimed(use),
    what: `${use.strength === 'acted' && credential.kind === 'user' ? 'acted' : DEEDS[use.strength]}${often}${actionText(use)}${how}`,
    who: credentialTitle(credential),
    where: withoutSecrets(use.address, 60),
    matched: matched ? decision : undefined,
  };
}

function actionText({ action, refusal }: TokenUse): string {
  const told = refusal ?? action;
  return told === undefined ? '' : ` (${idText(told, 60)})`;
}

const EVENTS: Readonly<Record<CaseEventKind, readonly [what: string, who: string]>> = {
  'attack-start': ['attack begins, by its notification', 'Cloudflare'],
  'attack-end': ['attack ends, by its notification', 'Cloudflare'],
  poll: ['poll that began the case', 'Latchkey'],
  look: ['look', 'Latchkey'],
  page: ['page', 'PagerDuty'],
  update: ['silent update', 'PagerDuty'],
  alert: ['alert', 'alert webhook'],
};

function eventRow({ kind, at, look }: CaseEvent): TimelineRow {
  const [what, who] = EVENTS[kind];
  const number = look === undefined || kind === 'poll' ? '' : kind === 'look' ? ` ${look}` : ` of look ${look}`;
  const isSent = kind === 'page' || kind === 'update' || kind === 'alert';
  const missing = isTold(at) ? '' : isSent ? ', not delivered' : ', time not stored';
  return {
    at: isTold(at) ? instant(at) : undefined,
    exact: true,
    what: `${what}${number}${missing}`,
    who,
    where: '',
    matched: undefined,
  };
}

function botRows({ traffic: { busiest, peak, from, steps, step }, subject }: TimelineContent): TimelineRow[] {
  if (busiest === undefined) return [];
  const some = steps.filter(({ perMinute }) => perMinute > 0);
  const [first, last] = [some[0], some.at(-1)];
  const fastest = steps.find(({ perMinute }) => perMinute === peak);
  if (first === undefined || last === undefined || fastest === undefined) return [];
  const rate = peak < 1 ? 'less than one' : count(peak);
  const row = { exact: true, who: 'Cloudflare', where: '', matched: undefined };
  const spread = from === 'spread' ? ', spread evenly' : '';
  return [
    { ...row, at: { notBefore: first.at, notAfter: last.at + step }, what: `${subject[1]}${spread}` },
    { ...row, at: { notBefore: fastest.at, notAfter: fastest.at + step }, what: `the most of them: ${rate} a minute` },
  ];
}
