import { type Compiled, derived, type Read } from './apl-compiled.ts';
import { AplError } from './apl-error.ts';
import { commonType, compareValues, type Value } from './apl-values.ts';

/**
 * `== != < <= > >= =~ !~` and the tests of texts (`has`, `contains` …). Null equals nothing: compared with a value `==` is false and
 * `!=` true; compared with null both are null (`axiomhq/docs`, `apl/data-types/null-values.mdx`). Every other test of
 * null is false, and true with `!`.
 * @throws AplError for an instant or a span of time beside anything else
 */
export function compare(operator: string, left: Compiled, right: Compiled, at: number): Compiled {
  if (commonType(left.type, right.type) === undefined) {
    throw new AplError(`cannot compare ${left.type} with ${right.type}`, at);
  }
  return derived('boolean', [left, right], comparison(operator, left, right));
}

function comparison(operator: string, left: Compiled, right: Compiled): Read {
  switch (operator) {
    case '==':
      return equality(left, right);
    case '!=':
      return inequality(left, right);
    case '<':
      return ordering(left.read, right.read, (order) => order < 0);
    case '<=':
      return ordering(left.read, right.read, (order) => order <= 0);
    case '>':
      return ordering(left.read, right.read, (order) => order > 0);
    case '>=':
      return ordering(left.read, right.read, (order) => order >= 0);
    default:
      return textTest(operator, left.read, right);
  }
}

function equality(left: Compiled, right: Compiled): Read {
  const { read } = left;
  const known = right.constant?.value;
  if (known !== undefined && known !== null) return (frame) => read(frame) === known;
  return (frame) => {
    const a = read(frame);
    const b = right.read(frame);
    return a === null && b === null ? null : a === b;
  };
}

function inequality(left: Compiled, right: Compiled): Read {
  const equal = equality(left, right);
  return (frame) => {
    const same = equal(frame);
    return same === null ? null : !same;
  };
}

function ordering(left: Read, right: Read, holds: (order: number) => boolean): Read {
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    if (typeof a === 'number' && typeof b === 'number') return holds(a - b);
    return typeof a === 'string' && typeof b === 'string' && holds(compareValues(a, b));
  };
}

/** Both ends are inside. */
export function between(value: Compiled, low: Compiled, high: Compiled, negated: boolean, at: number): Compiled {
  const above = compare('>=', value, low, at).read;
  const below = compare('<=', value, high, at).read;
  return derived(
    'boolean',
    [value, low, high],
    (frame) => (above(frame) === true && below(frame) === true) !== negated,
  );
}

const TEXT_TESTS: ReadonlyMap<string, (text: string, part: string) => boolean> = new Map([
  ['=~', (text, part) => text === part],
  ['!~', (text, part) => text === part],
  ['has', hasTerm],
  ['contains', (text, part) => text.includes(part)],
  ['startswith', (text, part) => text.startsWith(part)],
  ['endswith', (text, part) => text.endsWith(part)],
]);

function textTest(operator: string, left: Read, right: Compiled): Read {
  const negated = operator.startsWith('!');
  const caseful = operator.endsWith('_cs');
  const name = operator.replace(/^!(?!~)|_cs$/g, '');
  const test = TEXT_TESTS.get(name);
  if (test === undefined) throw new TypeError(`no such comparison: ${operator}`);
  const fold = caseful ? (text: string) => text : (text: string) => text.toLowerCase();
  const known = typeof right.constant?.value === 'string' ? fold(right.constant.value) : undefined;
  return (frame) => {
    const text = left(frame);
    const part = known ?? right.read(frame);
    if (typeof text !== 'string' || typeof part !== 'string') return negated;
    return test(fold(text), known ?? fold(part)) !== negated;
  };
}

/** Whether the text holds the part as a whole term: terms are runs of letters and digits. */
function hasTerm(text: string, part: string): boolean {
  if (part === '') return true;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    const opens = at === 0 || !isTerm(text, at - 1) || !isTerm(part, 0);
    const end = at + part.length;
    const closes = end === text.length || !isTerm(text, end) || !isTerm(part, part.length - 1);
    if (opens && closes) return true;
  }
  return false;
}

function isTerm(text: string, at: number): boolean {
  return /[\p{L}\p{N}]/u.test(text.charAt(at));
}

/**
 * `in (…)` and its like: single values, and lists whose values are meant. Null is in no set.
 * @throws AplError for an instant or a span of time beside anything else
 */
export function membership(
  value: Compiled,
  given: readonly Compiled[],
  { negated, caseless, at }: { readonly negated: boolean; readonly caseless: boolean; readonly at: number },
): Compiled {
  for (const { type } of given) {
    if (type !== 'array' && commonType(value.type, type) === undefined) {
      throw new AplError(`cannot look for ${value.type} among ${type}`, at);
    }
  }
  const fold = caseless ? foldCase : (found: Value) => found;
  const known = new Set(
    given.flatMap((part) => (part.constant === undefined ? [] : members(part.constant.value))).map(fold),
  );
  const varying = given.filter((part) => part.constant === undefined);
  return derived('boolean', [value, ...given], (frame) => {
    const found = fold(value.read(frame));
    if (found === null) return negated;
    const isIn =
      known.has(found) || varying.some(({ read }) => members(read(frame)).some((one) => fold(one) === found));
    return isIn !== negated;
  });
}

function members(value: Value): readonly Value[] {
  return Array.isArray(value) ? value : [value];
}

function foldCase(value: Value): Value {
  return typeof value === 'string' ? value.toLowerCase() : value;
}
