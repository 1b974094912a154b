import { type SourceCoverage, type SourceName, sentence, unavailable } from '../../core/coverage.ts';
import type { EpochMs, Window } from '../../core/time.ts';
import { LatchkeyError } from '../../runtime/errors.ts';
import { type AuditReading, readAudit } from './audit.ts';
import { tokenId } from './credential.ts';
import { identify, NOBODY, nameOwners } from './identities.ts';
import { type InventoryOptions, readInventory, type SourceReading } from './inventory.ts';
import { GitLabSession, type SessionOptions } from './session.ts';
import { readStream, type StreamedEvents } from './stream.ts';
import { type ListedToken, readTokens, type TokenList } from './token-directory.ts';

interface Request {
  readonly window: Window;
  readonly deadline: EpochMs;
}

/** A place GitLab evidence comes from. Its `read` answers with coverage where GitLab does not. */
export interface GitLabSource {
  readonly name: SourceName;
  read(request: Request): Promise<SourceReading>;
}

/** The sources of one reading, and whose token reads them. */
export interface GitLabSources {
  readonly sources: readonly GitLabSource[];
  /** `Credential.id` of our own token, where GitLab told it to the sources. */
  ownCredential(deadline: EpochMs): Promise<string | undefined>;
}

export interface SourceOptions extends InventoryOptions {
  /** Missing: nobody keeps what is streamed. */
  readonly stream?: StreamedEvents;
}

/**
 * The evidence GitLab's REST API gives, and what GitLab streamed to us. Make them anew for each reading: they share
 * what they ask.
 */
export function gitLabSources(session: SessionOptions, options: SourceOptions): GitLabSources {
  const shared = new GitLabSession(session);
  let list: Promise<TokenList> | undefined;
  const tokens = ({ window, deadline }: Request): Promise<TokenList> => {
    list ??= readTokens(shared, window, deadline);
    return list;
  };
  let audit: Promise<AuditReading> | undefined;
  /** Authors of events are looked up before names of owners: they decide what evidence is worth. */
  const identified = async (listed: readonly ListedToken[], { deadline }: Request): Promise<ListedToken[]> => {
    const authors = await audit?.catch(ifOurs);
    const identities = await nameOwners(shared, listed, authors?.identities ?? NOBODY, deadline);
    return listed.map((token) => identify(token, identities));
  };
  const { stream, ipv6PrefixLength } = options;
  const tokenList = (request: Request) => () => tokens(request).catch(ifOurs);
  const streamed: GitLabSource[] =
    stream === undefined
      ? []
      : [
          {
            name: 'stream',
            read: (request) =>
              reading(() => readStream(shared, request, { stream, ipv6PrefixLength, tokenList: tokenList(request) })),
          },
        ];
  return {
    sources: [
      {
        name: 'inventory',
        read: (request) =>
          reading(async () => {
            const found = await tokens(request);
            return await readInventory(found, request.window, options, () => identified(found.tokens, request));
          }),
      },
      {
        name: 'audit',
        read: (request) =>
          reading(async () => {
            audit = readAudit(shared, request, {
              ipv6PrefixLength,
              tokenList: tokenList(request),
            });
            return (await audit).evidence;
          }),
      },
      ...streamed,
    ],
    ownCredential: async (deadline) => {
      const access = await shared.access(deadline).catch(ifOurs);
      return access?.ownTokenId === undefined ? undefined : tokenId(access.ownTokenId);
    },
  };
}

/** GitLab not answering is no error of the case: it goes on, and its coverage says what is missing. */
async function reading(read: () => Promise<SourceReading>): Promise<SourceReading> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof LatchkeyError) return { credentials: [], uses: [], coverage: gap(error) };
    throw error;
  }
}

function gap(error: LatchkeyError): SourceCoverage {
  return unavailable(sentence(error.message));
}

/** Fails toward going on without, for what the sources already report; a bug stays one. */
function ifOurs(error: unknown): undefined {
  if (error instanceof LatchkeyError) return undefined;
  throw error;
}
