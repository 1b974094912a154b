import { networkOf, parseAddress } from '../../core/address.ts';
import type { SourceCoverage } from '../../core/coverage.ts';
import { addressUses, advanceSnapshot, type InventorySnapshot } from '../../core/inventory-snapshot.ts';
import { DAY, type EpochMs, type Window } from '../../core/time.ts';
import type { Credential, TokenUse } from '../../core/token-use.ts';
import { EvidenceGapError, LatchkeyError } from '../../runtime/errors.ts';
import { credentialOf, readingOf, tokenId } from './credential.ts';
import { coverageOf } from './source-coverage.ts';
import type { ListedToken, TokenList } from './token-directory.ts';

/** Keeps the token lists' addresses from one reading to the next. */
export interface SnapshotKeeper {
  load(): Promise<InventorySnapshot | undefined>;
  save(snapshot: InventorySnapshot): Promise<unknown>;
}

export interface InventoryOptions {
  readonly snapshots: SnapshotKeeper;
  readonly ipv6PrefixLength: number;
  readonly retentionDays: number;
}

/** What one source of evidence says about a window. */
export interface SourceReading {
  readonly credentials: readonly Credential[];
  readonly uses: readonly TokenUse[];
  readonly coverage: SourceCoverage;
}

/**
 * Evidence of the token lists: every credential used since the window began, and the addresses it was used from with
 * the times that GitLab's and our own earlier lists allow (design §6). Takes the next snapshot on the way.
 *
 * @param identified the same tokens in the same order, with what is known of their users: asked for last
 */
export async function readInventory(
  list: TokenList,
  window: Window,
  options: InventoryOptions,
  identified: () => Promise<readonly ListedToken[]>,
): Promise<SourceReading> {
  const { snapshot: previous, lost } = await lastSnapshot(options.snapshots);
  const readings = list.tokens.map((token) => ({ token, ...readingOf(token) }));
  const reading = { ...list, tokens: readings.map((one) => one.reading) };
  const snapshot = advanceSnapshot(previous, reading, options.retentionDays * DAY);
  const unsaved = await save(snapshot, options.snapshots);

  const uses: TokenUse[] = [];
  for (const { reading, originals } of readings) {
    for (const { address, at } of addressUses(snapshot.credentials[reading.credential], reading, window, list.ended)) {
      const parsed = parseAddress(address);
      if (parsed === undefined) continue;
      uses.push({
        credential: reading.credential,
        address,
        network: networkOf(parsed, options.ipv6PrefixLength),
        original: originals.get(address) ?? address,
        at,
        strength: 'used',
        sources: ['inventory'],
      });
    }
  }
  const before = { start: window.start, ipv6PrefixLength: options.ipv6PrefixLength };
  const credentials = (await identified())
    .map((token) => credentialOf(token, snapshot.credentials[tokenId(token.row.id)], before))
    .filter(({ lastUsedAt }) => lastUsedAt !== undefined);
  return {
    credentials,
    uses,
    coverage: coverage(
      list,
      uses,
      [lost, unsaved].flatMap((reason) => reason ?? []),
    ),
  };
}

/** The snapshot that was kept last. One that cannot be read any more counts as none, and `lost` says so. */
export async function lastSnapshot(
  keeper: Pick<SnapshotKeeper, 'load'>,
): Promise<{ readonly snapshot: InventorySnapshot | undefined; readonly lost?: string }> {
  try {
    return { snapshot: await keeper.load() };
  } catch (error) {
    // Fails toward the lists at hand, which make the next snapshot: one that is lost would else be lost every time.
    if (!(error instanceof EvidenceGapError)) throw error;
    return { snapshot: undefined, lost: 'What earlier readings kept could not be read: time bounds are wider.' };
  }
}

async function save(snapshot: InventorySnapshot, keeper: SnapshotKeeper): Promise<string | undefined> {
  try {
    await keeper.save(snapshot);
    return undefined;
  } catch (error) {
    // Fails toward the evidence at hand; only later readings bound their times less closely.
    if (error instanceof LatchkeyError) return 'The addresses read could not be kept: later time bounds are wider.';
    throw error;
  }
}

function coverage(list: TokenList, uses: readonly TokenUse[], keeping: readonly string[]): SourceCoverage {
  const used = list.tokens.flatMap(({ row }) => row.last_used_at ?? []);
  const withoutIps = list.tokens.filter(isWithoutAddresses).length;
  const unplaced =
    withoutIps === 0
      ? []
      : [
          `${withoutIps} of ${used.length} tokens used since the window began record no address (last_used_ips is missing or empty): from where they were used is unknown.`,
        ];
  return coverageOf({
    counts: {
      credentials: list.tokens.length,
      uses: uses.length,
      withoutIps,
    },
    ...extent(used),
    lists: list.lists,
    blindSpots: [...unplaced, ...list.blindSpots, ...keeping],
    what: 'token lists',
    permission: 'a group owner (Owner role) with scope read_api may read them, on GitLab.com from Premium on',
  });
}

/** Used, and GitLab does not say from where: unknown, not "from nowhere" (`reference/gitlab.md` §4a). */
function isWithoutAddresses(token: ListedToken): boolean {
  return typeof token.row.last_used_at === 'number' && readingOf(token).reading.addresses.length === 0;
}

/** The oldest and newest of some instants, where there are any. */
export function extent(instants: readonly EpochMs[]): { oldest?: EpochMs; newest?: EpochMs } {
  if (instants.length === 0) return {};
  return {
    oldest: instants.reduce((a, b) => Math.min(a, b)),
    newest: instants.reduce((a, b) => Math.max(a, b)),
  };
}
