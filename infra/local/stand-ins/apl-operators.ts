import { type Column, type Compiled, once } from './apl-compiled.ts';
import { mustBeTruth } from './apl-conditionals.ts';
import { AplError } from './apl-error.ts';
import { columnNamed, compile, nameOf, type Scope } from './apl-expressions.ts';
import { limitRows, sortRows } from './apl-order.ts';
import { fromTuples, type Relation } from './apl-relation.ts';
import { summarize } from './apl-summarize.ts';
import type { Expression, Named, Operator } from './apl-syntax.ts';

/** What a query has beside the rows of its dataset. */
export interface QueryScope extends Omit<Scope, 'columns'> {
  /** A place in the frames that nobody else has. */
  readonly newSlot: () => number;
}

/**
 * What the operator makes of the rows. Nothing is read yet.
 * @throws AplError for what cannot be done with these columns
 */
export function apply(operator: Operator, relation: Relation, query: QueryScope): Relation {
  const scope: Scope = { columns: relation.columns, constants: query.constants, now: query.now };
  switch (operator.kind) {
    case 'getschema':
      return schemaOf(relation);
    case 'where':
      return filter(relation, operator.condition, scope);
    case 'extend': {
      const added = compute(operator.columns, scope, query, operator.at);
      const kept = relation.columns.filter(({ name }) => !added.some((column) => column.name === name));
      return withColumns(relation, [...kept, ...added]);
    }
    case 'project':
      return withColumns(relation, compute(operator.columns, scope, query, operator.at));
    case 'project-away': {
      const names = new Set(operator.names.map((expression) => existing(expression, scope)));
      return withColumns(
        relation,
        relation.columns.filter(({ name }) => !names.has(name)),
      );
    }
    case 'summarize':
      return summarize(relation, operator, scope, operator.at);
    case 'distinct':
      return summarize(relation, { aggregates: [], by: operator.columns }, scope, operator.at);
    case 'count':
      return summarize(relation, { aggregates: [COUNT], by: [] }, scope, operator.at);
    case 'top':
      return sortRows(relation, operator.by, operator.count, scope);
    case 'order':
      return sortRows(relation, operator.by, Number.POSITIVE_INFINITY, scope);
    case 'limit':
      return limitRows(relation, operator.count);
  }
}

const COUNT: Named = { name: 'Count', expression: { kind: 'call', name: 'count', args: [], at: 0 } };

function schemaOf({ columns }: Relation): Relation {
  return fromTuples(
    [
      { name: 'ColumnName', type: 'string' },
      { name: 'ColumnOrdinal', type: 'integer' },
      { name: 'ColumnType', type: 'string' },
      { name: 'DataType', type: 'string' },
    ],
    () => columns.map(({ name, type }, ordinal) => [name, ordinal, type, type]),
  );
}

function filter(relation: Relation, expression: Expression, scope: Scope): Relation {
  const condition = compile(expression, scope);
  mustBeTruth(condition, expression.at);
  const { read } = condition;
  const { each, columns, events } = relation;
  return {
    columns,
    each: (visit) => each((frame) => read(frame) !== true || visit(frame)),
    ...(events === undefined ? {} : { events }),
    about: { ...relation.about, totals: undefined },
  };
}

function withColumns(relation: Relation, columns: readonly Column[]): Relation {
  return { ...relation, columns, about: { ...relation.about, totals: undefined } };
}

/** The columns as named; without a name, what they are made of tells it. */
function compute(named: readonly Named[], scope: Scope, query: QueryScope, at: number): Column[] {
  const columns = named.map(({ name, expression }, index): Column => {
    const compiled = compile(expression, scope);
    const read = isCheap(expression, compiled) ? compiled.read : once(compiled.read, query.newSlot());
    return { name: name ?? nameOf(expression) ?? `Column${index + 1}`, type: compiled.type, read };
  });
  const twice = columns.find(({ name }, index) => columns.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) throw new AplError(`two fields would be named ${twice.name}`, at);
  return columns;
}

function isCheap({ kind }: Expression, { constant }: Compiled): boolean {
  return kind === 'name' || constant !== undefined;
}

function existing({ name, at }: { readonly name: string; readonly at: number }, scope: Scope): string {
  if (columnNamed(name, scope) === undefined) throw new AplError(`field not found: ${name.slice(0, 200)}`, at);
  return name;
}
