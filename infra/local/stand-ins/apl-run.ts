import type { EpochMs } from '../../../functions/core/time.ts';
import type { Compiled } from './apl-compiled.ts';
import { AplError } from './apl-error.ts';
import { compile } from './apl-expressions.ts';
import { apply, type QueryScope } from './apl-operators.ts';
import { limitRows } from './apl-order.ts';
import { type About, type Field, type Relation, tupleOf } from './apl-relation.ts';
import type { Query } from './apl-syntax.ts';
import type { Value } from './apl-values.ts';

/** Rows of a query that asks for no number of them (`reference/axiom.md` §2). */
const DEFAULT_LIMIT = 1000;

export interface Running {
  readonly now: EpochMs;
  /** The rows of the query's dataset. */
  readonly source: Relation;
  /** The most rows an answer has. */
  readonly ceiling: number;
}

export interface QueryResult {
  readonly fields: readonly Field[];
  readonly tuples: readonly (readonly Value[])[];
  readonly about: About;
  readonly messages: readonly Message[];
}

export interface Message {
  readonly code: string;
  readonly count: number;
  readonly msg: string;
  readonly priority: 'warn';
}

/**
 * Works a query out.
 * @throws AplError for columns and functions that are not there, and types that do not go together
 */
export function runQuery(query: Query, { now, source, ceiling }: Running): QueryResult {
  let slots = 0;
  const scope: QueryScope = { constants: constantsOf(query, now), now, newSlot: () => slots++ };
  const result = query.operators.reduce((relation, operator) => apply(operator, relation, scope), source);
  const hasLimit = query.operators.some(({ kind }) => kind === 'limit' || kind === 'top' || kind === 'count');
  const most = hasLimit ? ceiling : Math.min(DEFAULT_LIMIT, ceiling);
  const limited = limitRows(result, most + 1);
  const tuples = collect(limited);
  const isCut = tuples.length > most;
  return {
    fields: limited.columns.map(({ name, type }) => ({ name, type })),
    tuples: isCut ? tuples.slice(0, most) : tuples,
    about: limited.about,
    messages: isCut ? [warning(most, hasLimit)] : [],
  };
}

function constantsOf({ lets }: Query, now: EpochMs): ReadonlyMap<string, Compiled> {
  const constants = new Map<string, Compiled>();
  for (const { name, expression } of lets) {
    const compiled = compile(expression, { columns: [], constants, now });
    if (compiled.constant === undefined) throw new AplError('let takes a value that does not vary', expression.at);
    constants.set(name ?? '', compiled);
  }
  return constants;
}

function collect({ columns, each }: Relation): Value[][] {
  const tuples: Value[][] = [];
  each((frame) => tuples.push(tupleOf(columns, frame)) > 0);
  return tuples;
}

function warning(most: number, hasLimit: boolean): Message {
  if (hasLimit) {
    return { code: 'row_limit_warning', count: 1, msg: `results are limited to ${most} rows`, priority: 'warn' };
  }
  const msg = `default limit of ${most} rows applied, results may be incomplete`;
  return { code: 'default_limit_warning', count: 1, msg, priority: 'warn' };
}
