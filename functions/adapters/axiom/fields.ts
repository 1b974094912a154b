/**
 * What a column of the Cloudflare dataset is needed for. Axiom does not fix the names: each way logs get there has its
 * own (`reference/cloudflare.md` §6), so every one is a setting.
 */
export const CLOUDFLARE_FIELDS = [
  /** The client's address. */
  'address',
  /** Bot score, 0 (not computed) to 99; needs Bot Management. */
  'score',
  /** Where the score came from; `Verified Bot` is none of ours. */
  'scoreSource',
  /** Category of a verified bot; empty for every other client. */
  'verifiedCategory',
  /** Whether a verified bot, as a truth value. */
  'verifiedBot',
  /** List of the security products that acted. */
  'products',
  'host',
  'path',
  'ja4',
  'asn',
  'country',
  /** Who made the request: a client (`eyeball`) or one of Cloudflare's own services. */
  'requestSource',
  /** When the request was made; `_time` where the column is not there or empty. */
  'time',
  /** Which Logpush dataset a row belongs to, where several share one dataset at Axiom. */
  'logpushDataset',
] as const;
export type CloudflareField = (typeof CLOUDFLARE_FIELDS)[number];

/** Column names by what they are needed for; a field that is not there is not asked for. */
export type FieldNames<Field extends string> = Readonly<Partial<Record<Field, string>>>;

export type CloudflarePreset = 'logpush' | 'worker';

/**
 * `logpush`: Logpush's own names, as Axiom's app and the HTTP destination keep them. `worker`: what Axiom's Worker sends
 * (`axiomhq/axiom-cloudflare-workers`, `src/worker.js`), which spreads `request.cf` into `request`.
 */
export const CLOUDFLARE_PRESETS: Readonly<Record<CloudflarePreset, FieldNames<CloudflareField>>> = {
  logpush: {
    address: 'ClientIP',
    score: 'BotScore',
    scoreSource: 'BotScoreSrc',
    verifiedCategory: 'VerifiedBotCategory',
    products: 'SecuritySources',
    host: 'ClientRequestHost',
    path: 'ClientRequestPath',
    ja4: 'JA4',
    asn: 'ClientASN',
    country: 'ClientCountry',
    requestSource: 'ClientRequestSource',
    time: 'EdgeStartTimestamp',
    logpushDataset: '@cloudflare.Dataset',
  },
  worker: {
    address: 'request.headers.cf-connecting-ip',
    score: 'request.botManagement.score',
    verifiedBot: 'request.botManagement.verifiedBot',
    host: 'request.headers.host',
    ja4: 'request.botManagement.ja4',
    asn: 'request.asn',
    country: 'request.country',
  },
};

/** What a column of the GitLab log dataset is needed for (`reference/gitlab.md` §6). */
export const GITLAB_FIELDS = [
  /** The client's address; may be a list as `X-Forwarded-For` has it. */
  'address',
  /** Where `address` is empty. */
  'fallbackAddress',
  'status',
  'tokenId',
  /** `PersonalAccessToken` (project and group tokens, too) or `OauthAccessToken`. */
  'tokenType',
  /** Scopes of the token, where the log has them (GraphQL). */
  'scopes',
  'userId',
  'username',
  /** What was called, for example `GET /api/:version/projects`. */
  'caller',
  'failReason',
  /** For example `PersonalAccessToken/12`. */
  'failToken',
  /** When the request was made; `_time` where the column is not there or empty. */
  'time',
] as const;
export type GitlabField = (typeof GITLAB_FIELDS)[number];

/** Names of `api_json.log` and `graphql_json.log`, with their dots. */
export const GITLAB_LOG_FIELDS: FieldNames<GitlabField> = {
  address: 'meta.remote_ip',
  fallbackAddress: 'remote_ip',
  status: 'status',
  tokenId: 'token_id',
  tokenType: 'token_type',
  scopes: 'token_scopes',
  userId: 'user_id',
  username: 'username',
  caller: 'meta.caller_id',
  failReason: 'meta.auth_fail_reason',
  failToken: 'meta.auth_fail_token_id',
  time: 'time',
};
