import { fields, framed, link, section, text } from './frame.ts';
import { arrayAt, numberAt, objectAt, stringAt } from './json.ts';
import { inert, type Paint } from './paint.ts';

const METRICS_SHOWN = 11;
const VALUES_SHOWN = 3;
const EVENTS_SHOWN = 5;
const ROWS_SHOWN = 6;

/** An alert as it was sent, as people would read it: lines of text, in a frame. */
export function alertLines(body: unknown, paint: Paint): string[] {
  const severity = stringAt(body, 'severity') ?? '';
  const isGrave = severity === 'critical' || severity === 'high';
  const title = ['Alert', stringAt(body, 'kind'), severity].filter((part) => part !== undefined && part !== '');
  const lines = stringAt(body, 'headline') === undefined ? chatLines(body, paint) : genericLines(body, paint);
  return framed(text(title.join(' · ')), lines, isGrave ? paint.red : paint.yellow);
}

function genericLines(body: unknown, paint: Paint): string[] {
  const gitlab = objectAt(body, 'gitlab');
  const analysis = objectAt(body, 'analysis');
  const totals = objectAt(body, 'totals');
  return [
    paint.bold(text(stringAt(body, 'headline') ?? '')),
    fields([stringAt(totals, 'text'), windowText(objectAt(body, 'window')) ?? windowText(objectAt(totals, 'window'))]),
    paint.cyan('Did any of these addresses hold a GitLab key?'),
    ...wrapped(stringAt(gitlab, 'answer') ?? '').map((line) => `  ${line}`),
    ...arrayAt(gitlab, 'findings')
      .slice(0, ROWS_SHOWN)
      .map((row) => `  ${findingLine(row)}`),
    ...section('Attack', arrayAt(analysis, 'summary'), ROWS_SHOWN, text, paint),
    ...section('Do now', arrayAt(analysis, 'actions'), ROWS_SHOWN, actionLine, paint),
    ...section('Metrics', metricRows(objectAt(body, 'metrics')), METRICS_SHOWN, fields, paint),
    ...rawLines(objectAt(body, 'rawEvents'), paint),
    ...section('Not seen', arrayAt(body, 'notes'), ROWS_SHOWN, text, paint),
    ...section('Links', arrayAt(body, 'links'), ROWS_SHOWN, linkLine, paint),
    paint.dim(`alert ${inert(stringAt(body, 'id') ?? '')}`),
  ];
}

/** A message for a chat is for the chat: here only what its notification shows. */
function chatLines(body: unknown, paint: Paint): string[] {
  const shown = stringAt(body, 'text') ?? stringAt(body, 'fallbackText') ?? 'a message without a text of its own';
  return [
    paint.bold(text(shown)),
    paint.dim(`a message for a chat, ${JSON.stringify(body ?? null).length} characters`),
  ];
}

function windowText(window: unknown): string | undefined {
  const [start, end] = [stringAt(window, 'start'), stringAt(window, 'end')];
  return start === undefined || end === undefined ? undefined : `(${start} to ${end})`;
}

function findingLine(row: unknown): string {
  return fields([`score ${numberAt(row, 'score') ?? '?'}`, stringAt(row, 'decision'), stringAt(row, 'sentence')]);
}

function actionLine(row: unknown): string {
  return fields([stringAt(row, 'action'), stringAt(row, 'text')]);
}

function linkLine(row: unknown): string {
  return link(stringAt(row, 'href'), stringAt(row, 'text'));
}

/** Per property how many values there are, and the first of them. */
function metricRows(metrics: Readonly<Record<string, unknown>>): string[][] {
  return Object.entries(metrics).flatMap(([name, metric]) => {
    const values = arrayAt(metric, 'values').slice(0, VALUES_SHOWN);
    if (values.length === 0) return [];
    const known = (numberAt(metric, 'distinct') ?? values.length).toLocaleString('en');
    const first = values.map((row) => `${stringAt(row, 'value') ?? '?'} (${countOf(row)})`);
    return [[name.padEnd(9), known.padStart(6), first.join(', ')]];
  });
}

function rawLines(raw: Readonly<Record<string, unknown>>, paint: Paint): string[] {
  const groups = arrayAt(raw, 'groups');
  const untold = numberAt(raw, 'leftOut') ?? 0;
  const cut = untold > 0 ? [paint.dim(`  ${untold} more were left out of the alert`)] : [];
  return [...section('Raw events', groups, EVENTS_SHOWN, eventLine, paint), ...cut];
}

function eventLine(row: unknown): string {
  const event = objectAt(row, 'dimensions');
  const told = (name: string, prefix = '') => {
    const value = event[name];
    return typeof value === 'string' || typeof value === 'number' ? `${prefix}${value}` : undefined;
  };
  return fields([
    countOf(row).padStart(6),
    told('action'),
    told('source'),
    told('clientIP'),
    told('clientAsn', 'AS'),
    told('clientCountryName'),
    `${told('clientRequestHTTPHost') ?? ''}${told('clientRequestPath') ?? ''}`,
    told('edgeResponseStatus'),
    told('botScore', 'bot score '),
    told('description'),
  ]);
}

function countOf(row: unknown): string {
  return (numberAt(row, 'count') ?? 0).toLocaleString('en');
}

const WIDTH = 140;

/** Words on as many lines as they take. */
function wrapped(words: string): string[] {
  const lines: string[] = [];
  for (const word of inert(words).split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
