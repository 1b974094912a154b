import { GitLabApi } from '../../../functions/adapters/gitlab/api.ts';
import { Pacer } from '../../../functions/adapters/gitlab/pacer.ts';
import type { SessionOptions } from '../../../functions/adapters/gitlab/session.ts';
import { gitLabSources } from '../../../functions/adapters/gitlab/sources.ts';
import type { StreamedEvents } from '../../../functions/adapters/gitlab/stream.ts';
import { GitLabTransport } from '../../../functions/adapters/gitlab/transport.ts';
import type { InventorySnapshot } from '../../../functions/core/inventory-snapshot.ts';
import { type EpochMs, HOUR, MINUTE } from '../../../functions/core/time.ts';
import type { Clock } from '../../../functions/runtime/clock.ts';
import { TOKEN } from './gitlab-server.ts';

/** The instant the tests stand at. */
export const NOW = Date.UTC(2026, 0, 5, 12, 7);
export const WINDOW = { start: NOW - 2 * HOUR, end: NOW + 30 * MINUTE };

/** A clock that stands still but for its sleeps, which pass at once. */
export function testClock(now: EpochMs = NOW): Clock & { readonly slept: number[]; set(now: EpochMs): void } {
  const slept: number[] = [];
  let current = now;
  return {
    slept,
    set: (at) => {
      current = at;
    },
    now: () => current,
    sleep: async (ms) => {
      slept.push(ms);
      current += ms;
    },
  };
}

export function testTransport(url: string, clock: Clock, token = async (): Promise<string> => TOKEN): GitLabTransport {
  return new GitLabTransport({ url, token, fetch, clock, random: () => 0.5, pacer: new Pacer(180, clock) });
}

/** Sources of one reading over a server, with a cache and snapshots that last as long as `kept` does. */
export function testSources(
  url: string,
  clock: Clock,
  kept: Kept = newKept(),
  more: { groups?: readonly string[]; token?: () => Promise<string>; stream?: StreamedEvents } = {},
) {
  const api = new GitLabApi(testTransport(url, clock, more.token));
  const session: SessionOptions = { api, cache: kept.cache, clock, groups: more.groups ?? [] };
  const stream = more.stream === undefined ? {} : { stream: more.stream };
  return gitLabSources(session, { snapshots: kept.snapshots, ...stream, ipv6PrefixLength: 64, retentionDays: 30 });
}

export type Kept = ReturnType<typeof newKept>;

export function newKept() {
  const cached = new Map<string, { value: unknown; expiresAt: EpochMs }>();
  const state: { snapshot?: InventorySnapshot } = {};
  return {
    cached,
    state,
    cache: {
      get: async (key: string) => cached.get(key)?.value,
      put: async (key: string, value: unknown, expiresAt: EpochMs) => {
        cached.set(key, { value, expiresAt });
      },
    },
    snapshots: {
      load: async () => state.snapshot,
      save: async (snapshot: InventorySnapshot) => {
        state.snapshot = snapshot;
      },
    },
  };
}
