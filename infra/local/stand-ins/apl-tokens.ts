import { AplError } from './apl-error.ts';
import { readTokens, type Token } from './apl-lexer.ts';

/** The pieces of a query, read from the first to the last. */
export class Tokens {
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  #next = 0;

  /** @throws AplError for text that is no piece of a query */
  constructor(query: string) {
    this.#tokens = readTokens(query);
    this.#end = { kind: 'end', at: query.length, text: '' };
  }

  /** The piece `ahead` of the next one, which stays where it is. */
  peek(ahead = 0): Token {
    return this.#tokens[this.#next + ahead] ?? this.#end;
  }

  take(): Token {
    const token = this.peek();
    this.#next += 1;
    return token;
  }

  /** Whether the next piece is this word or sign. Quoted text never is. */
  sees(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && token.kind !== 'literal' && token.kind !== 'end';
  }

  /** Takes the next piece where it is this word or sign. */
  accept(text: string): boolean {
    const there = this.sees(text);
    if (there) this.#next += 1;
    return there;
  }

  expect(text: string): void {
    if (!this.accept(text)) this.fail(`expected ${text}`);
  }

  /** @throws AplError at the next piece, always */
  fail(message: string): never {
    const { text, at } = this.peek();
    throw new AplError(`${message}, found ${text === '' ? 'the end of the query' : text.slice(0, 80)}`, at);
  }
}

/** One or more, with commas between. */
export function listOf<Item>(tokens: Tokens, read: (tokens: Tokens) => Item): Item[] {
  const items = [read(tokens)];
  while (tokens.accept(',')) items.push(read(tokens));
  return items;
}

/** A bare or quoted name (`foo`, `a.b`, `['foo']`). */
export function readName(tokens: Tokens): string {
  if (tokens.accept('[')) {
    const token = tokens.take();
    if (token.kind !== 'literal' || typeof token.value !== 'string')
      throw new AplError('expected a quoted name', token.at);
    tokens.expect(']');
    return token.value;
  }
  if (tokens.peek().kind !== 'name') tokens.fail('expected a name');
  let name = tokens.take().text;
  while (tokens.sees('.') && tokens.peek(1).kind === 'name') {
    tokens.expect('.');
    name += `.${tokens.take().text}`;
  }
  return name;
}
