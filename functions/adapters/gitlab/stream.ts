import { off, type SourceCoverage } from '../../core/coverage.ts';
import { type EpochMs, HOUR, toIso, type Window } from '../../core/time.ts';
import { auditUses, dependsOnAuthor } from './audit-uses.ts';
import { tokensOfBots } from './bots.ts';
import { identify, identifyAuthors } from './identities.ts';
import { extent, type SourceReading } from './inventory.ts';
import type { EventRow } from './schemas.ts';
import type { GitLabSession } from './session.ts';
import type { TokenList } from './token-directory.ts';

/** Audit events that were streamed to us and kept. */
export interface StreamedEvents {
  read(
    window: Window,
    deadline: EpochMs,
  ): Promise<{
    readonly events: readonly EventRow[];
    readonly skippedMalformed: number;
    /** Why the window was not read whole; undefined when it was. */
    readonly cut: string | undefined;
  }>;
  /** When anything came; undefined where nothing did for as long as events are kept. */
  heard(): Promise<{ readonly first: EpochMs; readonly last: EpochMs } | undefined>;
}

export interface StreamOptions {
  readonly stream: StreamedEvents;
  readonly ipv6PrefixLength: number;
  /** The token list of the same reading; undefined where it could not be read. */
  readonly tokenList: () => Promise<TokenList | undefined>;
}

/** A stream that carries every git operation of an organisation and says nothing for so long is worth a word. */
const SILENCE = 3 * HOUR;

/**
 * Evidence of the audit events that GitLab streamed to us, by the same rules as of those it saved. Coverage is `off`
 * where nothing ever came, and never better than `partial`: GitLab sends at best effort, drops what it could not
 * deliver (15 minutes at a time where its circuit breaker is on) and tells nobody (`reference/gitlab.md` §3), so that
 * whether an event is missing cannot be known. GitLab itself not answering costs the names of bots' tokens only.
 */
export async function readStream(
  session: GitLabSession,
  request: { readonly window: Window; readonly deadline: EpochMs },
  options: StreamOptions,
): Promise<SourceReading> {
  const { window, deadline } = request;
  const heard = await options.stream.heard();
  if (heard === undefined) return { credentials: [], uses: [], coverage: off(NEVER_HEARD) };
  const [stored, tokenList] = await Promise.all([options.stream.read(window, deadline), options.tokenList()]);
  const { events } = stored;
  const tokens = tokenList?.tokens ?? [];
  const deciding = events.filter(dependsOnAuthor);
  const { identities, undecided } = await identifyAuthors(session, deciding, tokens, deadline);
  const { uses, credentials, noAddress, noCredential, ...read } = auditUses(events, {
    source: 'stream',
    tokenOfBot: tokensOfBots(tokens.map((token) => identify(token, identities))),
    ipv6PrefixLength: options.ipv6PrefixLength,
  });
  const skippedMalformed = stored.skippedMalformed + read.skippedMalformed;
  const counts = {
    events: events.length,
    uses: uses.length,
    noAddress,
    noCredential,
    undecidedAuthors: undecided,
    skippedMalformed,
  };
  const now = session.clock.now();
  const why = [
    BEST_EFFORT,
    ...(stored.cut === undefined ? [] : [`Older streamed events of the window were not read: ${stored.cut}.`]),
    ...(skippedMalformed === 0 ? [] : [`${skippedMalformed} streamed events could not be read and were left out.`]),
    ...gapsOf(heard, window, now),
    ...(tokenList?.whole ? [] : [NO_BOTS]),
    ...(undecided === 0 ? [] : [`${undecided} ${UNDECIDED}`]),
    ...(events.length > 0 && noAddress === events.length ? [NO_ADDRESSES] : []),
  ];
  const coverage: SourceCoverage = {
    status: 'partial',
    why,
    counts,
    pages: 0,
    ...extent(events.map(({ created_at: at }) => at)),
  };
  return { credentials, uses, coverage };
}

const NEVER_HEARD =
  'No audit event was streamed to us: streaming needs GitLab Ultimate, a destination that names our address, and its token in secret latchkey/gitlab-streaming.';
const BEST_EFFORT =
  'GitLab streams audit events at best effort: what it could not deliver is lost, and nobody is told.';
const NO_BOTS =
  'The token list was not read whole, so streamed events of some bot users count as acts and not as token use.';
const UNDECIDED =
  'authors of streamed events own tokens but could not be looked up: if they are bots, their acts are token use and are ranked too low.';
const NO_ADDRESSES = 'No streamed event of the window records an address.';

/** Times at which nothing can have been seen. */
function gapsOf(heard: { first: EpochMs; last: EpochMs }, window: Window, now: EpochMs): string[] {
  const isSilent = heard.last < Math.min(window.end, now) - SILENCE;
  return [
    ...(heard.first > window.start
      ? [`The first event was streamed to us at ${toIso(heard.first)}: what came before is unseen.`]
      : []),
    ...(isSilent
      ? [
          `Nothing was streamed to us since ${toIso(heard.last)}: see whether the destination is still active at GitLab.`,
        ]
      : []),
  ];
}
