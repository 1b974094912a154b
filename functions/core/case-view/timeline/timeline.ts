import type { CaseFile } from '../../case-file.ts';
import { credentialTitle } from '../../credential-title.ts';
import type { FindingDecision } from '../../finding.ts';
import { type Window, widen } from '../../time.ts';
import { isExactlyTimed } from '../../token-use.ts';
import { eventsOf, type Flag, flagsOf } from './flags.ts';
import { type CredentialUsage, usageOf } from './lanes.ts';
import { countOf, type MarkedUses, marksOf } from './marks.ts';
import { timelineNotes } from './notes.ts';
import { pictureOf, slackOf, windowOf } from './picture.ts';
import { type TimelineRow, timelineRows } from './rows.ts';
import { type TrafficSubject, trafficSubject } from './subject.ts';
import { type BotTraffic, botTraffic } from './traffic.ts';
import { type TimelineContent, timelineSummary } from './words.ts';

/** One credential of a timeline. Its texts are safe to print. */
export interface Lane extends MarkedUses {
  readonly title: string;
  readonly decision: FindingDecision;
  /** Uses counted, drawn or not. */
  readonly matchedUses: number;
  readonly otherUses: number;
}

/** What the timeline of a case shows, before anything is drawn. */
export interface Timeline {
  /** From when to when the picture goes. */
  readonly picture: Window;
  /** The case's window; undefined where it has none yet. */
  readonly window: Window | undefined;
  /** The window with the slack at both ends, as far as the picture shows it. */
  readonly slack: Window | undefined;
  readonly traffic: BotTraffic;
  /** What the traffic is, in words. */
  readonly subject: TrafficSubject;
  /** The worst first. */
  readonly lanes: readonly Lane[];
  /** In order of time. */
  readonly flags: readonly Flag[];
  /** What the picture shows, a sentence each. */
  readonly summary: readonly string[];
  /** What it does not show. */
  readonly notes: readonly string[];
  readonly rows: readonly TimelineRow[];
  /** How many rows there would be without a limit. */
  readonly rowsOf: number;
}

/**
 * The timeline of a case; undefined where not one time of it is known. Whatever is stored, it is bounded: at most 8
 * lanes of 60 marks, 16 flags, 180 steps and 100 rows.
 *
 * @param slack milliseconds that a sighting and a use may lie apart
 */
export function timelineOf({ file, slack }: { readonly file: CaseFile; readonly slack: number }): Timeline | undefined {
  const window = windowOf(file);
  const matching = window === undefined ? undefined : widen(window, slackOf(slack));
  const { drawn: usage, left } = usageOf(file, matching);
  const events = eventsOf(file);
  const exact = usage.flatMap(({ uses }) => uses).filter(({ use }) => isExactlyTimed(use));
  const picture = pictureOf({
    window,
    slack,
    openedAt: file.openedAt,
    events: events.flatMap(({ at }) => at ?? []),
    matched: exact.flatMap(({ use, matched }) => (matched ? [use.at] : [])),
    others: exact.flatMap(({ use, matched }) => (matched ? [] : [use.at])),
  });
  if (picture === undefined) return undefined;
  const traffic = botTraffic(file, window, picture);
  const lanes = usage.map((one) => laneOf(one, picture));
  const subject = trafficSubject(file);
  const content: TimelineContent = { file, picture, traffic, subject, usage, left, events };
  const { rows, of } = timelineRows(content);
  return {
    picture,
    window,
    slack: matching === undefined ? undefined : within(matching, picture),
    traffic,
    subject,
    lanes,
    flags: flagsOf(events, picture),
    summary: timelineSummary(content),
    notes: timelineNotes(content, lanes),
    rows,
    rowsOf: of,
  };
}

function laneOf({ finding, uses }: CredentialUsage, picture: Window): Lane {
  return {
    ...marksOf(uses, picture),
    title: credentialTitle(finding.credential),
    decision: finding.decision,
    matchedUses: countOf(uses.filter(({ matched }) => matched)),
    otherUses: countOf(uses.filter(({ matched }) => !matched)),
  };
}

function within({ start, end }: Window, picture: Window): Window {
  return { start: Math.max(start, picture.start), end: Math.min(end, picture.end) };
}
