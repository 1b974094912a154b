import { AplError } from './apl-error.ts';
import type { Expression, Named } from './apl-syntax.ts';
import { listOf, readName, type Tokens } from './apl-tokens.ts';
import type { Value, ValueType } from './apl-values.ts';

/** The most values `in` takes (`reference/axiom.md` §2). */
const LARGEST_SET = 1_000_000;

const DEEPEST = 200;

const COMPARISONS = ['==', '!=', '=~', '!~', '<', '<=', '>', '>='];
const TEXT_TESTS = ['has', 'contains', 'startswith', 'endswith'].flatMap((test) => [test, `!${test}`]);
const BINARY = new Set([...COMPARISONS, ...TEXT_TESTS, ...TEXT_TESTS.map((test) => `${test}_cs`)]);

/** Reads an expression; `depth` counts the parentheses around it. */
export function readExpression(tokens: Tokens, depth = 0): Expression {
  if (depth > DEEPEST) tokens.fail('the expression is nested too deeply');
  return readChain(tokens, 'or', () => readChain(tokens, 'and', () => readComparison(tokens, depth)));
}

/** An expression that may have a name: `name = expression`. */
export function readNamed(tokens: Tokens, depth = 0): Named {
  const name = nameBeforeEquals(tokens);
  const expression = readExpression(tokens, depth);
  return name === undefined ? { expression } : { name, expression };
}

/** Takes `name =`, where that is what comes. */
function nameBeforeEquals(tokens: Tokens): string | undefined {
  const quoted = tokens.sees('[') && tokens.sees(']', 2) && tokens.sees('=', 3);
  if (!quoted && !(tokens.peek().kind === 'name' && tokens.sees('=', 1))) return undefined;
  const name = readName(tokens);
  tokens.expect('=');
  return name;
}

function readChain(tokens: Tokens, word: 'and' | 'or', read: () => Expression): Expression {
  const { at } = tokens.peek();
  const operands = [read()];
  while (tokens.accept(word)) operands.push(read());
  const [only] = operands;
  return operands.length === 1 && only !== undefined ? only : { kind: word, operands, at };
}

function readComparison(tokens: Tokens, depth: number): Expression {
  const left = readSum(tokens, depth);
  const { text, kind, at } = tokens.peek();
  if (kind === 'literal') return left;
  if (BINARY.has(text)) {
    tokens.take();
    return { kind: 'binary', operator: text, left, right: readSum(tokens, depth), at };
  }
  const negated = text.startsWith('!');
  if (/^!?in~?$/.test(text)) {
    tokens.take();
    return { kind: 'in', negated, caseless: text.endsWith('~'), left, values: readSet(tokens, depth), at };
  }
  if (/^!?between$/.test(text)) {
    tokens.take();
    tokens.expect('(');
    const low = readSum(tokens, depth + 1);
    tokens.expect('..');
    const high = readSum(tokens, depth + 1);
    tokens.expect(')');
    return { kind: 'between', negated, left, low, high, at };
  }
  return left;
}

function readSet(tokens: Tokens, depth: number): Expression[] {
  tokens.expect('(');
  const values = listOf(tokens, () => readExpression(tokens, depth + 1));
  if (values.length > LARGEST_SET) tokens.fail(`a set has at most ${LARGEST_SET} values`);
  tokens.expect(')');
  return values;
}

function readSum(tokens: Tokens, depth: number): Expression {
  return readArithmetic(tokens, ['+', '-'], () =>
    readArithmetic(tokens, ['*', '/', '%'], () => readOperand(tokens, depth)),
  );
}

function readArithmetic(tokens: Tokens, operators: readonly string[], read: () => Expression): Expression {
  let left = read();
  while (operators.some((operator) => tokens.sees(operator))) {
    const { text, at } = tokens.take();
    left = { kind: 'binary', operator: text, left, right: read(), at };
  }
  return left;
}

function readOperand(tokens: Tokens, depth: number): Expression {
  if (depth > DEEPEST) tokens.fail('the expression is nested too deeply');
  const token = tokens.peek();
  if (token.kind === 'literal') {
    tokens.take();
    return { kind: 'literal', value: token.value, type: token.type, at: token.at };
  }
  if (tokens.accept('-')) return { kind: 'minus', operand: readOperand(tokens, depth + 1), at: token.at };
  if (tokens.accept('*')) return { kind: 'star', at: token.at };
  if (tokens.accept('(')) {
    const inner = readExpression(tokens, depth + 1);
    tokens.expect(')');
    return inner;
  }
  if (token.kind === 'name' && tokens.sees('(', 1)) return readCall(tokens, depth);
  const constant = token.kind === 'name' ? CONSTANTS.get(token.text) : undefined;
  if (constant !== undefined) {
    tokens.take();
    return { ...constant, at: token.at };
  }
  if (token.kind !== 'name' && !tokens.sees('[')) tokens.fail('expected an expression');
  return { kind: 'name', name: readName(tokens), at: token.at };
}

const CONSTANTS: ReadonlyMap<string, { readonly kind: 'literal'; readonly value: Value; readonly type: ValueType }> =
  new Map([
    ['true', { kind: 'literal', value: true, type: 'boolean' }],
    ['false', { kind: 'literal', value: false, type: 'boolean' }],
    ['null', { kind: 'literal', value: null, type: 'null' }],
  ]);

function readCall(tokens: Tokens, depth: number): Expression {
  const { text: name, at } = tokens.take();
  tokens.expect('(');
  if (name === 'dynamic') {
    const value = readDynamic(tokens, depth);
    tokens.expect(')');
    return { kind: 'literal', value, type: Array.isArray(value) ? 'array' : 'unknown', at };
  }
  if (tokens.accept(')')) return { kind: 'call', name, args: [], at };
  const args = listOf(tokens, () => readNamed(tokens, depth + 1));
  tokens.expect(')');
  return { kind: 'call', name, args, at };
}

/** A value inside `dynamic(…)`: a list, a text, a number, true, false or null. */
function readDynamic(tokens: Tokens, depth: number): Value {
  if (depth > DEEPEST) tokens.fail('the list is nested too deeply');
  if (tokens.accept('[')) {
    if (tokens.accept(']')) return [];
    const values = listOf(tokens, () => readDynamic(tokens, depth + 1));
    tokens.expect(']');
    return values;
  }
  const minus = tokens.accept('-');
  const token = tokens.take();
  const written = token.kind === 'literal' ? token : CONSTANTS.get(token.text);
  const isTime = written?.type === 'datetime' || written?.type === 'timespan';
  if (written === undefined || isTime || (minus && typeof written.value !== 'number')) {
    throw new AplError('expected a list of texts, numbers, true, false or null', token.at);
  }
  return minus ? -Number(written.value) : written.value;
}
