import { type Compiled, derived } from './apl-compiled.ts';
import { AplError } from './apl-error.ts';
import { isNumeric, type ValueType } from './apl-values.ts';

type Operation = (a: number, b: number) => number;

const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['+', (a, b) => a + b],
  ['-', (a, b) => a - b],
  ['*', (a, b) => a * b],
  ['/', (a, b) => a / b],
  ['%', (a, b) => a % b],
]);

/**
 * `+ - * / %`. Null with anything, and anything divided by 0, is null; whole numbers divide to whole numbers.
 * @throws AplError for types that have no such operation
 */
export function calculate(operator: string, left: Compiled, right: Compiled, at: number): Compiled {
  const type = resultType(operator, left.type, right.type);
  const operation = OPERATIONS.get(operator);
  if (type === undefined || operation === undefined) {
    throw new AplError(`cannot calculate ${left.type} ${operator} ${right.type}`, at);
  }
  const isWhole = type === 'integer' && operator === '/';
  return derived(type, [left, right], (frame) => {
    const a = left.read(frame);
    const b = right.read(frame);
    if (typeof a !== 'number' || typeof b !== 'number') return null;
    const result = operation(a, b);
    if (!Number.isFinite(result)) return null;
    return isWhole ? Math.trunc(result) : result;
  });
}

function resultType(operator: string, left: ValueType, right: ValueType): ValueType | undefined {
  if (isNumeric(left) && isNumeric(right)) return left === 'integer' && right === 'integer' ? 'integer' : 'float';
  const types = `${loose(left)} ${operator} ${loose(right)}`;
  if (/^number [-+*/%] number$/.test(types)) return 'unknown';
  if (
    types === 'datetime - datetime' ||
    /^(timespan [-+%] timespan|timespan [*/] number|number \* timespan)$/.test(types)
  ) {
    return 'timespan';
  }
  if (/^(datetime [-+] timespan|timespan \+ datetime)$/.test(types)) return 'datetime';
  return types === 'timespan / timespan' ? 'float' : undefined;
}

/** What a value of the type may be taken for. */
function loose(type: ValueType): string {
  return isNumeric(type) || type === 'unknown' || type === 'null' ? 'number' : type;
}
