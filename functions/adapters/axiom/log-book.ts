import { networkOf } from '../../core/address.ts';
import { tellingCalls } from '../../core/sensitive-actions.ts';
import type { EpochMs } from '../../core/time.ts';
import type { Credential, Owner, TokenUse } from '../../core/token-use.ts';
import type { AxiomRow } from './client.ts';
import { clientAddress } from './log-address.ts';
import { type LogRow, type NamedToken, readRow } from './log-rows.ts';

/** What the logs say about credentials. */
export interface LogEvidence {
  readonly credentials: readonly Credential[];
  readonly uses: readonly TokenUse[];
  readonly counts: LogCounts;
  /** The first and last request read, where any was. */
  readonly oldest?: EpochMs;
  readonly newest?: EpochMs;
}

export interface LogCounts extends Readonly<Record<string, number>> {
  /** Requests that authenticated or were turned away. */
  readonly requests: number;
  /** Spans of time with uses of one credential from one address, and with refusals. */
  readonly uses: number;
  readonly refused: number;
  /** Of the requests: without a readable address, token id or status; and rows that are none. */
  readonly skippedMalformed: number;
  /** Of the requests: with a token of a type that is none of a person, project or group, nor OAuth's. */
  readonly otherTokens: number;
  /** Of the requests: turned away, and the log does not say which token it was. */
  readonly unknownRefusals: number;
}

interface Place {
  readonly address: string;
  readonly network: string;
  readonly original: string;
}

/** What is known of a credential so far. */
interface Known {
  readonly token: NamedToken;
  readonly scopes: Set<string>;
  owner?: Owner;
  /** Requests of the row that told the owner. */
  toldBy: number;
}

const SOURCES: TokenUse['sources'] = ['logs'];

/**
 * Puts rows of the logs together: one use for each credential, address, reason and span of time, whatever slices of the
 * window they were asked in.
 */
export class LogBook {
  readonly #spanMs: number;
  readonly #ipv6PrefixLength: number;
  readonly #uses = new Map<string, TokenUse>();
  readonly #credentials = new Map<string, Known>();
  /** Hundreds of thousands of rows hold the same few texts: each is read and kept once. */
  readonly #places = new Map<string, Place | undefined>();
  readonly #calls = new Map<string, readonly string[]>();
  readonly #counts = { requests: 0, skippedMalformed: 0, otherTokens: 0, unknownRefusals: 0 };
  #oldest = Number.POSITIVE_INFINITY;
  #newest = Number.NEGATIVE_INFINITY;

  constructor(options: { readonly spanMs: number; readonly ipv6PrefixLength: number }) {
    this.#spanMs = options.spanMs;
    this.#ipv6PrefixLength = options.ipv6PrefixLength;
  }

  add(rows: readonly AxiomRow[]): void {
    for (const row of rows) {
      const read = readRow(row);
      if (read === undefined) this.#counts.skippedMalformed += 1;
      else this.#add(read);
    }
  }

  evidence(): LogEvidence {
    const uses = [...this.#uses.values()];
    const refused = uses.filter(({ strength }) => strength === 'refused').length;
    return {
      credentials: [...this.#credentials.values()].map(credentialOf),
      uses,
      counts: { ...this.#counts, uses: uses.length - refused, refused },
      ...(this.#newest < this.#oldest ? {} : { oldest: this.#oldest, newest: this.#newest }),
    };
  }

  #add(row: LogRow): void {
    this.#counts.requests += row.requests;
    this.#oldest = Math.min(this.#oldest, row.first);
    this.#newest = Math.max(this.#newest, row.last);
    const place = this.#placeOf(row.address);
    if (place === undefined || (!row.used && !row.refused)) {
      this.#counts.skippedMalformed += row.requests;
      return;
    }
    if (row.used) this.#addUse(row, place);
    if (row.refused) this.#addRefusal(row, place);
  }

  #addUse(row: LogRow, place: Place): void {
    const { token, requests } = row;
    if (token === 'other') this.#counts.otherTokens += requests;
    else if (token === undefined) this.#counts.skippedMalformed += requests;
    else {
      this.#put(token.id, { ...this.#useOf(row, place), credential: token.id, strength: 'used' });
      this.#learn(token, row);
    }
  }

  /** What the row says of user and scopes is of the credential that let the request in, if any, not of the one refused. */
  #addRefusal(row: LogRow, place: Place): void {
    const { tried, requests, reason } = row;
    if (tried === undefined) {
      this.#counts.unknownRefusals += requests;
      return;
    }
    this.#put(`${tried.id} ${reason}`, {
      ...this.#useOf(row, place),
      credential: tried.id,
      strength: 'refused',
      refusal: reason,
    });
    this.#known(tried);
  }

  #put(what: string, use: TokenUse): void {
    const key = `${what} ${use.address} ${Math.floor(use.at.notBefore / this.#spanMs)}`;
    const before = this.#uses.get(key);
    this.#uses.set(key, before === undefined ? use : together(before, use));
  }

  #useOf({ first, last, requests, calls }: LogRow, place: Place): Omit<TokenUse, 'credential' | 'strength'> {
    return {
      ...place,
      at: { notBefore: first, notAfter: last },
      sources: SOURCES,
      times: requests,
      ...(calls.length === 0 ? {} : { calls: this.#keptOnce(calls) }),
    };
  }

  #known(token: NamedToken): Known {
    const known = this.#credentials.get(token.id) ?? { token, scopes: new Set(), toldBy: 0 };
    this.#credentials.set(token.id, known);
    return known;
  }

  /** Who acts by `sudo` is logged as somebody else: the owner is whom most requests name. */
  #learn(token: NamedToken, { user, scopes, requests }: LogRow): void {
    const known = this.#known(token);
    for (const scope of scopes) known.scopes.add(scope);
    if (user === undefined || requests < known.toldBy) return;
    known.owner = user;
    known.toldBy = requests;
  }

  #placeOf(text: string): Place | undefined {
    if (this.#places.has(text)) return this.#places.get(text);
    const address = clientAddress(text);
    const place =
      address === undefined
        ? undefined
        : {
            address: address.canonical,
            network: networkOf(address, this.#ipv6PrefixLength),
            original: text.slice(0, MAX_ORIGINAL),
          };
    this.#places.set(text, place);
    return place;
  }

  #keptOnce(calls: readonly string[]): readonly string[] {
    const key = calls.join('\n');
    const kept = this.#calls.get(key);
    if (kept !== undefined) return kept;
    const telling = tellingCalls(calls);
    this.#calls.set(key, telling);
    return telling;
  }
}

/** A list of proxies can be long; its beginning is what a reader looks for. */
const MAX_ORIGINAL = 200;

/** Two parts of one span, which a boundary between two questions had cut, or two ways to write one address. */
function together(a: TokenUse, b: TokenUse): TokenUse {
  const calls = tellingCalls([...(a.calls ?? []), ...(b.calls ?? [])]);
  return {
    ...a,
    at: {
      notBefore: Math.min(a.at.notBefore, b.at.notBefore),
      notAfter: Math.max(a.at.notAfter, b.at.notAfter),
    },
    times: (a.times ?? 0) + (b.times ?? 0),
    ...(calls.length === 0 ? {} : { calls }),
  };
}

function credentialOf({ token, owner, scopes }: Known): Credential {
  return {
    ...token,
    ...(owner === undefined ? {} : { owner }),
    ...(scopes.size === 0 ? {} : { scopes: [...scopes].slice(0, MAX_SCOPES) }),
  };
}

const MAX_SCOPES = 50;
