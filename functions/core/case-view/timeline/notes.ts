import { count, plural } from '../../amount-text.ts';
import { MINUTE } from '../../time.ts';
import { isTold } from '../told-time.ts';
import type { CaseEvent } from './flags.ts';
import type { MarkedUses } from './marks.ts';
import type { TimelineContent } from './words.ts';

/** What a timeline does not show, or shows otherwise than it was: one sentence each. */
export function timelineNotes(content: TimelineContent, marked: readonly MarkedUses[]): string[] {
  return [
    ...trafficNotes(content),
    ...outsideNotes(content, marked),
    ...usesNotes(content),
    ...deliveryNotes(content.events, content.file.state?.shadow === true),
  ];
}

function trafficNotes({ traffic: { from, step, isOlder }, subject: [, many] }: TimelineContent): string[] {
  const older = isOlder ? ['The newest look got no answer from Cloudflare: the area is that of an earlier one.'] : [];
  if (from === 'spread') {
    return [
      `When the ${many} came is not stored: each address has its own spread evenly over the time it was seen, or was asked about.`,
      ...older,
    ];
  }
  if (from !== 'counted' || step <= MINUTE) return older;
  return [`The area shows averages of ${count(step / MINUTE)} minutes.`, ...older];
}

/** One sentence for all that lies beside the picture. */
function outsideNotes({ traffic, events, picture, subject }: TimelineContent, marked: readonly MarkedUses[]): string[] {
  const sum = (of: (one: MarkedUses) => number) => marked.reduce((total, one) => total + of(one), 0);
  const [before, after, untimed] = [sum((one) => one.before), sum((one) => one.after), sum((one) => one.untimed)];
  const away = events.filter(({ at }) => isTold(at) && (at < picture.start || at > picture.end)).length;
  const parts = [
    ...(before === 0 ? [] : [`${plural(before, 'use', 'uses')} before it`]),
    ...(after === 0 ? [] : [`${plural(after, 'use', 'uses')} after it`]),
    ...(away === 0 ? [] : [`${plural(away, 'look, page or alert', 'looks, pages and alerts')}`]),
    ...(traffic.outside === 0 ? [] : [`about ${plural(traffic.outside, ...subject)}`]),
  ];
  return [
    ...(parts.length === 0 ? [] : [`Outside the picture: ${parts.join(', ')}.`]),
    ...(untimed === 0 ? [] : [`${plural(untimed, 'use has a time', 'uses have times')} that cannot be read.`]),
  ];
}

function usesNotes({ file: { uses }, usage, left }: TimelineContent): string[] {
  if (usage.length === 0) return [];
  return [
    ...(uses === undefined
      ? ['Only uses that matched are drawn: what else GitLab knew of these credentials is not stored.']
      : []),
    ...(uses !== undefined && uses.leftOut > 0
      ? [
          `GitLab knew ${plural(uses.leftOut, 'further use', 'further uses')} of the credentials found, which no page holds.`,
        ]
      : []),
    ...(left === 0 ? [] : [`${plural(left, 'further credential has', 'further credentials have')} no lane here.`]),
    ...(usage.some(({ cut }) => cut)
      ? ['Not every match is stored: further uses count as matched where a matched address was used at that time.']
      : []),
  ];
}

function deliveryNotes(events: readonly CaseEvent[], shadow: boolean): string[] {
  const unsent = (kind: CaseEvent['kind']) => events.filter((event) => event.kind === kind && !isTold(event.at)).length;
  const [pages, updates, alerts] = [unsent('page'), unsent('update'), unsent('alert')];
  const why = shadow ? ', as this is shadow mode' : '';
  return [
    ...(pages === 0
      ? []
      : [`${plural(pages, 'page was', 'pages were')} ordered and not delivered to PagerDuty${why}.`]),
    ...(updates === 0
      ? []
      : [`${plural(updates, 'update was', 'updates were')} ordered and not delivered to PagerDuty${why}.`]),
    ...(alerts === 0 ? [] : [`${plural(alerts, 'alert was', 'alerts were')} ordered and not delivered.`]),
  ];
}
