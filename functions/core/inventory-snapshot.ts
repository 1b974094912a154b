import { type EpochMs, HOUR, type Interval, MINUTE, touches, type Window } from './time.ts';

/**
 * GitLab moves `last_used_at` at most every 10 minutes, so a use at `t` leaves it at `t` - 10 min or later
 * (`reference/gitlab.md` §4a).
 */
export const LAST_USED_LAG = 10 * MINUTE;

/** Bounds of a stored snapshot: credentials by latest use, addresses and instants per credential. */
export const SNAPSHOT_LIMITS = { credentials: 50_000, addresses: 12, uses: 6, lastUsed: 12 } as const;

/**
 * What all readings of GitLab's token lists said so far. GitLab gives a token's five latest addresses without times;
 * only the difference of two readings bounds when an address came (`reference/gitlab.md` §4a).
 */
export interface InventorySnapshot {
  /** Start of the newest reading in it. */
  readonly takenAt: EpochMs;
  /** By `Credential.id`. */
  readonly credentials: Readonly<Record<string, CredentialHistory>>;
}

export interface CredentialHistory {
  /** End of the first reading that showed it with addresses; missing while none did. */
  readonly since?: EpochMs;
  /** Start of the last reading at which its addresses are known to have been these; missing with `since`. */
  readonly readAt?: EpochMs;
  /** Values `last_used_at` had, ascending, thinned to about one an hour. */
  readonly lastUsed: readonly EpochMs[];
  readonly addresses: readonly AddressHistory[];
}

export interface AddressHistory {
  /** Canonical text. */
  readonly address: string;
  /** Each holds at least one true use of the token from here; oldest first. */
  readonly uses: readonly Interval[];
  /** The token was not used from here before: its creation, or the last reading before the address came. */
  readonly notBefore: EpochMs;
  /** The earliest instant by which the token had surely been used from here. */
  readonly knownBy: EpochMs;
  /** Start of the last reading whose list had it. */
  readonly listedAt: EpochMs;
}

/** One reading of the token lists. */
export interface InventoryReading {
  readonly begun: EpochMs;
  readonly ended: EpochMs;
  /** The lists were asked for tokens used after this instant only. */
  readonly lastUsedAfter: EpochMs;
  /** Every list was read to its end: a token that is not in them was not used since `lastUsedAfter`. */
  readonly whole: boolean;
  readonly tokens: readonly TokenReading[];
}

export interface TokenReading {
  /** `Credential.id`. */
  readonly credential: string;
  readonly createdAt?: EpochMs;
  readonly lastUsedAt?: EpochMs;
  /** Canonical addresses of `last_used_ips`, in any order. Empty: GitLab did not say. */
  readonly addresses: readonly string[];
  /** How many entries the list had, readable or not. */
  readonly listed: number;
}

/**
 * The snapshot after one more reading. A reading that began before what is already known of a credential changes
 * nothing of it, so readings may come in any order.
 *
 * @param retention milliseconds after which an address that is no longer read is forgotten
 */
export function advanceSnapshot(
  previous: InventorySnapshot | undefined,
  reading: InventoryReading,
  retention: number,
): InventorySnapshot {
  const credentials = new Map(Object.entries(previous?.credentials ?? {}));
  if (reading.whole) carryUnused(credentials, reading);
  for (const token of reading.tokens) {
    const history = advanceCredential(credentials.get(token.credential), token, reading);
    if (history !== undefined) credentials.set(token.credential, history);
  }
  const takenAt = Math.max(previous?.takenAt ?? 0, reading.begun);
  return { takenAt, credentials: bounded(credentials, takenAt - retention) };
}

/**
 * When the token was used from each of its addresses, as far as that touches the window: every bounded use that is
 * known; and, where there is none for a listed address, the span from its latest bound before the window to the last
 * instant that `last_used_at` allows, because the token was used about then from one of the listed addresses. Never
 * later than `now`, the end of the reading: nothing has been used in time to come.
 */
export function addressUses(
  history: CredentialHistory | undefined,
  token: TokenReading,
  window: Window,
  now: EpochMs,
): { address: string; at: Interval }[] {
  const found: { address: string; at: Interval }[] = [];
  for (const { address, uses, notBefore } of history?.addresses ?? []) {
    const known = uses.filter((at) => touches(at, window));
    for (const at of known) found.push({ address, at: span(at.notBefore, Math.min(at.notAfter, now)) });
    if (known.length > 0 || !token.addresses.includes(address)) continue;
    const earliest = uses.findLast((use) => use.notBefore < window.start)?.notBefore ?? notBefore;
    const at = span(earliest, latestUse(token, now));
    if (touches(at, window)) found.push({ address, at });
  }
  return found;
}

/** What was known of a credential before an instant; both missing where nothing was. */
export function historyBefore(
  history: CredentialHistory | undefined,
  before: EpochMs,
): { usedBefore?: EpochMs; knownAddresses?: string[] } {
  const usedBefore = history?.lastUsed.findLast((at) => at < before);
  const known = history?.since !== undefined && history.since < before && history.addresses.length > 0;
  return {
    ...(usedBefore === undefined ? {} : { usedBefore }),
    ...(known
      ? { knownAddresses: history.addresses.filter(({ knownBy }) => knownBy < before).map(({ address }) => address) }
      : {}),
  };
}

/**
 * A credential that a whole reading did not list was not used since `lastUsedAfter` (plus the lag of `last_used_at`):
 * if its addresses were read after that, they still are what they were.
 */
function carryUnused(credentials: Map<string, CredentialHistory>, reading: InventoryReading): void {
  const listed = new Set(reading.tokens.map(({ credential }) => credential));
  for (const [id, history] of credentials) {
    const { readAt } = history;
    if (listed.has(id) || readAt === undefined || readAt >= reading.begun) continue;
    if (readAt < reading.lastUsedAfter + LAST_USED_LAG) continue;
    const addresses = history.addresses.map((entry) =>
      entry.listedAt >= readAt ? { ...entry, listedAt: reading.begun } : entry,
    );
    credentials.set(id, { ...history, readAt: reading.begun, addresses });
  }
}

function advanceCredential(
  before: CredentialHistory | undefined,
  token: TokenReading,
  reading: InventoryReading,
): CredentialHistory {
  if (before?.readAt !== undefined && before.readAt >= reading.begun) return before;
  const lastUsed = withLastUse(before?.lastUsed ?? [], token.lastUsedAt);
  // "Not told" says nothing about the addresses: what was known of them stays as it was.
  if (token.addresses.length === 0) return { addresses: [], ...before, lastUsed };
  const entries = new Map((before?.addresses ?? []).map((entry) => [entry.address, entry]));
  for (const address of new Set(token.addresses)) {
    const advanced = advanceAddress(entries.get(address), address, { readBefore: before?.readAt, token, reading });
    // Set anew, so that the addresses listed now come last and are the last to be forgotten.
    entries.delete(address);
    entries.set(address, advanced);
  }
  return {
    since: before?.since ?? reading.ended,
    readAt: reading.begun,
    lastUsed,
    addresses: [...entries.values()].slice(-SNAPSHOT_LIMITS.addresses),
  };
}

interface AddressContext {
  /** When the credential's addresses were last read. */
  readonly readBefore: EpochMs | undefined;
  readonly token: TokenReading;
  readonly reading: InventoryReading;
}

function advanceAddress(entry: AddressHistory | undefined, address: string, context: AddressContext): AddressHistory {
  const { readBefore, token, reading } = context;
  const earliest = Math.max(token.createdAt ?? 0, readBefore ?? 0);
  const isStillListed = entry !== undefined && readBefore !== undefined && entry.listedAt >= readBefore;
  const use = provenUse(token) ?? (isStillListed ? undefined : span(earliest, latestUse(token, reading.ended)));
  const known = entry?.uses ?? [];
  const isNew = use !== undefined && known.every(({ notBefore }) => notBefore !== use.notBefore);
  return {
    address,
    uses: isNew ? [...known, use].slice(-SNAPSHOT_LIMITS.uses) : known,
    notBefore: entry?.notBefore ?? Math.min(earliest, use?.notBefore ?? earliest),
    knownBy: Math.min(entry?.knownBy ?? reading.ended, use?.notAfter ?? reading.ended),
    listedAt: reading.begun,
  };
}

/** The only address a token ever had: whoever moved `last_used_at` came from there. */
function provenUse(token: TokenReading): Interval | undefined {
  if (token.listed !== 1 || token.lastUsedAt === undefined) return undefined;
  return { notBefore: token.lastUsedAt, notAfter: token.lastUsedAt + LAST_USED_LAG };
}

function latestUse(token: TokenReading, now: EpochMs): EpochMs {
  return token.lastUsedAt === undefined ? now : Math.min(now, token.lastUsedAt + LAST_USED_LAG);
}

/** Never of length 0, which would claim an exact instant; GitLab's clock may also run ahead of ours. */
function span(notBefore: EpochMs, notAfter: EpochMs): Interval {
  return { notBefore, notAfter: Math.max(notBefore + 1, notAfter) };
}

function withLastUse(known: readonly EpochMs[], lastUsedAt: EpochMs | undefined): readonly EpochMs[] {
  const last = known.at(-1);
  if (lastUsedAt === undefined || (last !== undefined && lastUsedAt <= last)) return known;
  const before = known.at(-2);
  const kept = last !== undefined && before !== undefined && last - before < HOUR ? known.slice(0, -1) : known;
  return [...kept, lastUsedAt].slice(-SNAPSHOT_LIMITS.lastUsed);
}

function bounded(
  credentials: ReadonlyMap<string, CredentialHistory>,
  forgetBefore: EpochMs,
): Record<string, CredentialHistory> {
  const kept = [...credentials].map(([id, history]): [string, CredentialHistory] => [
    id,
    { ...history, addresses: history.addresses.filter(({ listedAt }) => listedAt >= forgetBefore) },
  ]);
  if (kept.length > SNAPSHOT_LIMITS.credentials) {
    kept.sort(([, a], [, b]) => (b.lastUsed.at(-1) ?? 0) - (a.lastUsed.at(-1) ?? 0));
    kept.length = SNAPSHOT_LIMITS.credentials;
  }
  return Object.fromEntries(kept);
}
