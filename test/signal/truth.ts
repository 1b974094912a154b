import type { EpochMs } from '../../functions/core/time.ts';
import type { Credential } from '../../functions/core/token-use.ts';

/**
 * What truly happened to one organisation, as somebody who sees everything would write it down. Nothing in here knows
 * how it is detected: what Cloudflare and GitLab show of it is the business of `observe/`, and labels are for counting
 * afterwards only.
 */
export interface Story {
  readonly seed: number;
  /** The first week is lived in shadow mode: what is usual is learned in it, and nothing is counted. */
  readonly begin: EpochMs;
  /** Counted from here … */
  readonly from: EpochMs;
  /** … to here, exclusive: 30 days later. */
  readonly to: EpochMs;
  readonly organisation: Organisation;
  /** By `from`. */
  readonly web: readonly WebActivity[];
  /** By `from`. */
  readonly calls: readonly GitlabCall[];
  readonly intrusions: readonly Intrusion[];
  /** Where on the internet addresses are, by canonical text: what Cloudflare would tell of them. */
  readonly origins: ReadonlyMap<string, Origin>;
}

/** Whose network an address is in. */
export interface Origin {
  readonly asn: number;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}

export interface Organisation {
  /** What the public sees: Cloudflare zones, each with the hosts that are scraped. */
  readonly zones: readonly SimZone[];
  /** `behindZone`: a self-managed GitLab whose requests pass the first zone, where API clients look automated. */
  readonly gitlab: { readonly host: string; readonly behindZone: boolean };
  /** Every credential that ever exists in the story, those of intruders' making too. */
  readonly credentials: readonly SimCredential[];
  /** Latchkey's own: `Credential.id`, and where it works from. */
  readonly own: { readonly credential: string; readonly address: string };
  /** What the operator listed in setting `knownEgress`: one of the offices; the rest is there to be learned. */
  readonly knownEgress: readonly string[];
}

export interface SimZone {
  /** 32 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly hosts: readonly [string, ...string[]];
}

/** A credential with what decides which list of GitLab shows it. */
export interface SimCredential extends Credential {
  readonly owner: NonNullable<Credential['owner']>;
  readonly createdAt: EpochMs;
  /** When it was rotated away or revoked, if ever. */
  readonly revokedAt?: EpochMs;
  /** GitLab.com only: the account is managed by the top-level group, which therefore sees its tokens. */
  readonly enterprise: boolean;
}

/** Who sends web requests from where. */
export interface WebClient extends Origin {
  /** Canonical text. */
  readonly address: string;
  readonly ja4: string;
  /** 1 certain bot, 2..29 likely bot, 30..99 likely human. */
  readonly botScore: number;
  /** A search engine or monitor that Cloudflare verified. */
  readonly verifiedBot: boolean;
}

/** Requests of one client to one host, spread evenly over a span. */
export interface WebActivity extends WebClient {
  /** Who it is, for whoever reads the story: `scraper/pool-3`, `person/12`. */
  readonly actor: string;
  readonly zone: string;
  readonly host: string;
  readonly path: string;
  readonly from: EpochMs;
  /** Exclusive. */
  readonly until: EpochMs;
  readonly requests: number;
  /** What one of Cloudflare's products did about a share (0..1] of them, if anything. */
  readonly security?: {
    readonly source: 'botManagement' | 'rateLimit' | 'l7ddos' | 'firewallManaged' | 'firewallCustom';
    readonly action: 'block' | 'managed_challenge' | 'log';
    readonly share: number;
  };
  /** `Intrusion.id`. For counting only. */
  readonly intrusion?: string;
}

export const CALL_ACTIONS = [
  'api-read',
  'api-write',
  'clone',
  'push',
  'variable-read',
  'file-read',
  'token-created',
  'token-rotated',
  'member-added',
  'webhook-created',
  'project-export',
] as const;
export type CallAction = (typeof CALL_ACTIONS)[number];

/** Requests to GitLab with one credential from one address, alike in what they do, spread evenly over a span. */
export interface GitlabCall {
  readonly from: EpochMs;
  /** Of the last one; equal to `from` for a single request. */
  readonly until: EpochMs;
  /** At least 1. */
  readonly times: number;
  /** Canonical text. */
  readonly address: string;
  /** `Credential.id`; undefined for a person in a browser session. */
  readonly credential: string | undefined;
  /** The account that acts. */
  readonly owner: number;
  readonly action: CallAction;
  /** Full paths of the projects touched, distinct; at least one. */
  readonly projects: readonly [string, ...string[]];
  /** Turned away: nothing was done. */
  readonly refusal?: 'token_expired' | 'token_revoked' | 'insufficient_scope';
  /** `Credential.id` of what `token-created` or `token-rotated` made. */
  readonly mints?: string;
  /** Milliseconds by which every source shows it later than usual. */
  readonly lateBy?: number;
  /** `Intrusion.id`. For counting only. */
  readonly intrusion?: string;
}

export const INTRUSION_KINDS = [
  'scraping-address',
  'ipv6-rotation',
  'slow-drip',
  'hour-straddle',
  'after-the-spike',
  'dormant-token',
  'ci-job-token',
  'memory-evicted',
  'carrier-nat',
  'many-tokens-one-host',
  'own-token-stolen',
  'inside-gitlab-zone',
  'shared-vpn-exit',
  'expired-then-live',
  'minted-by-intruder',
  'second-look-evidence',
  'clock-skew',
  'office-nat-new-action',
] as const;
export type IntrusionKind = (typeof INTRUSION_KINDS)[number];

/** Somebody who should not have them used our credentials. */
export interface Intrusion {
  /** `<kind>/<number>`. */
  readonly id: string;
  readonly kind: IntrusionKind;
  /** Of the intruder's first and last deed on either side. */
  readonly from: EpochMs;
  readonly until: EpochMs;
  /** `Credential.id` of every credential the intruder held, minted ones too. */
  readonly credentials: readonly string[];
}
