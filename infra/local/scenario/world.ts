import type { EpochMs } from '../../../functions/core/time.ts';

/**
 * Everything the stand-ins serve, as plain data: what truly happened, not what an API makes of it. The stand-ins show
 * of it what the real systems would show at the instant they are asked (lag, sampling, paging, permissions).
 *
 * Arrays are read at every request and may be added to while a stand-in runs. Rows are never changed in place.
 * A row with `visibleFrom` is shown from that instant on, whatever the lag: that is how late evidence is written.
 */
export interface World {
  /** The instant the scenario's story is laid out around: the spike's webhook is sent then. */
  readonly start: EpochMs;
  readonly cloudflare: CloudflareWorld;
  readonly gitlab: GitlabWorld;
  readonly axiom: AxiomWorld;
}

export interface CloudflareWorld {
  /** `id`: 32 hex digits. */
  readonly account: { readonly id: string; readonly name: string };
  readonly zones: Zone[];
  /** Milliseconds until analytics show a request (`reference/cloudflare.md` §4.6). */
  lagMs: number;
  /** The most nodes, each counted once per zone, that one query may read; without it any number. */
  mostNodes?: number;
}

export type ZonePlan = 'free' | 'pro' | 'business' | 'enterprise';

export interface Zone {
  /** 32 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly plan: ZonePlan;
  /**
   * What our token may do here: `read` it · it is `hidden` (answers lack it without a word) · asking is `refused`
   * with an error (`reference/cloudflare.md` §4.7).
   */
  access: 'read' | 'hidden' | 'refused';
  /** What each analytics node offers here (`reference/cloudflare.md` §4.3). */
  readonly nodes: Record<AnalyticsNode, NodeSettings>;
  sampling: Sampling;
  readonly requests: HttpRequests[];
  readonly events: SecurityEvent[];
  /** In force here, Cloudflare's managed ones too; a rule that was deleted is in none. */
  readonly rulesets: Ruleset[];
  /** Whether our token may read them: permission *Zone WAF: Read* (`reference/cloudflare.md` §8). */
  rulesetAccess: 'read' | 'refused';
}

/** A ruleset of the Ruleset Engine (`reference/cloudflare.md` §7.1). */
export interface Ruleset {
  /** 32 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'managed' | 'zone' | 'custom' | 'root';
  /** For example `http_request_firewall_custom`. */
  readonly phase: string;
  readonly rules: readonly Rule[];
}

export interface Rule {
  /** 32 hex digits. */
  readonly id: string;
  /** What people call it. Managed ones may have none. */
  readonly description: string;
  /** `block`, `managed_challenge`, `log`, `execute` … */
  readonly action: string;
}

export const ANALYTICS_NODES = [
  'httpRequestsAdaptiveGroups',
  'firewallEventsAdaptiveGroups',
  'firewallEventsAdaptive',
] as const;
export type AnalyticsNode = (typeof ANALYTICS_NODES)[number];

export interface NodeSettings {
  enabled: boolean;
  /** Dimensions of groups nodes are flattened: `dimensions_clientIP`, `sum_visits`, `count`. */
  availableFields: readonly string[];
  maxPageSize: number;
  maxNumberOfFields: number;
  /** Seconds. */
  notOlderThan: number;
  /** Seconds. */
  maxDuration: number;
}

/** Cloudflare's adaptive bit rate (`reference/cloudflare.md` §4.6). */
export interface Sampling {
  /** One row read stands for this many: 1 (unsampled), 10 or 100. */
  readonly interval: number;
  /** Windows of at most this many milliseconds are read unsampled. */
  readonly finestBelowMs: number;
}

/** Who sent a request, as Cloudflare sees the client. */
export interface Client {
  readonly address: string;
  readonly asn: number;
  readonly asnName: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly ja4: string;
  /** Written by the client: hostile text. */
  readonly userAgent: string;
  /** 0 is "not computed"; 1 certain bot; 2..29 likely bot; 30..99 likely human. */
  readonly botScore: number;
  readonly botDecision:
    | 'automated'
    | 'likely_automated'
    | 'likely_human'
    | 'verified_bot'
    | 'other'
    | 'static_resource';
  /** Empty unless a verified bot. */
  readonly verifiedBotCategory: string;
  /** What Bot Management recognised the client by; nothing without it. */
  readonly botTags?: readonly string[];
}

/** Requests of one client to one host and path within one minute. */
export interface HttpRequests extends Client {
  /** Any instant inside the minute. */
  readonly at: EpochMs;
  readonly host: string;
  /** Written by the client: hostile text. */
  readonly path: string;
  readonly method: string;
  readonly edgeStatus: number;
  readonly requestSource: 'eyeball' | 'edgeWorkerFetch' | 'edgeWorkerCacheAPI';
  readonly count: number;
  readonly visibleFrom?: EpochMs;
}

/** One security event: a product acted on, or logged, a request (`reference/cloudflare.md` §4.4). */
export interface SecurityEvent extends Client {
  readonly at: EpochMs;
  /** 16 hex digits; one request may make several events. */
  readonly rayName: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly method: string;
  readonly edgeStatus: number;
  /** As GraphQL spells it: `firewallCustom`, `rateLimit`, `l7ddos`, `botManagement` … */
  readonly source: string;
  /** As GraphQL spells it: `block`, `managed_challenge`, `managed_challenge_interactive_solved` … */
  readonly action: string;
  readonly ruleId: string;
  readonly rulesetId: string;
  readonly description: string;
  readonly matchIndex: number;
  readonly visibleFrom?: EpochMs;
}

export interface GitlabWorld {
  /** Self-managed and Dedicated are `instance`; GitLab.com is `saas`. */
  readonly deployment: 'instance' | 'saas';
  readonly tier: 'free' | 'premium' | 'ultimate';
  /** As `GET /metadata` says, for example `19.5.1-ee`. */
  readonly version: string;
  /** The name under which people reach it; what they ask for there passes a Cloudflare zone. */
  readonly host: string;
  /** The token Latchkey reads with: one of `tokens`. */
  readonly ownTokenId: number;
  /** Milliseconds from an audit event's `created_at` until the API shows it. */
  auditLagMs: number;
  /** Whether the API shows `last_used_ips`: `missing` leaves the field out, `empty` shows `[]` always. */
  lastUsedIps: { personal: LastUsedIps; resource: LastUsedIps };
  readonly users: GitlabUser[];
  readonly groups: GitlabGroup[];
  readonly projects: GitlabProject[];
  readonly memberships: Membership[];
  readonly tokens: GitlabToken[];
  /** Tries to authenticate with a token that GitLab turned away, in any order. Only its logs show them. */
  readonly refusals: RefusedUse[];
  readonly auditEvents: AuditEvent[];
}

export type LastUsedIps = 'shown' | 'missing' | 'empty';

export interface GitlabUser {
  readonly id: number;
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly admin: boolean;
  readonly bot: boolean;
  readonly createdAt: EpochMs;
  /** GitLab.com: the top-level group that manages this account, if any. */
  readonly enterpriseGroupId?: number;
}

export interface GitlabGroup {
  readonly id: number;
  readonly name: string;
  readonly path: string;
  readonly fullPath: string;
  /** Missing: a top-level group. */
  readonly parentId?: number;
}

export interface GitlabProject {
  readonly id: number;
  readonly name: string;
  readonly path: string;
  readonly fullPath: string;
  readonly groupId: number;
}

/** A role in a group (and everything below it) or in one project: 10, 15, 20, 25, 30, 40, 50. */
export interface Membership {
  readonly userId: number;
  readonly accessLevel: number;
  readonly groupId?: number;
  readonly projectId?: number;
}

/** A row of GitLab's `personal_access_tokens`: every kind of token that remembers addresses. */
export interface GitlabToken {
  readonly id: number;
  readonly kind: 'personal' | 'impersonation' | 'service-account' | 'project' | 'group';
  /** Written by its owner: hostile text. */
  readonly name: string;
  readonly description: string;
  readonly scopes: readonly string[];
  /** The person, or the bot user of a project or group token. */
  readonly userId: number;
  readonly createdAt: EpochMs;
  /** Start of the UTC day on which it stops working; missing: never. */
  readonly expiresAt?: EpochMs;
  readonly revokedAt?: EpochMs;
  /** Project and group tokens: where they belong and their role there. */
  readonly resourceId?: number;
  readonly accessLevel?: number;
  /** Every time it truly authenticated, in any order. The API shows of it only what GitLab keeps. */
  readonly uses: TrueUse[];
}

export interface TrueUse {
  readonly at: EpochMs;
  readonly address: string;
  readonly visibleFrom?: EpochMs;
}

/** A known token was presented, and turned away. */
export interface RefusedUse {
  readonly at: EpochMs;
  readonly address: string;
  readonly tokenId: number;
  /** As the logs spell it: `token_expired`, `token_revoked`, `insufficient_scope`, `impersonation_disabled`. */
  readonly reason: string;
  readonly visibleFrom?: EpochMs;
}

/** A saved audit event (`reference/gitlab.md` §1). */
export interface AuditEvent {
  /** Ascending with `at`. */
  readonly id: number;
  readonly at: EpochMs;
  readonly visibleFrom?: EpochMs;
  readonly eventName: string | null;
  /** Negative: not a user. */
  readonly authorId: number;
  readonly authorName: string;
  readonly authorClass: string;
  readonly entityType: 'User' | 'Group' | 'Project' | 'Gitlab::Audit::InstanceScope';
  readonly entityId: number;
  readonly entityPath: string;
  readonly targetId: number | string | null;
  readonly targetType: string;
  readonly targetDetails: string;
  readonly address: string | null;
  /** What else `details` holds: `custom_message`, or `change`/`from`/`to`, or `add`/`remove`. */
  readonly message: Readonly<Record<string, unknown>>;
}

/** What an Axiom organisation holds. A dataset that is not named here does not exist; one may be empty. */
export interface AxiomWorld {
  readonly datasets: Record<string, AxiomEvent[]>;
}

/** An event of a dataset: its columns by name, flat (dots are part of the name), and when it can be read. */
export interface AxiomEvent {
  /** Axiom's event time; of logs sent without one, when they arrived. The event is there from then on. */
  readonly _time: EpochMs;
  /** No column: the event is there from this instant on instead. */
  readonly visibleFrom?: EpochMs;
  readonly [column: string]: unknown;
}
