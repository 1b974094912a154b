import { complete } from '../../../functions/core/coverage.ts';
import {
  addressUses,
  advanceSnapshot,
  historyBefore,
  type InventorySnapshot,
  LAST_USED_LAG,
  type TokenReading,
} from '../../../functions/core/inventory-snapshot.ts';
import { DAY, type EpochMs, HOUR, MINUTE, type Window } from '../../../functions/core/time.ts';
import type { Credential, TokenUse } from '../../../functions/core/token-use.ts';
import type { NamedReading } from '../../../functions/query-gitlab/read-evidence.ts';
import type { Organisation, Story } from '../truth.ts';
import type { ListState, TokenHistories } from './last-used.ts';
import { asListed, type Listing, listedTokens } from './listing.ts';
import type { Places } from './places.ts';

const RETENTION = 30 * DAY;
/** The hourly rule fires so long after the hour. */
export const HOURLY_AT = 10 * MINUTE;

interface Token {
  readonly listed: Credential;
  readonly revokedAt: EpochMs;
  readonly states: readonly ListState[];
  /** Number of states that had begun at the last reading. */
  begun: number;
}

interface Listed {
  readonly token: Token;
  readonly reading: TokenReading & { readonly lastUsedAt: EpochMs };
}

/** The source `inventory`: the token lists, and what our own earlier readings of them bound. To be read in order. */
export class InventorySource {
  readonly #places: Places;
  readonly #tokens: readonly Token[];
  #snapshot: InventorySnapshot | undefined;
  #readAt: EpochMs;

  constructor(story: Story, listing: Listing, histories: TokenHistories, places: Places) {
    this.#places = places;
    this.#tokens = tokensOf(story.organisation, listing, histories);
    this.#readAt = story.begin;
  }

  read(window: Window, now: EpochMs): NamedReading {
    this.#catchUp(now);
    const list = this.#list(window.start - LAST_USED_LAG, now);
    const credentials: Credential[] = [];
    const uses: TokenUse[] = [];
    for (const { token, reading } of list) {
      const history = this.#snapshot?.credentials[reading.credential];
      for (const { address, at } of addressUses(history, reading, window, now)) {
        uses.push({ credential: reading.credential, ...this.#places.of(address), at, ...INVENTORY });
      }
      const { usedBefore, knownAddresses } = historyBefore(history, window.start);
      credentials.push({
        ...token.listed,
        lastUsedAt: reading.lastUsedAt,
        ...(usedBefore === undefined ? {} : { usedBefore }),
        ...standing(token, now),
        ...(knownAddresses === undefined ? {} : { knownNetworks: this.#networksOf(knownAddresses) }),
      });
    }
    const coverage = complete({ credentials: list.length, uses: uses.length, withoutIps: 0 }, 1);
    return { name: 'inventory', credentials, uses, coverage };
  }

  /** The hourly rule's own readings since the last one; at its own minute the case's reading is as good. */
  #catchUp(now: EpochMs): void {
    for (;;) {
      const next = Math.floor((this.#readAt - HOURLY_AT) / HOUR + 1) * HOUR + HOURLY_AT;
      if (next >= now) return;
      this.#list(this.#readAt - HOUR - LAST_USED_LAG, next);
    }
  }

  /** Reads the tokens used since an instant, and takes the next snapshot on the way. */
  #list(lastUsedAfter: EpochMs, now: EpochMs): readonly Listed[] {
    const list: Listed[] = [];
    for (const token of this.#tokens) {
      const state = advance(token, now);
      if (state === undefined || state.lastUsedAt <= lastUsedAfter) continue;
      const { id: credential, createdAt } = token.listed;
      const { lastUsedAt, addresses } = state;
      const created = createdAt === undefined ? {} : { createdAt };
      list.push({ token, reading: { credential, ...created, lastUsedAt, addresses, listed: addresses.length } });
    }
    const tokens = list.map(({ reading }) => reading);
    const reading = { begun: now, ended: now, lastUsedAfter, whole: true, tokens };
    this.#snapshot = advanceSnapshot(this.#snapshot, reading, RETENTION);
    this.#readAt = Math.max(this.#readAt, now);
    return list;
  }

  #networksOf(addresses: readonly string[]): string[] {
    return [...new Set(addresses.map((address) => this.#places.of(address).network))];
  }
}

const INVENTORY = { strength: 'used', sources: ['inventory'] } as const;

/** What the list says of a token by now. */
function advance(token: Token, now: EpochMs): ListState | undefined {
  const { states } = token;
  while ((states[token.begun]?.from ?? Number.POSITIVE_INFINITY) <= now) token.begun += 1;
  return states[token.begun - 1];
}

function standing({ listed: { expiresAt = Number.POSITIVE_INFINITY }, revokedAt }: Token, now: EpochMs) {
  const revoked = revokedAt <= now;
  return { active: !revoked && now < expiresAt, revoked };
}

/** Those that were never used are in no list of used tokens. */
function tokensOf(organisation: Organisation, listing: Listing, histories: TokenHistories): Token[] {
  return listedTokens(organisation, listing).flatMap((credential) => {
    const states = histories.get(credential.id);
    if (states === undefined) return [];
    const { revoked = false, revokedAt = revoked ? 0 : Number.POSITIVE_INFINITY } = credential;
    return [{ listed: asListed(credential, listing), revokedAt, states, begun: 0 }];
  });
}
