import {
  addressUses,
  advanceSnapshot,
  type InventoryReading,
  type InventorySnapshot,
  type TokenReading,
} from '../../functions/core/inventory-snapshot.ts';
import { DAY, type EpochMs, HOUR } from '../../functions/core/time.ts';

export const T0 = Date.UTC(2026, 0, 5, 12);
export const ID = 'token/1';
export const RETENTION = 30 * DAY;

export function token(
  lastUsedAt: EpochMs | undefined,
  addresses: readonly string[],
  createdAt = T0 - 90 * DAY,
): TokenReading {
  return {
    credential: ID,
    createdAt,
    ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
    addresses,
    listed: addresses.length,
  };
}

export function reading(
  at: EpochMs,
  tokens: readonly TokenReading[],
  more: Partial<InventoryReading> = {},
): InventoryReading {
  return { begun: at, ended: at + 1_000, lastUsedAfter: at - HOUR, whole: true, tokens, ...more };
}

export function advance(readings: readonly InventoryReading[], from?: InventorySnapshot): InventorySnapshot {
  return readings.reduce<InventorySnapshot>(
    (snapshot, next) => advanceSnapshot(snapshot, next, RETENTION),
    from ?? { takenAt: 0, credentials: {} },
  );
}

export function usesAt(
  snapshot: InventorySnapshot,
  of: TokenReading,
  window: { start: EpochMs; end: EpochMs },
  now: EpochMs,
) {
  return addressUses(snapshot.credentials[of.credential], of, window, now);
}
