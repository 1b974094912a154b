import type { EpochMs } from '../../../functions/core/time.ts';
import { calculate } from './apl-arithmetic.ts';
import { between, compare, membership } from './apl-comparisons.ts';
import { type Column, type Compiled, constant } from './apl-compiled.ts';
import { and, or } from './apl-conditionals.ts';
import { AplError } from './apl-error.ts';
import { functionNamed } from './apl-functions.ts';
import type { CallExpression, Expression, NameExpression } from './apl-syntax.ts';

/** What an expression can name. */
export interface Scope {
  readonly columns: readonly Column[];
  /** What `let` named. */
  readonly constants: ReadonlyMap<string, Compiled>;
  /** The instant of the query. */
  readonly now: EpochMs;
}

/**
 * Makes an expression ready for rows.
 * @throws AplError for columns and functions that are not there, and types that do not go together
 */
export function compile(expression: Expression, scope: Scope): Compiled {
  const { at } = expression;
  switch (expression.kind) {
    case 'literal':
      return constant(expression.value, expression.type);
    case 'name':
      return compileName(expression, scope);
    case 'call':
      return compileCall(expression, scope);
    case 'minus':
      return calculate('*', constant(-1, 'integer'), compile(expression.operand, scope), at);
    case 'binary': {
      const { operator, left, right } = expression;
      const build = '+-*/%'.includes(operator) ? calculate : compare;
      return build(operator, compile(left, scope), compile(right, scope), at);
    }
    case 'and':
      return and(compileAll(expression.operands, scope), at);
    case 'or':
      return or(compileAll(expression.operands, scope), at);
    case 'in':
      return membership(compile(expression.left, scope), compileAll(expression.values, scope), expression);
    case 'between': {
      const { left, low, high, negated } = expression;
      return between(compile(left, scope), compile(low, scope), compile(high, scope), negated, at);
    }
    case 'star':
      throw new AplError('* does not stand for a value here', at);
  }
}

function compileAll(expressions: readonly Expression[], scope: Scope): Compiled[] {
  return expressions.map((expression) => compile(expression, scope));
}

/** The column's name where the expression has one that a result can take; undefined for any other. */
export function nameOf(expression: Expression): string | undefined {
  if (expression.kind === 'name') return expression.name;
  if (expression.kind !== 'call') return undefined;
  for (const arg of expression.args) {
    const name = nameOf(arg.expression);
    if (name !== undefined) return name;
  }
  return undefined;
}

export function columnNamed(name: string, { columns }: Scope): Column | undefined {
  return columns.find((column) => column.name === name);
}

function compileName({ name, at }: NameExpression, scope: Scope): Compiled {
  const known = columnNamed(name, scope) ?? scope.constants.get(name);
  if (known === undefined) throw new AplError(`field not found: ${name.slice(0, 200)}`, at);
  return known;
}

function compileCall(call: CallExpression, scope: Scope): Compiled {
  const { name, args, at } = call;
  if (args.some((arg) => arg.name !== undefined)) throw new AplError(`${name} takes no named arguments`, at);
  if (name === 'column_ifexists') return columnIfExists(call, scope);
  const known = functionNamed(name);
  if (known === undefined) throw new AplError(`unknown function: ${name.slice(0, 80)}`, at);
  if (args.length < known.least || args.length > known.most) {
    const takes = known.least === known.most ? `${known.least}` : `${known.least} to ${known.most}`;
    throw new AplError(`${name} takes ${takes} arguments, found ${args.length}`, at);
  }
  const values = args.map((arg) => compile(arg.expression, scope));
  return known.build(values, { at, now: scope.now });
}

/** The column, or what to take where there is none: that may not even name a column. */
function columnIfExists({ args, at }: CallExpression, scope: Scope): Compiled {
  const [column, otherwise] = args.map(({ expression }) => expression);
  if (column === undefined || otherwise === undefined || args.length > 2) {
    throw new AplError('column_ifexists takes 2 arguments', at);
  }
  const isText = column.kind === 'literal' && typeof column.value === 'string';
  if (!isText && column.kind !== 'name') throw new AplError('expected the name of a column', column.at);
  const name = column.kind === 'name' ? column.name : String(column.value);
  return columnNamed(name, scope) ?? compile(otherwise, scope);
}
