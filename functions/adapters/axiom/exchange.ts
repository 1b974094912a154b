import * as z from 'zod/mini';
import type { Clock } from '../../runtime/clock.ts';
import { ConfigError, type LatchkeyError, TransientError } from '../../runtime/errors.ts';
import { type Fetch, retryAfterMs } from '../../runtime/http.ts';
import { type Asked, errorOf, nameOf, TooManyRowsError } from './axiom-errors.ts';

export interface ExchangeOptions {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** What every path is appended to, without a slash at its end. */
  readonly root: string;
  readonly asked: Asked;
  /** Taken out of whatever Axiom says. */
  readonly token: string;
  /** Milliseconds for the whole exchange, the body included. */
  readonly timeoutMs: number;
  /** Most bytes of (decompressed) answer. */
  readonly maxBytes: number;
}

/** An error body is a sentence and a position. */
const ERROR_BYTES = 65_536;

const ErrorBody = z.object({ message: z.string() });

/**
 * The `fetch` that one call of Axiom's library gets. The library retries by itself, with a pause on a real timer, every
 * rejection and every 5xx (`reference/axiom.md` §1), and its errors quote bodies. So it never sees either: what went
 * wrong is kept in `failure`, and it is told 400, which it gives up on at once.
 */
export class Exchange {
  readonly #options: ExchangeOptions;
  #failure: LatchkeyError | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** Why the exchange failed; undefined while it has not, or when only the library found something wrong. */
  get failure(): LatchkeyError | undefined {
    return this.#failure;
  }

  readonly fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    try {
      const { pathname, search } = new URL(input instanceof Request ? input.url : input);
      return await this.#answer(this.#options.root + pathname + search, init);
    } catch (error) {
      // Stops the library; its caller throws what is kept here.
      this.#failure ??= this.#networkError(error);
      return new Response(null, { status: 400 });
    }
  };

  async #answer(url: string, init: RequestInit): Promise<Response> {
    const { fetch, clock, asked, token, maxBytes, timeoutMs } = this.#options;
    const response = await fetch(url, {
      ...init,
      headers: this.#headers(init),
      // Redirects are answered, not followed: the token would travel with them.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status === 200) return new Response(ReadableStream.from(this.#bounded(response, maxBytes)));
    const message = (await messageOf(response))?.replaceAll(token, '[redacted]');
    this.#failure = errorOf(
      { status: response.status, message, retryAfterMs: retryAfterMs(response.headers, clock.now()) },
      asked,
    );
    return new Response(null, { status: 400 });
  }

  #headers({ headers }: RequestInit): Headers {
    try {
      return new Headers(headers);
    } catch {
      // Stops: it would fail again. The platform's message quotes the value, which is the token.
      this.#failure = new ConfigError('The token in secret latchkey/axiom holds characters that HTTP cannot carry');
      throw this.#failure;
    }
  }

  /** The body as it comes, so that a large one is held once, by the library. */
  async *#bounded(response: Response, maxBytes: number): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    try {
      for await (const chunk of response.body ?? []) {
        bytes += chunk.byteLength;
        if (bytes > maxBytes) {
          this.#failure = tooLarge(this.#options.asked, maxBytes);
          throw this.#failure;
        }
        yield chunk;
      }
    } catch (error) {
      // Fails toward the library's caller, as above.
      this.#failure ??= this.#networkError(error);
      throw this.#failure;
    }
  }

  /** The cause is left out: it may quote headers or the body. */
  #networkError(error: unknown): TransientError {
    const { asked, timeoutMs } = this.#options;
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    const why = timedOut
      ? `no whole answer within ${timeoutMs} ms`
      : (codeOf(error) ?? 'network error or truncated body');
    return new TransientError(`Axiom could not be reached for ${nameOf(asked)}: ${why}`);
  }
}

/** A smaller question has a smaller answer; what an ingest is answered does not follow from what was sent. */
function tooLarge(asked: Asked, maxBytes: number): LatchkeyError {
  const message = `Axiom answered ${nameOf(asked)} with more than ${maxBytes} bytes`;
  return asked.action === 'query' ? new TooManyRowsError(message) : new TransientError(message);
}

/** Axiom's own message in an error body; undefined when there is none, or it cannot be read. */
async function messageOf(response: Response): Promise<string | undefined> {
  try {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > ERROR_BYTES) return undefined;
    }
    const body = ErrorBody.safeParse(JSON.parse(text));
    return body.success ? body.data.message : undefined;
  } catch {
    // The status says enough.
    return undefined;
  }
}

/** The code of the socket error (`ECONNREFUSED`, `UND_ERR_SOCKET`), which undici puts on the cause. */
function codeOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : undefined;
}
