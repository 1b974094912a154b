import { type Compiled, derived, type FunctionEntry, NULL, type Read } from './apl-compiled.ts';
import { AplError } from './apl-error.ts';
import { commonType, type Value, type ValueType } from './apl-values.ts';

const IFF: FunctionEntry = { least: 3, most: 3, build: (args, { at }) => caseOf(args, at) };

/** Functions that choose one of their arguments. What is not chosen is not evaluated. */
export const CONDITIONALS: readonly (readonly [string, FunctionEntry])[] = [
  ['iff', IFF],
  ['iif', IFF],
  ['case', { least: 3, most: 99, build: (args, { at }) => caseOf(args, at) }],
  ['coalesce', { least: 1, most: 64, build: (args, { at }) => coalesce(args, at) }],
  ['not', { least: 1, most: 1, build: (args, { at }) => not(args, at) }],
];

/** All of them, in three-valued logic: false wins over null. */
export function and(operands: readonly Compiled[], at: number): Compiled {
  return logic(operands, false, at);
}

/** Any of them, in three-valued logic: true wins over null. */
export function or(operands: readonly Compiled[], at: number): Compiled {
  return logic(operands, true, at);
}

function logic(operands: readonly Compiled[], decisive: boolean, at: number): Compiled {
  for (const operand of operands) mustBeTruth(operand, at);
  const reads = operands.map(({ read }) => read);
  return derived('boolean', operands, (frame) => {
    let isKnown = true;
    for (const read of reads) {
      const value = read(frame);
      if (value === decisive) return decisive;
      if (typeof value !== 'boolean') isKnown = false;
    }
    return isKnown ? !decisive : null;
  });
}

/** @throws AplError for what cannot be true or false */
export function mustBeTruth({ type }: Compiled, at: number): void {
  if (!['boolean', 'unknown', 'null'].includes(type)) throw new AplError(`expected a boolean, found ${type}`, at);
}

function not([arg = NULL]: readonly Compiled[], at: number): Compiled {
  mustBeTruth(arg, at);
  return derived('boolean', [arg], (frame) => {
    const value = arg.read(frame);
    return typeof value === 'boolean' ? !value : null;
  });
}

/** Conditions and results by turns, and what holds where no condition is true. */
function caseOf(args: readonly Compiled[], at: number): Compiled {
  if (args.length % 2 === 0) throw new AplError('case takes pairs of condition and result, and one more result', at);
  const branches: { readonly holds: Read; readonly result: Read }[] = [];
  const results: Compiled[] = [];
  for (const [index, arg] of args.entries()) {
    if (index % 2 === 0 && index < args.length - 1) {
      mustBeTruth(arg, at);
      continue;
    }
    results.push(arg);
    const condition = args[index - 1];
    if (index % 2 === 1 && condition !== undefined) branches.push({ holds: condition.read, result: arg.read });
  }
  const otherwise = args.at(-1);
  return derived(oneType(results, at), args, (frame) => {
    for (const { holds, result } of branches) {
      if (holds(frame) === true) return result(frame);
    }
    return otherwise?.read(frame) ?? null;
  });
}

/** The first that is not null, and no empty text (`axiomhq/docs`, `apl/scalar-functions/string-functions/coalesce.mdx`). */
function coalesce(args: readonly Compiled[], at: number): Compiled {
  const reads = args.map(({ read }) => read);
  return derived(oneType(args, at), args, (frame) => {
    let last: Value = null;
    for (const read of reads) {
      const value = read(frame);
      if (value !== null && value !== '') return value;
      last ??= value;
    }
    return last;
  });
}

function oneType(results: readonly Compiled[], at: number): ValueType {
  let type: ValueType = 'null';
  for (const result of results) {
    const common = commonType(type, result.type);
    if (common === undefined) throw new AplError(`the results have different types: ${type} and ${result.type}`, at);
    type = common;
  }
  return type;
}
