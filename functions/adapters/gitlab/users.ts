import * as z from 'zod/mini';
import { DAY, type EpochMs } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { LatchkeyError } from '../../runtime/errors.ts';
import type { GitLabApi } from './api.ts';
import { UserRow } from './schemas.ts';
import type { Cache } from './session.ts';

/** Requests under way at the same time: polite, and enough for hundreds of users within a step. */
const CONCURRENCY = 8;
/** After so many in a row that gave no answer, the rest is not asked for. */
const MAX_FAILURES_IN_A_ROW = 4;
/** Users kept. */
const MAX_KEPT = 5_000;

/** What GitLab told of a user, and until when that counts. */
const Kept = z.array(z.object({ user: UserRow, until: z.number() }));
type Kept = z.infer<typeof Kept>[number];

/**
 * What GitLab tells about users: name, whether bot, whether administrator. Asked one by one, as there is no list by id,
 * at most once in a reading, and each kept for a day from when it was asked for: who becomes administrator is one here
 * a day later at most.
 */
export class UserDirectory {
  readonly #api: GitLabApi;
  readonly #cache: Cache;
  readonly #clock: Clock;
  readonly #tried = new Set<number>();
  #known: Promise<Map<number, Kept>> | undefined;

  constructor(api: GitLabApi, cache: Cache, clock: Clock) {
    this.#api = api;
    this.#cache = cache;
    this.#clock = clock;
  }

  /** Everyone known so far, after asking for those of `ids` that are not. Who could not be learnt about is missing. */
  async find(ids: readonly number[], deadline: EpochMs): Promise<ReadonlyMap<number, UserRow>> {
    this.#known ??= this.#load();
    const known = await this.#known;
    const found = await this.#lookUp(
      ids.filter((id) => !known.has(id) && !this.#tried.has(id)),
      deadline,
    );
    const until = this.#clock.now() + DAY;
    for (const user of found) known.set(user.id, { user, until });
    if (found.length > 0) await this.#cache.put(this.#key, [...known.values()].slice(-MAX_KEPT), until);
    return new Map([...known].map(([id, { user }]) => [id, user]));
  }

  get #key(): string {
    return `gitlab-users ${this.#api.host}`;
  }

  async #load(): Promise<Map<number, Kept>> {
    const kept = z.safeParse(Kept, await this.#cache.get(this.#key));
    const now = this.#clock.now();
    const current = kept.success ? kept.data.filter(({ until }) => until > now) : [];
    return new Map(current.map((one) => [one.user.id, one]));
  }

  async #lookUp(ids: readonly number[], deadline: EpochMs): Promise<UserRow[]> {
    const found: UserRow[] = [];
    let taken = 0;
    let failures = 0;
    const work = async (): Promise<void> => {
      while (taken < ids.length && failures < MAX_FAILURES_IN_A_ROW && this.#clock.now() < deadline) {
        const id = ids[taken++];
        if (id === undefined) return;
        this.#tried.add(id);
        const user = await this.#one(id, deadline);
        failures = user === undefined ? failures + 1 : 0;
        if (user !== undefined && user !== 'none') found.push(user);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    return found;
  }

  /** Undefined: no answer about it. `none`: GitLab does not know this one. */
  async #one(id: number, deadline: EpochMs): Promise<UserRow | 'none' | undefined> {
    try {
      const { status, body } = await this.#api.user(id)(deadline);
      const parsed = z.safeParse(UserRow, body);
      if (status === 200 && parsed.success) return parsed.data;
      return status === 404 ? 'none' : undefined;
    } catch (error) {
      // Fails toward the evidence already read: whoever asks says in its coverage what this leaves open.
      if (error instanceof LatchkeyError) return undefined;
      throw error;
    }
  }
}
