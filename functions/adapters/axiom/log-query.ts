import { SENSITIVE_ROUTES } from '../../core/sensitive-actions.ts';
import { MINUTE, type Window } from '../../core/time.ts';
import { column, text, time, timeColumn } from './apl.ts';
import { ROW_CEILING } from './client.ts';
import type { FieldNames, GitlabField } from './fields.ts';

/** Columns of GitLab's logs, and those that may come any moment: the first refusal ever is what an attack begins with. */
export interface LogColumns {
  readonly there: FieldNames<GitlabField>;
  readonly perhaps: FieldNames<GitlabField>;
}

const CALLS_KEPT = 5;
/** More than GitLab has routes of the kind (about 60): none of them is left out. Within a set's 128 (`reference/axiom.md` §2). */
const SENSITIVE_CALLS_KEPT = 100;
const SCOPE_LISTS_KEPT = 3;

/**
 * Requests of the window that authenticated or were turned away, counted by token, address, reason and span of time. A
 * row is `used` where the status is 2xx or 3xx and a token is named (`reference/gitlab.md` §6); `refused` where there is
 * a reason, and a status 4xx or the token it is about; both where another credential let the request in; neither where
 * a token is named and the status cannot be read. A set is cut anywhere, so sensitive calls have one of their own.
 */
export function requestsQuery(dataset: string, columns: LogColumns, window: Window, spanMs: number): string {
  const keys = 'used, refused, token, type, address, user, username, reason, tried';
  return [
    column(dataset),
    `| project ${projection(columns)}`,
    `| where at >= ${time(window.start)} and at < ${time(window.end)}`,
    '| extend used = isnotempty(token) and code >= 200 and code < 400',
    '| extend refused = isnotempty(reason) and (isnotempty(tried) or (code >= 400 and code < 500))',
    '| where used or refused or (isnotempty(token) and isnull(code))',
    `| extend telling = iff(${isSensitive('caller')}, caller, ${EMPTY})`,
    '| summarize requests = count(), first = min(at), last = max(at), ' +
      `calls = make_set(caller, ${CALLS_KEPT}), sensitiveCalls = make_set(telling, ${SENSITIVE_CALLS_KEPT}), ` +
      `scopeLists = make_set(scopes, ${SCOPE_LISTS_KEPT}) ` +
      `by ${keys}, span = bin(at, ${spanMs / MINUTE}m)`,
    `| limit ${ROW_CEILING}`,
  ].join('\n');
}

/** How many lines the window has, whatever they say: one row with `lines`. */
export function linesQuery(dataset: string, { there }: LogColumns, window: Window): string {
  return [
    column(dataset),
    `| project at = ${timeColumn(there.time)}`,
    `| where at >= ${time(window.start)} and at < ${time(window.end)}`,
    '| summarize lines = count()',
  ].join('\n');
}

/** All that is asked of a line under names of ours, so that no column of the dataset is taken for one of them. */
function projection(columns: LogColumns): string {
  const status = columns.there.status;
  const expressions = {
    at: timeColumn(columns.there.time),
    code: `toint(${status === undefined ? EMPTY : column(status)})`,
    token: textOf('tokenId', columns),
    type: textOf('tokenType', columns),
    address: addressOf(columns),
    user: textOf('userId', columns),
    username: textOf('username', columns),
    caller: textOf('caller', columns),
    scopes: textOf('scopes', columns),
    reason: textOf('failReason', columns),
    tried: textOf('failToken', columns),
  };
  return Object.entries(expressions)
    .map(([name, expression]) => `${name} = ${expression}`)
    .join(', ');
}

/** As `ofRoute` (`core/sensitive-actions.ts`) reads it. */
function isSensitive(name: string): string {
  const conditions = SENSITIVE_ROUTES.map(({ method, holds, ends }) =>
    [
      `${name} startswith_cs ${text(`${method} `)}`,
      ...(holds === undefined ? [] : [`${name} contains_cs ${text(holds)}`]),
      ...(ends === '' ? [] : [`${name} endswith_cs ${text(ends)}`]),
    ].join(' and '),
  );
  return conditions.map((condition) => `(${condition})`).join(' or ');
}

function addressOf(columns: LogColumns): string {
  const address = textOf('address', columns);
  return `iff(isnotempty(${address}), ${address}, ${textOf('fallbackAddress', columns)})`;
}

/** Loggers write ids as numbers or texts, and lists as lists or texts: all of them can be texts. */
function textOf(field: GitlabField, { there, perhaps }: LogColumns): string {
  const name = there[field];
  if (name !== undefined) return `tostring(${column(name)})`;
  const possible = perhaps[field];
  return possible === undefined ? EMPTY : `tostring(column_ifexists(${text(possible)}, ${EMPTY}))`;
}

const EMPTY = text('');
