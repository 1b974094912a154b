import type { AlertAnalysis } from '../../core/alert-analysis.ts';
import type { AlertFinding, AlertGitlab } from '../../core/alert-gitlab.ts';
import type { AlertMessage } from '../../core/alert-message.ts';
import type { AlertMetric, RawEvent, RawEvents } from '../../core/alert-metrics.ts';
import { amount, count, plural } from '../../core/amount-text.ts';
import { capital } from '../../core/capital.ts';
import type { FacetName } from '../../core/security-events.ts';
import { inertFor } from './chat-text.ts';

/** A part of a chat message: short facts with a label each, and lines. Titles and labels are our own words. */
export interface ChatSection {
  readonly title: string;
  readonly facts: readonly { readonly label: string; readonly text: string }[];
  readonly lines: readonly string[];
}

/** How much of an alert a chat message tells; the rest is counted. */
export interface ChatCaps {
  /** Lines of a list. */
  readonly lines: number;
  /** Groups of raw events. */
  readonly groups: number;
  /** Values of a metric. */
  readonly values: number;
  /** Characters of a line; what GitLab answered may have four times as many, and 300 always. */
  readonly text: number;
}

/** From everything a chat should hold to what fits anywhere. */
const CAPS: readonly [ChatCaps, ...ChatCaps[]] = [
  { lines: 12, groups: 15, values: 5, text: 400 },
  { lines: 8, groups: 10, values: 5, text: 300 },
  { lines: 8, groups: 8, values: 3, text: 200 },
  { lines: 6, groups: 5, values: 3, text: 140 },
  { lines: 4, groups: 5, values: 2, text: 100 },
  { lines: 3, groups: 3, values: 1, text: 60 },
  // What escaping makes five times as long.
  { lines: 2, groups: 1, values: 1, text: 30 },
];

/**
 * The alert as a body that `fits`, telling as much as it can. What remains is always told: the headline, the numbers,
 * what GitLab answered, and how much was left out.
 */
export function largestFitting<T>(write: (caps: ChatCaps) => T, fits: (body: T) => boolean): T {
  const [all, ...smaller] = CAPS;
  return smaller.reduce((body, caps) => (fits(body) ? body : write(caps)), write(all));
}

/** The alert for people in a chat, the most important first; every text inert, none empty. */
export function chatSections(message: AlertMessage, caps: ChatCaps): ChatSection[] {
  const inert = inertFor(message.zone.name);
  const text: Text = (value, length = caps.text) => inert(value, length) || '(empty)';
  const sections = [
    overview(message, text),
    gitlabSection(message.gitlab, caps, text),
    analysisSection(message.analysis, caps, text),
    indicatorSection(message.analysis, caps, text),
    actionSection(message.analysis, text),
    metricSection(message.metrics, caps, text),
    rawSection(message.rawEvents, caps, text),
    { title: 'Not seen', facts: [], lines: capped(message.notes, caps.lines, 'notes', (note) => text(note)) },
  ];
  return sections.filter(({ facts, lines }) => facts.length > 0 || lines.length > 0);
}

type Text = (value: string, length?: number) => string;

function overview({ severity, shadow, zone, monitor, totals, ...message }: AlertMessage, text: Text) {
  const { start, end } = message.window ?? totals.window;
  const mode = shadow ? ' (shadow mode: nobody is paged)' : '';
  const facts = [
    { label: 'Severity', text: `${capital(severity)}${mode}` },
    { label: 'Zone', text: text(zone.name ?? zone.id) },
    { label: 'Monitor', text: text(monitor.name) },
    { label: 'Events between', text: text(`${start} and ${end}`, 80) },
    { label: 'Events', text: text(totals.text) },
    { label: 'Case', text: text(`${message.case.id}, look ${message.case.look}, ${message.environment}`) },
  ];
  return { title: 'Overview', facts, lines: [] };
}

function gitlabSection({ answer, findings, findingsLeftOut, gaps }: AlertGitlab, caps: ChatCaps, text: Text) {
  const known = findings.length + findingsLeftOut;
  const found = capped(findings, caps.lines, 'credentials', (finding) => text(findingText(finding)), known);
  const unseen = capped(gaps, caps.lines, 'gaps', (gap) => text(gap.text));
  return {
    title: 'Did any of these addresses hold a GitLab key?',
    facts: [],
    lines: [text(answer, Math.max(300, caps.text * 4)), ...found, ...unseen],
  };
}

/** Parts of a score that say what was done, and how unusual the place is: what a credential may do, its title says. */
const CONTEXT: ReadonlySet<string> = new Set([
  'actions',
  'novelty',
  'new-owners',
  'gitlab-only',
  'usual-network',
  'known-egress',
  'shared-egress',
]);

function findingText({ score, decision, sentence, reasons, addresses, addressesLeftOut, scoreParts }: AlertFinding) {
  const more = addresses.length - 1 + addressesLeftOut;
  const others = more > 0 ? ` Seen from ${plural(more, 'more address', 'more addresses')}.` : '';
  const context = scoreParts.filter(({ name, points }) => points !== 0 && CONTEXT.has(name));
  const why = [...reasons, ...context.map((part) => part.sentence)];
  return `Score ${score}, ${decision}: ${sentence}${others} ${why.join(' ')}`;
}

function analysisSection({ summary, writtenBy }: AlertAnalysis, caps: ChatCaps, text: Text): ChatSection {
  const lines = capped(summary, caps.lines, 'statements', (claim) => text(claim));
  return { title: 'Attack summary', facts: [], lines: [...lines, text(writtenBy)] };
}

function indicatorSection({ indicators }: AlertAnalysis, caps: ChatCaps, text: Text): ChatSection {
  const fact = (label: string, claims: readonly string[]) => {
    if (claims.length === 0) return [];
    const kept = claims.slice(0, Math.max(1, Math.ceil(caps.lines / 2)));
    const more = claims.length - kept.length;
    const rest = more === 0 ? '' : ` (and ${count(more)} more)`;
    return [{ label, text: `${kept.map((claim) => text(claim)).join(' ')}${rest}` }];
  };
  const facts = [
    ...fact('Geography', indicators.geography),
    ...fact('Networks', indicators.asns),
    ...fact('Targets', indicators.targets),
    ...fact('Patterns', indicators.patterns),
  ];
  return { title: 'Key indicators', facts, lines: [] };
}

function actionSection({ actions }: AlertAnalysis, text: Text): ChatSection {
  const lines = actions.map((entry) => text(`${entry.action}: ${entry.text}`));
  return { title: 'Recommended actions', facts: [], lines };
}

const METRICS: Readonly<Record<FacetName, string>> = {
  addresses: 'Addresses',
  countries: 'Countries',
  asns: 'Networks (ASN)',
  actions: 'Actions',
  sources: 'Sources',
  statuses: 'Statuses',
  hosts: 'Hosts',
  paths: 'Paths',
  rules: 'Rules',
  ja4: 'JA4',
  tags: 'Bot tags',
};

function metricSection(metrics: readonly AlertMetric[], caps: ChatCaps, text: Text): ChatSection {
  const facts = metrics
    .filter(({ values }) => values.length > 0)
    .map(({ name, distinct, isLowerBound, values }) => {
      const kept = values.slice(0, caps.values);
      const more = Math.max(distinct, values.length) - kept.length;
      const list = kept.map((entry) => `${text(entry.value, Math.min(80, caps.text))} (${count(entry.count)})`);
      const known = amount(distinct, { estimated: false, lowerBound: isLowerBound });
      const rest = more > 0 ? `, and ${amount(more, { estimated: false, lowerBound: isLowerBound })} more` : '';
      return { label: `${METRICS[name]}: ${known}`, text: `${list.join(', ')}${rest}` };
    });
  return { title: 'Metrics (events)', facts, lines: [] };
}

function rawSection({ groups, leftOut, more }: RawEvents, caps: ChatCaps, text: Text): ChatSection {
  const shown = groups.slice(0, caps.groups);
  const untold = groups.length - shown.length + leftOut;
  const known = untold === 0 ? '' : `${plural(untold, 'further group is', 'further groups are')} not shown`;
  const unread = more ? 'there are smaller ones, which are not listed' : '';
  const rest = [known, unread].filter((part) => part !== '').join('; ');
  const lines = shown.map((group) => text(groupText(group)));
  return {
    title: 'Raw events',
    facts: [],
    lines: rest === '' ? lines : [...lines, `${capital(rest)}: see the security events at Cloudflare.`],
  };
}

function groupText({ count: events, dimensions }: RawEvent): string {
  const told = (name: keyof RawEvent['dimensions'], prefix = '') => {
    const value = dimensions[name];
    if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return '';
    return prefix + (Array.isArray(value) ? value.join(' ') : String(value));
  };
  const parts = [
    told('action'),
    told('source'),
    told('clientIP'),
    [told('clientAsn', 'AS'), told('clientCountryName')].join(' ').trim(),
    `${told('clientRequestHTTPHost')} ${told('clientRequestPath')}`.trim(),
    told('edgeResponseStatus', 'status '),
    told('botScore', 'bot score '),
    told('description'),
    told('ruleId', 'rule '),
    told('ja4', 'JA4 '),
    told('botDetectionTags', 'tags '),
  ];
  return [`${count(events)} ×`, ...parts.filter((part) => part !== '')].join(' · ').replace(' · ', ' ');
}

/** As many as the cap allows, and a line that counts the rest. `known` are more than there are where some are left out. */
function capped<T>(all: readonly T[], cap: number, noun: string, line: (item: T) => string, known = all.length) {
  const lines = all.slice(0, cap).map(line);
  const rest = known - lines.length;
  return rest > 0 ? [...lines, `and ${count(rest)} more ${noun}`] : lines;
}
