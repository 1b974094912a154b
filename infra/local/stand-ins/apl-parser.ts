import { AplError } from './apl-error.ts';
import { readExpression, readNamed } from './apl-parse-expression.ts';
import type { Named, NameExpression, Operator, Query, SortKey } from './apl-syntax.ts';
import { listOf, readName, Tokens } from './apl-tokens.ts';

/**
 * Reads a query of the part of APL that is understood here (`reference/axiom.md` §2): `let name = …;`, a dataset, and
 * operators behind bars.
 * @throws AplError with the place for everything else
 */
export function parseQuery(text: string): Query {
  const tokens = new Tokens(text);
  const lets: Named[] = [];
  while (tokens.accept('let')) {
    const name = readName(tokens);
    tokens.expect('=');
    lets.push({ name, expression: readExpression(tokens) });
    tokens.expect(';');
  }
  const { at } = tokens.peek();
  const dataset = { name: readName(tokens), at };
  const operators: Operator[] = [];
  while (tokens.accept('|')) operators.push(readOperator(tokens));
  tokens.accept(';');
  if (tokens.peek().kind !== 'end') tokens.fail('expected |');
  return { lets, dataset, operators };
}

function readOperator(tokens: Tokens): Operator {
  const { at } = tokens.peek();
  const word = readOperatorName(tokens);
  switch (word) {
    case 'getschema':
    case 'count':
      return { kind: word, at };
    case 'where':
      return { kind: 'where', condition: readExpression(tokens), at };
    case 'extend':
    case 'project':
    case 'distinct':
      return { kind: word, columns: listOf(tokens, readNamed), at };
    case 'project-away':
      return { kind: word, names: listOf(tokens, readColumn), at };
    case 'summarize':
      return readSummarize(tokens, at);
    case 'top': {
      const count = readCount(tokens);
      tokens.expect('by');
      return { kind: 'top', count, by: listOf(tokens, readSortKey), at };
    }
    case 'order':
    case 'sort':
      tokens.expect('by');
      return { kind: 'order', by: listOf(tokens, readSortKey), at };
    case 'limit':
    case 'take':
      return { kind: 'limit', count: readCount(tokens), at };
    default:
      throw new AplError(`unknown operator ${word.slice(0, 80)}`, at);
  }
}

/** `project-away` is three pieces: the dash is a minus elsewhere. */
function readOperatorName(tokens: Tokens): string {
  if (tokens.peek().kind !== 'name') tokens.fail('expected an operator');
  let word = tokens.take().text;
  while (tokens.sees('-') && tokens.peek(1).kind === 'name' && word === 'project') {
    tokens.take();
    word += `-${tokens.take().text}`;
  }
  return word;
}

function readSummarize(tokens: Tokens, at: number): Operator {
  const aggregates = tokens.sees('by') ? [] : listOf(tokens, readNamed);
  const by = tokens.accept('by') ? listOf(tokens, readNamed) : [];
  return { kind: 'summarize', aggregates, by, at };
}

function readColumn(tokens: Tokens): NameExpression {
  const { at } = tokens.peek();
  return { kind: 'name', name: readName(tokens), at };
}

function readCount(tokens: Tokens): number {
  const token = tokens.peek();
  if (token.kind !== 'literal' || token.type !== 'integer') tokens.fail('expected a number of rows');
  tokens.take();
  return Number(token.value);
}

/** Descending unless it says otherwise, and null where the smallest value would be. */
function readSortKey(tokens: Tokens): SortKey {
  const expression = readExpression(tokens);
  const ascending = tokens.accept('asc');
  if (!ascending) tokens.accept('desc');
  if (!tokens.accept('nulls')) return { expression, descending: !ascending, nullsFirst: ascending };
  const nullsFirst = tokens.accept('first');
  if (!nullsFirst) tokens.expect('last');
  return { expression, descending: !ascending, nullsFirst };
}
