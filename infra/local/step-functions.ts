import { AwsError } from './aws-error.ts';
import type { ExecutionDescription } from './execution.ts';
import type { HistoryEvent } from './execution-history.ts';
import { isObject, numberAt, stringAt } from './json.ts';

/** The executions that Step Functions is asked about here. */
export interface ExecutionBook {
  /** StartExecution; throws AwsError as Step Functions would answer. */
  start(request: {
    readonly stateMachineArn: string;
    readonly name: string | undefined;
    readonly input: string | undefined;
  }): { readonly arn: string; readonly startedAt: number };
  /** Undefined where there is no execution of that ARN. */
  describe(arn: string): ExecutionDescription | undefined;
  /** Every execution of a state machine, the oldest first; throws AwsError where there is no such machine. */
  list(stateMachineArn: string): readonly ExecutionDescription[];
  /** Oldest first, with what states took and gave or without; undefined where there is no execution of that ARN. */
  history(arn: string, withData: boolean): readonly HistoryEvent[] | undefined;
}

/** The operations of Step Functions that are offered, by their names: each takes a request's body and gives its answer's. */
export const STEP_FUNCTIONS: Readonly<Record<string, (body: unknown, book: ExecutionBook) => unknown>> = {
  StartExecution: startExecution,
  DescribeExecution: describeExecution,
  ListExecutions: listExecutions,
  GetExecutionHistory: getExecutionHistory,
};

function startExecution(body: unknown, book: ExecutionBook): unknown {
  const { arn, startedAt } = book.start({
    stateMachineArn: stringAt(body, 'stateMachineArn') ?? '',
    name: stringAt(body, 'name'),
    input: stringAt(body, 'input'),
  });
  return { executionArn: arn, startDate: startedAt / 1000 };
}

function describeExecution(body: unknown, book: ExecutionBook): unknown {
  const arn = stringAt(body, 'executionArn') ?? '';
  const found = book.describe(arn) ?? noExecution(arn);
  const { view } = found;
  return {
    ...itemOf(found),
    ...(view.status === 'SUCCEEDED' ? { output: JSON.stringify(view.output) } : {}),
    ...(view.error === undefined ? {} : { error: view.error, cause: view.cause }),
  };
}

/** The newest first. */
function listExecutions(body: unknown, book: ExecutionBook): unknown {
  const wanted = stringAt(body, 'statusFilter');
  const all = book.list(stringAt(body, 'stateMachineArn') ?? '').map((one, index) => ({ one, place: index + 1 }));
  const rows = all.filter(({ one }) => wanted === undefined || one.view.status === wanted).reverse();
  const { page, nextToken } = pageOf(rows, body, ({ place }, last) => place < last);
  return { executions: page.map(({ one }) => itemOf(one)), nextToken };
}

function getExecutionHistory(body: unknown, book: ExecutionBook): unknown {
  const arn = stringAt(body, 'executionArn') ?? '';
  const { reverseOrder = false, includeExecutionData = true } = isObject(body) ? body : {};
  const events = book.history(arn, includeExecutionData !== false) ?? noExecution(arn);
  const rows = events.map((event) => ({ event, place: event.id }));
  const { page, nextToken } = reverseOrder
    ? pageOf(rows.reverse(), body, ({ place }, last) => place < last)
    : pageOf(rows, body, ({ place }, last) => place > last);
  return { events: page.map(({ event }) => event), nextToken };
}

function itemOf({ arn, stateMachineArn, startedAt, stoppedAt, view }: ExecutionDescription): object {
  return {
    executionArn: arn,
    stateMachineArn,
    name: view.id,
    status: view.status,
    startDate: startedAt / 1000,
    ...(stoppedAt === undefined ? {} : { stopDate: stoppedAt / 1000 }),
  };
}

function noExecution(arn: string): never {
  throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
}

/** Rows of an answer where the caller does not say, and at most (Step Functions API Reference, `maxResults`). */
const DEFAULT_ROWS = 100;
const MOST_ROWS = 1000;

/** Somebody's place in a list that may grow meanwhile. */
interface Placed {
  readonly place: number;
}

/** The rows a request asks for: `maxResults` of those behind the one where the page before ended. */
function pageOf<Row extends Placed>(
  rows: readonly Row[],
  body: unknown,
  isBehind: (row: Row, last: number) => boolean,
): { page: readonly Row[]; nextToken: string | undefined } {
  const most = numberAt(body, 'maxResults') || DEFAULT_ROWS;
  if (!Number.isInteger(most) || most < 0 || most > MOST_ROWS) {
    throw new AwsError('ValidationException', `'maxResults' must be a value from 0 to ${MOST_ROWS}`);
  }
  const token = stringAt(body, 'nextToken');
  const rest = token === undefined ? rows : rows.filter((row) => isBehind(row, placeIn(token)));
  const page = rest.slice(0, most);
  const last = page.at(-1);
  return { page, nextToken: last === undefined || page.length === rest.length ? undefined : tokenOf(last) };
}

function tokenOf({ place }: Placed): string {
  return Buffer.from(`after:${place}`).toString('base64url');
}

function placeIn(token: string): number {
  const place = /^after:([1-9]\d*)$/.exec(Buffer.from(token, 'base64url').toString('utf8'))?.[1];
  if (place === undefined) throw new AwsError('InvalidToken', `Invalid Token: '${token}'`);
  return Number(place);
}
