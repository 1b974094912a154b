import { describe, expect, it } from 'vitest';
import { advanceSnapshot, historyBefore, SNAPSHOT_LIMITS } from '../../functions/core/inventory-snapshot.ts';
import { DAY, HOUR, type Interval, MINUTE } from '../../functions/core/time.ts';
import { advance, ID, RETENTION, reading, T0, token, usesAt } from './inventory-readings.ts';

describe('when a token was used from an address', () => {
  const window = { start: T0 - HOUR, end: T0 + HOUR };

  it('is bounded by the reading before for an address that is new to the list', () => {
    const before = token(T0 - 30 * MINUTE, ['192.0.2.1', '192.0.2.2']);
    const after = token(T0 - 2 * MINUTE, ['192.0.2.1', '192.0.2.2', '203.0.113.9']);
    const snapshot = advance([reading(T0 - 20 * MINUTE, [before]), reading(T0, [after])]);
    expect(usesAt(snapshot, after, window, T0 + 1_000)).toContainEqual({
      address: '203.0.113.9',
      at: { notBefore: T0 - 20 * MINUTE, notAfter: T0 + 1_000 },
    });
  });

  it('is within the lag of last_used_at for the only address of the list', () => {
    const only = token(T0 - 5 * MINUTE, ['192.0.2.1']);
    const use = (now: number) => usesAt(advance([reading(T0, [only])]), only, window, now);
    const notBefore = T0 - 5 * MINUTE;
    expect(use(T0 + HOUR)).toEqual([{ address: '192.0.2.1', at: { notBefore, notAfter: T0 + 5 * MINUTE } }]);
    // Nothing has been used in time to come.
    expect(use(T0 + 1_000)).toEqual([{ address: '192.0.2.1', at: { notBefore, notAfter: T0 + 1_000 } }]);
  });

  it("is an instant at least where GitLab's clock runs ahead of ours", () => {
    const ahead = token(T0 + 5 * MINUTE, ['192.0.2.1']);
    expect(usesAt(advance([reading(T0, [ahead])]), ahead, window, T0 + 1_000)).toEqual([
      { address: '192.0.2.1', at: { notBefore: T0 + 5 * MINUTE, notAfter: T0 + 5 * MINUTE + 1 } },
    ]);
  });

  it('is not narrowed to the only readable address of a longer list', () => {
    const two = { ...token(T0 - 5 * MINUTE, ['192.0.2.1']), listed: 2 };
    expect(usesAt(advance([reading(T0, [two])]), two, window, T0 + 1_000)).toEqual([
      { address: '192.0.2.1', at: { notBefore: T0 - 90 * DAY, notAfter: T0 + 1_000 } },
    ]);
  });

  it('is anything since creation at the first reading of several addresses', () => {
    const two = token(T0 - 5 * MINUTE, ['192.0.2.1', '192.0.2.2'], T0 - 3 * DAY);
    for (const { at } of usesAt(advance([reading(T0, [two])]), two, window, T0 + 1_000)) {
      expect(at).toEqual({ notBefore: T0 - 3 * DAY, notAfter: T0 + 1_000 });
    }
  });

  it('stays bounded at later looks although the token is used on', () => {
    const before = token(T0 - 30 * MINUTE, ['192.0.2.1', '192.0.2.2']);
    const stolen = token(T0 - 2 * MINUTE, ['192.0.2.1', '192.0.2.2', '203.0.113.9']);
    const later = token(T0 + 50 * MINUTE, ['192.0.2.1', '192.0.2.2', '203.0.113.9']);
    const snapshot = advance([
      reading(T0 - 20 * MINUTE, [before]),
      reading(T0, [stolen]),
      reading(T0 + 55 * MINUTE, [later]),
    ]);
    expect(usesAt(snapshot, later, window, T0 + 55 * MINUTE)).toContainEqual({
      address: '203.0.113.9',
      at: { notBefore: T0 - 20 * MINUTE, notAfter: T0 + 1_000 },
    });
  });

  it('is known of an address that later ones pushed out of the list', () => {
    const before = token(T0 - 30 * MINUTE, ['192.0.2.1']);
    const stolen = token(T0 - 9 * MINUTE, ['192.0.2.1', '203.0.113.9']);
    const rotated = token(
      T0 + 3 * MINUTE,
      [1, 2, 3, 4, 5].map((last) => `198.51.100.${last}`),
    );
    const snapshot = advance([
      reading(T0 - 20 * MINUTE, [before]),
      reading(T0, [stolen]),
      reading(T0 + 5 * MINUTE, [rotated]),
    ]);
    expect(usesAt(snapshot, rotated, window, T0 + 5 * MINUTE).map(({ address }) => address)).toContain('203.0.113.9');
  });

  it('is not in a window that began after the last use', () => {
    const quiet = token(T0 - 2 * HOUR, ['192.0.2.1', '192.0.2.2']);
    expect(usesAt(advance([reading(T0, [quiet])]), quiet, window, T0)).toEqual([]);
  });

  it('is bounded by a whole reading that did not list the token', () => {
    const before = token(T0 - 3 * HOUR, ['192.0.2.1', '192.0.2.2']);
    const after = token(T0 - MINUTE, ['192.0.2.1', '192.0.2.2', '203.0.113.9']);
    const unlisted = (whole: boolean) => reading(T0 - 5 * MINUTE, [], { whole, lastUsedAfter: T0 - 3 * HOUR });
    const bound = (whole: boolean): Interval | undefined => {
      const snapshot = advance([reading(T0 - 2 * HOUR, [before]), unlisted(whole), reading(T0, [after])]);
      return usesAt(snapshot, after, window, T0).find(({ address }) => address === '203.0.113.9')?.at;
    };
    expect(bound(true)?.notBefore).toBe(T0 - 5 * MINUTE);
    expect(bound(false)?.notBefore).toBe(T0 - 2 * HOUR);
  });

  it('is unknown where GitLab gives no addresses, and that forgets none', () => {
    const known = token(T0 - 50 * MINUTE, ['192.0.2.1', '192.0.2.2']);
    const silent = token(T0 - MINUTE, []);
    const after = token(T0 + 5 * MINUTE, ['192.0.2.1', '192.0.2.2', '203.0.113.9']);
    const snapshot = advance([
      reading(T0 - 40 * MINUTE, [known]),
      reading(T0, [silent]),
      reading(T0 + 10 * MINUTE, [after]),
    ]);
    expect(usesAt(snapshot, after, window, T0 + 11 * MINUTE)).toContainEqual({
      address: '203.0.113.9',
      at: { notBefore: T0 - 40 * MINUTE, notAfter: T0 + 10 * MINUTE + 1_000 },
    });
  });

  it('never has length 0, even where GitLab names an instant that our clock has not reached', () => {
    const ahead = token(T0 + MINUTE, ['192.0.2.1', '192.0.2.2'], T0 + MINUTE);
    for (const { at } of usesAt(advance([reading(T0, [ahead])]), ahead, window, T0)) {
      expect(at.notAfter).toBeGreaterThan(at.notBefore);
    }
  });
});

describe('what was known before', () => {
  it('is nothing without a reading before', () => {
    const snapshot = advance([reading(T0, [token(T0 - MINUTE, ['192.0.2.1'])])]);
    expect(historyBefore(snapshot.credentials[ID], T0 - HOUR)).toEqual({});
    expect(historyBefore(undefined, T0)).toEqual({});
  });

  it('is the addresses and the last use of readings before', () => {
    const snapshot = advance([
      reading(T0 - 2 * DAY, [token(T0 - 3 * DAY, ['192.0.2.1'])]),
      reading(T0, [token(T0 - MINUTE, ['192.0.2.1', '203.0.113.9'])]),
    ]);
    expect(historyBefore(snapshot.credentials[ID], T0 - HOUR)).toEqual({
      usedBefore: T0 - 3 * DAY,
      knownAddresses: ['192.0.2.1'],
    });
  });

  it('holds the last use of a token whose addresses GitLab does not give', () => {
    const snapshot = advance([reading(T0 - 2 * DAY, [token(T0 - 3 * DAY, [])]), reading(T0, [token(T0 - MINUTE, [])])]);
    expect(historyBefore(snapshot.credentials[ID], T0 - HOUR)).toEqual({ usedBefore: T0 - 3 * DAY });
  });

  it('reaches back over a busy day of readings every ten minutes, to within two hours', () => {
    const polls = Array.from({ length: 144 }, (_, n) => T0 - DAY + n * 10 * MINUTE);
    const snapshot = advance(polls.map((at) => reading(at, [token(at - MINUTE, ['192.0.2.1'])])));
    const before = T0 - 5 * HOUR;
    const { usedBefore = 0 } = historyBefore(snapshot.credentials[ID], before);
    expect(usedBefore).toBeLessThan(before);
    expect(before - usedBefore).toBeLessThan(2 * HOUR);
  });
});

describe('the size of a snapshot', () => {
  it('is bounded in addresses and forgets those older than the retention time', () => {
    const polls = Array.from({ length: 40 }, (_, n) => {
      const at = T0 + n * HOUR;
      return reading(at, [token(at - MINUTE, [`192.0.2.${n}`, `192.0.2.${n + 100}`])]);
    });
    const snapshot = advance(polls);
    expect(snapshot.credentials[ID]?.addresses).toHaveLength(SNAPSHOT_LIMITS.addresses);
    const later = advanceSnapshot(snapshot, reading(T0 + 40 * DAY, [], { lastUsedAfter: T0 + 39 * DAY }), RETENTION);
    expect(later.credentials[ID]?.addresses).toEqual([]);
  });
});
