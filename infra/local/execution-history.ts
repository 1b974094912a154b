import type { ExecutionStatus } from './execution.ts';
import { causeText, type EventLog } from './workflow-definition.ts';

/** One event as GetExecutionHistory tells it, `timestamp` in epoch seconds; what more there is hangs on its type. */
export interface HistoryEvent {
  readonly id: number;
  /** 0 where the execution itself led to it. */
  readonly previousEventId: number;
  readonly type: string;
  readonly timestamp: number;
  readonly [details: string]: unknown;
}

/** How an execution may have ended. */
export type EndStatus = Exclude<ExecutionStatus, 'RUNNING'>;

/** What a state or execution took or gave: left out of the answer where the caller does not want it. */
interface ExecutionData {
  readonly field: 'input' | 'output';
  readonly value: unknown;
}

interface Entry {
  readonly type: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly details?: { readonly key: string; readonly fields: object; readonly data?: ExecutionData };
}

/** States whose leaving is no event: a Fail state ends the execution. */
const NEVER_LEFT = 'Fail';

/**
 * What happened in one execution, event by event as Step Functions writes it down, numbered from 1: a task is scheduled,
 * started and ended between its state's entering and leaving, once for every try.
 */
export class ExecutionHistory {
  readonly #entries: Entry[];
  /** The function that the state calls in which the execution stands; undefined in states that call none. */
  #resource: string | undefined;
  #hasFailed = false;

  /** @param startedAt epoch milliseconds */
  constructor(input: unknown, startedAt: number) {
    this.#entries = [{ type: 'ExecutionStarted', at: startedAt, details: dataOf('executionStarted', 'input', input) }];
  }

  /** @param functions the ARN in each task's definition, by state */
  take(event: EventLog, functions: ReadonlyMap<string, string>): void {
    const at = event.timestamp;
    switch (event.type) {
      case 'StateEntered': {
        const { name, type, input } = event.state;
        this.#add(`${type}StateEntered`, at, dataOf('stateEntered', 'input', input, { name }));
        this.#resource = functions.get(name);
        this.#try(at);
        return;
      }
      case 'StateFailed':
        this.#hasFailed = true;
        if (this.#resource === undefined) return;
        this.#add('LambdaFunctionFailed', at, {
          key: 'lambdaFunctionFailed',
          fields: { error: event.Error, cause: causeText(event.Cause) },
        });
        return;
      case 'StateRetried':
        this.#try(at);
        return;
      case 'StateExited': {
        const { name, type, output } = event.state;
        if (this.#resource !== undefined && !this.#hasFailed) this.#add('LambdaFunctionSucceeded', at);
        if (type !== NEVER_LEFT) this.#add(`${type}StateExited`, at, dataOf('stateExited', 'output', output, { name }));
        return;
      }
      default:
    }
  }

  /** The execution's own end, once. */
  end(status: EndStatus, at: number, output: unknown, failure: object = {}): void {
    const key = `execution${STATUS_WORDS[status]}`;
    const details = status === 'SUCCEEDED' ? dataOf(key, 'output', output) : { key, fields: failure };
    this.#add(`Execution${STATUS_WORDS[status]}`, at, details);
  }

  /** Every event so far, the oldest first. */
  events(withData: boolean): HistoryEvent[] {
    const first = this.#entries.findIndex(({ type }) => type.endsWith('StateEntered'));
    return this.#entries.map(({ type, at, details }, index) => ({
      id: index + 1,
      previousEventId: index === first ? 0 : index,
      type,
      timestamp: at / 1000,
      ...(details === undefined ? {} : { [`${details.key}EventDetails`]: shown(details, withData) }),
    }));
  }

  #try(at: number): void {
    this.#hasFailed = false;
    if (this.#resource === undefined) return;
    this.#add('LambdaFunctionScheduled', at, {
      key: 'lambdaFunctionScheduled',
      fields: { resource: this.#resource },
    });
    this.#add('LambdaFunctionStarted', at);
  }

  #add(type: string, at: number, details?: Entry['details']): void {
    this.#entries.push(details === undefined ? { type, at } : { type, at, details });
  }
}

const STATUS_WORDS: Readonly<Record<EndStatus, string>> = {
  SUCCEEDED: 'Succeeded',
  FAILED: 'Failed',
  TIMED_OUT: 'TimedOut',
  ABORTED: 'Aborted',
};

function dataOf(key: string, field: ExecutionData['field'], value: unknown, fields: object = {}) {
  return { key, fields, data: { field, value } };
}

function shown({ fields, data }: NonNullable<Entry['details']>, withData: boolean): object {
  if (data === undefined || !withData) return fields;
  return {
    ...fields,
    [data.field]: JSON.stringify(data.value) ?? 'null',
    [`${data.field}Details`]: { truncated: false },
  };
}
