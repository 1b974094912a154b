import { type EpochMs, toIso, type Window } from '../../core/time.ts';
import { type Ask, askThrough, type Resources } from './gitbeaker.ts';
import type { GitLabAnswer, GitLabTransport } from './transport.ts';

/** Asks for one page: the first, or the one that `next` names. */
export type PageReader = (deadline: EpochMs, next?: string) => Promise<GitLabAnswer>;

/** What a list of tokens or events belongs to. */
export type Scope = { readonly groupId: string | number } | { readonly projectId: string | number };

const PER_PAGE = 100;
/** The only paging that audit endpoints keep supporting (`reference/gitlab.md` §1). */
const BY_ID = { pagination: 'keyset', orderBy: 'id', sort: 'desc' } as const;

/** The endpoints Latchkey reads (`reference/gitlab.md` §1, §4). Nothing here writes. */
export class GitLabApi {
  readonly #transport: GitLabTransport;

  constructor(transport: GitLabTransport) {
    this.#transport = transport;
  }

  get host(): string {
    return this.#transport.host;
  }

  /** Reads the token anew; true when it is another one than before. */
  async refreshToken(): Promise<boolean> {
    return await this.#transport.refreshToken();
  }

  /** The token we ask with. */
  self(): PageReader {
    return this.#reader(({ personalTokens }) => personalTokens.show());
  }

  user(id: number): PageReader {
    return this.#reader(({ users }) => users.show(id));
  }

  /** An admin's: every token of the instance. Anyone else's: their own. All states, so a token revoked since counts. */
  personalTokens(lastUsedAfter: EpochMs): PageReader {
    const options = { lastUsedAfter: toIso(lastUsedAfter), perPage: PER_PAGE };
    return this.#reader(({ personalTokens }) => personalTokens.all(options));
  }

  /** One row of another user's tokens: only admins may ask. */
  tokensOfUser(userId: number): PageReader {
    return this.#reader(({ personalTokens }) => personalTokens.all({ userId, perPage: 1 }));
  }

  /** Project or group access tokens of exactly this resource. */
  resourceTokens(scope: Scope, lastUsedAfter: EpochMs): PageReader {
    const options = { lastUsedAfter: toIso(lastUsedAfter), perPage: PER_PAGE };
    return this.#reader(({ groupTokens, projectTokens }) =>
      'groupId' in scope ? groupTokens.all(scope.groupId, options) : projectTokens.all(scope.projectId, options),
    );
  }

  /** GitLab.com Ultimate: the credentials inventory of a top-level group. gitbeaker lacks it. */
  managedTokens(group: string | number, kind: 'personal' | 'resource', lastUsedAfter: EpochMs): PageReader {
    const path = `groups/${encodeURIComponent(group)}/manage/${kind}_access_tokens`;
    const query = new URLSearchParams({ last_used_after: toIso(lastUsedAfter), per_page: String(PER_PAGE) });
    return (deadline, next) => this.#ask(deadline)(path, next ?? query.toString());
  }

  /** Saved audit events of the instance, or of exactly one group or project, newest first. At most 30 days. */
  auditEvents(scope: Scope | undefined, span: Window, perPage: number = PER_PAGE): PageReader {
    const options = { createdAfter: toIso(span.start), createdBefore: toIso(span.end), perPage, ...BY_ID };
    return this.#reader(({ auditEvents }) => auditEvents.all({ ...scope, ...options }));
  }

  /** Top-level groups that our token's user owns. */
  ownedGroups(): PageReader {
    return this.#reader(({ groups }) => groups.all({ owned: true, topLevelOnly: true, perPage: PER_PAGE }));
  }

  /** Every group below a group. */
  descendantGroups(group: string | number): PageReader {
    return this.#reader(({ groups }) => groups.allDescendantGroups(group, { perPage: PER_PAGE }));
  }

  /** Every project of a group and of the groups below it. */
  groupProjects(group: string | number): PageReader {
    const options = { includeSubgroups: true, withShared: false, simple: true, perPage: PER_PAGE } as const;
    return this.#reader(({ groups }) => groups.allProjects(group, options));
  }

  #reader(call: (resources: Resources) => Promise<unknown>): PageReader {
    return (deadline, next) => askThrough(call, this.#ask(deadline), next);
  }

  #ask(deadline: EpochMs): Ask {
    return (path, query) => this.#transport.get(path, query, deadline);
  }
}
