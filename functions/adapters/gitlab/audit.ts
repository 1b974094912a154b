import { off, unavailable } from '../../core/coverage.ts';
import { DAY, type EpochMs, type Window } from '../../core/time.ts';
import type { Scope } from './api.ts';
import { auditUses, dependsOnAuthor } from './audit-uses.ts';
import { isByTokenBot } from './bot-signs.ts';
import { tokensOfBots } from './bots.ts';
import { type Deployment, isReadable } from './deployment.ts';
import { type FanOut, fanOut } from './fan-out.ts';
import { type Identities, identify, identifyAuthors, NOBODY } from './identities.ts';
import { extent, type SourceReading } from './inventory.ts';
import { readListing } from './listing.ts';
import { EventRow } from './schemas.ts';
import type { GitLabSession } from './session.ts';
import { coverageOf } from './source-coverage.ts';
import type { TokenList } from './token-directory.ts';

/** GitLab answers at most 30 days per query (`reference/gitlab.md` §1). */
const SLICE = 30 * DAY;
/** 100,000 events in one list. */
const MAX_PAGES = 1_000;

const PERMISSION =
  'audit events need GitLab Premium or Ultimate and a token (scope read_api) of an administrator or a group owner';

export interface AuditOptions {
  readonly ipv6PrefixLength: number;
  /** The token list of the same reading; undefined where it could not be read. */
  readonly tokenList: () => Promise<TokenList | undefined>;
}

/** Evidence of the audit events, and who was found to have written them. */
export interface AuditReading {
  readonly evidence: SourceReading;
  readonly identities: Identities;
}

/** Evidence of the saved audit events of a window, `end` included as far as it is past. */
export async function readAudit(
  session: GitLabSession,
  request: { readonly window: Window; readonly deadline: EpochMs },
  options: AuditOptions,
): Promise<AuditReading> {
  const { deployment } = await session.access(request.deadline);
  const found = await findScopes(session, deployment, request.deadline);
  if (found.scopes.length === 0) {
    const { unlisted } = deployment;
    const coverage = unlisted === undefined ? off(whyOff(deployment)) : unavailable(unlisted);
    return { evidence: { credentials: [], uses: [], coverage }, identities: NOBODY };
  }

  const asks = found.scopes.flatMap((scope) => slices(request.window).map((span) => ({ scope, span })));
  const limits = { clock: session.clock, deadline: request.deadline };
  const [list, tokenList] = await Promise.all([
    fanOut(
      asks,
      ({ scope, span }) =>
        readListing(session.api.auditEvents(scope, span), EventRow, { ...limits, maxPages: MAX_PAGES }),
      limits,
    ),
    options.tokenList(),
  ]);
  const events = distinct(list.listings.flatMap(({ rows }) => rows));
  const tokens = tokenList?.tokens ?? [];
  const deciding = events.filter(dependsOnAuthor);
  const { identities, undecided } = await identifyAuthors(session, deciding, tokens, request.deadline);
  const tokenOfBot = tokensOfBots(tokens.map((token) => identify(token, identities)));
  const { uses, credentials, noAddress, noCredential, skippedMalformed } = auditUses(events, {
    source: 'audit',
    tokenOfBot,
    ipv6PrefixLength: options.ipv6PrefixLength,
  });
  const tokenless = deciding.filter((event) => isByTokenBot(event) && !tokenOfBot(event.author_id, event.created_at));
  const blindSpots = [
    ...found.blindSpots,
    ...(tokenList?.whole ? [] : [NO_BOTS]),
    // The list of all tokens leaves none out: what is missing there was not used, or is deleted.
    ...(deployment.allTokens ? [] : told(tokenless.length, NO_TOKEN)),
    ...told(undecided, UNDECIDED),
    ...(events.length > 0 && noAddress === events.length ? [NO_ADDRESSES] : []),
  ];
  const coverage = coverageOf({
    counts: {
      events: events.length,
      uses: uses.length,
      noAddress,
      noCredential,
      undecidedAuthors: undecided,
      tokenless: tokenless.length,
    },
    ...extent(events.map(({ created_at: at }) => at)),
    skippedMalformed,
    lists: [list, ...found.lists],
    blindSpots,
    what: 'audit event lists',
    permission: PERMISSION,
  });
  return { evidence: { credentials, uses, coverage }, identities };
}

const NO_TOKEN = 'events by bot users count as acts and not as token use: the token lists hold no token of theirs.';
const UNDECIDED =
  'authors of events own tokens but could not be looked up: if they are bots, their acts are token use and are ranked too low.';
const NO_ADDRESSES = 'No audit event of the window records an address.';
const NO_BOTS = 'The token list was not read whole, so events of some bot users count as acts and not as token use.';

function told(count: number, what: string): string[] {
  return count === 0 ? [] : [`${count} ${what}`];
}

interface Found {
  /** `undefined` is the whole instance. */
  readonly scopes: readonly (Scope | undefined)[];
  readonly lists: readonly FanOut<unknown>[];
  readonly blindSpots: readonly string[];
}

/** A group's events are its own only: each subgroup and project is asked by itself (`reference/gitlab.md` §1). */
async function findScopes(session: GitLabSession, deployment: Deployment, deadline: EpochMs): Promise<Found> {
  if (deployment.instanceAudit) return { scopes: [undefined], lists: [], blindSpots: [] };
  const readable = deployment.groups.filter(({ auditStatus }) => isReadable(auditStatus));
  const refused = deployment.groups.filter(({ auditStatus }) => !isReadable(auditStatus));
  const trees = await Promise.all(readable.map(({ group }) => session.tree(group, deadline)));
  return {
    scopes: [
      ...trees.flatMap(({ groups }) => groups.map((groupId) => ({ groupId }))),
      ...trees.flatMap(({ projects }) => projects.map((projectId) => ({ projectId }))),
    ],
    lists: trees.map(({ lists }) => lists),
    blindSpots: [
      withoutInstance(deployment),
      ...refused.map(({ group, auditStatus }) => `Group ${group} refused its audit events (${auditStatus}).`),
      ...(deployment.unlisted === undefined ? [] : [deployment.unlisted]),
    ],
  };
}

/** What the events of groups and projects leave out, and what would show it. */
function withoutInstance({ instanceAuditStatus: status }: Deployment): string {
  return `GitLab does not show us the audit events of the whole instance (${status}): events of users (sign-ins, personal tokens made or used) and of groups not owned or not named are unseen; that needs an administrator's token with scope read_api (and admin_mode where Admin Mode is on), and GitLab.com offers them to nobody.`;
}

function whyOff({ groups }: Deployment): string {
  const statuses = [...new Set(groups.map(({ auditStatus }) => auditStatus))].join(', ');
  return groups.length === 0
    ? `GitLab shows no audit events: our token is no administrator's and gitlab.groups names no group; ${PERMISSION}.`
    : `GitLab refused the audit events of every group (${statuses}); ${PERMISSION}.`;
}

/** The window in pieces GitLab accepts, the newest first. */
function slices(window: Window): Window[] {
  const pieces: Window[] = [];
  for (let end = window.end; end > window.start; end -= SLICE) {
    pieces.push({ start: Math.max(window.start, end - SLICE), end });
  }
  return pieces;
}

/** An event at the border of two slices comes with both. */
function distinct(events: readonly EventRow[]): EventRow[] {
  return [...new Map(events.map((event) => [event.id, event])).values()];
}
