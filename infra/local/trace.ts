import type { AxiomIngest, FunctionFailed, LocalEvent } from './events.ts';
import type { ExecutionView, StateExited } from './execution.ts';
import { arrayAt, isObject, numberAt, objectAt, stringAt } from './json.ts';
import { alertLines } from './monitor-view.ts';
import { pageLines } from './page-view.ts';
import { inert, type Paint } from './paint.ts';

/** Where the trace goes, and how. */
export interface TraceOptions {
  readonly write: (line: string) => void;
  readonly paint: Paint;
  /** Show what the functions log. */
  readonly logs: boolean;
  readonly apiUrl: () => string;
}

/** What Axiom took while a state ran. */
type Ingested = Pick<AxiomIngest, 'events' | 'requests'>;

const NAME_WIDTH = 28;
const LOG_LINES_SHOWN = 12;
const LOG_WIDTH = 400;

/** Tells people what happens, as it happens: a line per state, each page, and where to look. */
export function traceTo(options: TraceOptions): (event: LocalEvent) => void {
  const { paint } = options;
  const running = new Set<string>();
  const ingested = { events: 0, requests: 0 };
  return (event) => {
    // Cases side by side: each line says whose it is.
    const id = 'id' in event ? event.id : event.kind === 'ended' ? event.execution.id : undefined;
    const whose = id !== undefined && running.size > 1 ? `${paint.dim(inert(id))} ` : '';
    const write = (line: string) => options.write(`${whose}${line}`);
    switch (event.kind) {
      case 'started':
        running.add(event.id);
        write(`${paint.bold('case')} ${inert(stringAt(event.input, 'caseId') ?? event.id)}`);
        return;
      case 'exited':
        if (event.type === 'Task' || event.type === 'Wait') write(stateLine(event, ingested, paint));
        Object.assign(ingested, { events: 0, requests: 0 });
        return;
      case 'axiom-ingest':
        Object.assign(ingested, { events: event.events, requests: event.requests });
        return;
      case 'failed':
        write(paint.yellow(`  ${event.state.padEnd(NAME_WIDTH)} failed: ${inert(event.error)}`));
        return;
      case 'function-failed':
        for (const line of failureLines(event)) write(paint.dim(line));
        return;
      case 'pager-event':
        for (const line of pageLines(event.body, paint)) write(line);
        return;
      case 'alert-sent':
        for (const line of alertLines(event.body, paint)) write(line);
        return;
      case 'ended':
        running.delete(event.execution.id);
        for (const line of endLines(event.execution, options)) write(line);
        return;
      case 'log':
        if (options.logs) write(paint.dim(`    ${event.function}: ${inert(event.line)}`));
        return;
      default:
    }
  };
}

function stateLine(event: StateExited, ingested: Ingested, paint: Paint): string {
  const name = event.state.padEnd(NAME_WIDTH);
  const time = event.ms < 10_000 ? `${Math.round(event.ms)} ms` : `${(event.ms / 1000).toFixed(1)} s`;
  if (event.error !== undefined) return paint.red(`  ${name} ${inert(event.error)}, caught (${time})`);
  const what = event.type === 'Wait' ? '' : summaryOf(event.state, event.output, ingested);
  const line = `  ${name} ${what} ${paint.dim(time)}`;
  return event.type === 'Wait' ? paint.dim(line) : line;
}

/** What a state adds to the case, in few words. */
function summaryOf(state: string, output: unknown, { events, requests }: Ingested): string {
  const counts = objectAt(output, 'counts');
  const coverage = objectAt(output, 'coverage');
  const count = (name: string) => (numberAt(counts, name) ?? 0).toLocaleString('en');
  const seen = (names: readonly string[]) =>
    names.flatMap((name) => (stringAt(coverage, name) ? [`${name} ${stringAt(coverage, name)}`] : []));
  if (/extract/i.test(state)) return [`${count('sightings')} sightings`, ...seen(['cloudflare', 'axiom'])].join(' · ');
  if (/gitlab/i.test(state)) {
    return [`${count('tokenUses')} token uses`, ...seen(['inventory', 'audit', 'logs', 'stream'])].join(' · ');
  }
  if (/join/i.test(state)) {
    return `${count('findings')} findings · ${verdictOf(output)} → ${decisionOf(output)}`;
  }
  if (/write report/i.test(state)) {
    const attempt = numberAt(objectAt(output, 'hunt'), 'attempt');
    const taken = events === 0 ? [] : [`${events} rows in ${requests} ${requests === 1 ? 'request' : 'requests'}`];
    return [...taken, ...(attempt === undefined ? [] : [`attempt ${attempt}`])].join(' · ');
  }
  if (/analy[sz]e/i.test(state)) {
    const analysis = objectAt(output, 'analysis');
    return [stringAt(analysis, 'status'), stringAt(analysis, 'model')].filter((part) => part !== undefined).join(' · ');
  }
  return '';
}

function verdictOf(output: unknown): string {
  return `${stringAt(output, 'verdict') ?? 'no verdict'} · score ${numberAt(output, 'topScore') ?? 0}`;
}

function decisionOf(output: unknown): string {
  const decision = objectAt(output, 'decision');
  const made = ['page', 'alert', 'report'].filter((name) => decision[name] === true);
  const shadow = isObject(output) && output.shadow === true ? ' (shadow: nobody is told)' : '';
  return `${made.length === 0 ? 'drop' : made.join(' + ')}${shadow}`;
}

function failureLines(event: FunctionFailed): string[] {
  return [
    `    ${event.function}: ${event.error}: ${inert(event.message)}`,
    ...event.log.slice(-LOG_LINES_SHOWN).map((line) => `      ${inert(line).slice(0, LOG_WIDTH)}`),
  ];
}

function endLines(execution: ExecutionView, { paint, apiUrl }: TraceOptions): string[] {
  const { status, output, error, cause } = execution;
  const coverage = Object.entries(objectAt(output, 'coverage')).map(([source, seen]) => `${source} ${String(seen)}`);
  const look = numberAt(output, 'look') ?? 0;
  const looks = look === 1 ? '1 look' : `${look} looks`;
  const title = status === 'SUCCEEDED' ? paint.green('closed') : paint.red(status.toLowerCase());
  const incidents = arrayAt(output, 'incidentIds').length;
  return [
    `  ${title} · ${verdictOf(output)} → ${decisionOf(output)} · ${looks} · incidents ${incidents}`,
    ...(error === undefined ? [] : [paint.red(`  ${inert(`${error}: ${cause ?? ''}`.slice(0, 400))}`)]),
    paint.dim(`  coverage: ${coverage.length === 0 ? 'none' : coverage.join(', ')}`),
    paint.dim(`  look at ${apiUrl()}/local/executions/${encodeURIComponent(execution.id)}`),
  ];
}
