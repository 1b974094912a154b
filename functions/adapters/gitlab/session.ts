import * as z from 'zod/mini';
import { DAY, type EpochMs } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { ConfigError } from '../../runtime/errors.ts';
import type { GitLabApi } from './api.ts';
import { Deployment, isWorthKeeping, probeDeployment } from './deployment.ts';
import type { FanOut } from './fan-out.ts';
import { type Listing, readListing, readOne } from './listing.ts';
import { GroupRow, ProjectRow, SelfRow } from './schemas.ts';
import { UserDirectory } from './users.ts';

/** What GitLab told about itself, kept for others. */
export interface Cache {
  get(key: string): Promise<unknown | undefined>;
  put(key: string, value: unknown, expiresAt: EpochMs): Promise<void>;
}

/** Who we are to GitLab and what we may read. */
export interface Access {
  readonly ownTokenId?: number;
  readonly deployment: Deployment;
}

/** A top-level group with all that lies below it; `lists` say what of that could not be read. */
export interface Tree {
  readonly groups: readonly (number | string)[];
  /** Most recently active first: where time runs out, the quiet ones are missing. */
  readonly projects: readonly number[];
  readonly lists: FanOut<unknown>;
}

export interface SessionOptions {
  readonly api: GitLabApi;
  readonly cache: Cache;
  readonly clock: Clock;
  /** Full paths of top-level groups. */
  readonly groups: readonly string[];
}

const TREE_PAGES = 100;

/** What the sources of one reading share, each asked for once. */
export class GitLabSession {
  readonly api: GitLabApi;
  readonly clock: Clock;
  readonly cache: Cache;
  readonly users: UserDirectory;
  readonly #configured: readonly string[];
  readonly #trees = new Map<string | number, Promise<Tree>>();
  #access: Promise<Access> | undefined;

  constructor(options: SessionOptions) {
    this.api = options.api;
    this.clock = options.clock;
    this.cache = options.cache;
    this.users = new UserDirectory(options.api, options.cache, options.clock);
    this.#configured = options.groups;
  }

  /** Throws `ConfigError` when GitLab refuses our token, and what the transport throws. */
  access(deadline: EpochMs): Promise<Access> {
    this.#access ??= this.#findAccess(deadline);
    return this.#access;
  }

  tree(group: string | number, deadline: EpochMs): Promise<Tree> {
    const known = this.#trees.get(group) ?? this.#readTree(group, deadline);
    this.#trees.set(group, known);
    return known;
  }

  async #findAccess(deadline: EpochMs): Promise<Access> {
    const own = await this.#findOwnToken(deadline);
    const key = `gitlab-deployment ${this.api.host} ${own?.id} ${this.#configured.join(' ')}`;
    const known = own === undefined ? undefined : z.safeParse(Deployment, await this.cache.get(key));
    const ownTokenId = own === undefined ? {} : { ownTokenId: own.id };
    if (known?.success) return { ...ownTokenId, deployment: known.data };
    const now = this.clock.now();
    const userId = own?.user_id ?? undefined;
    const deployment = await probeDeployment(this.api, this.#configured, userId, deadline, now);
    if (own !== undefined && isWorthKeeping(deployment)) await this.cache.put(key, deployment, now + DAY);
    return { ...ownTokenId, deployment };
  }

  /** Undefined where this GitLab does not tell (`/personal_access_tokens/self` is missing or needs another scope). */
  async #findOwnToken(deadline: EpochMs): Promise<z.infer<typeof SelfRow> | undefined> {
    const first = await readOne(this.api.self(), SelfRow, deadline);
    if (first.status !== 401) return first.value;
    const second = (await this.api.refreshToken()) ? await readOne(this.api.self(), SelfRow, deadline) : first;
    if (second.status !== 401) return second.value;
    throw new ConfigError('GitLab refused our token (401): renew the token in secret latchkey/gitlab');
  }

  async #readTree(group: string | number, deadline: EpochMs): Promise<Tree> {
    const limits = { deadline, maxPages: TREE_PAGES };
    const [groups, projects] = await Promise.all([
      readListing(this.api.descendantGroups(group), GroupRow, limits),
      readListing(this.api.groupProjects(group), ProjectRow, limits),
    ]);
    const byActivity = [...projects.rows].sort((a, b) => (b.last_activity_at ?? 0) - (a.last_activity_at ?? 0));
    return {
      groups: [group, ...groups.rows.map(({ id }) => id)],
      projects: byActivity.map(({ id }) => id),
      lists: { listings: [groups, projects].filter(isIncomplete), unasked: 0 },
    };
  }
}

/** A list of groups or projects that was read whole is no evidence and needs no coverage. */
function isIncomplete({ end, skippedMalformed }: Listing<unknown>): boolean {
  return end.kind !== 'whole' || skippedMalformed > 0;
}
