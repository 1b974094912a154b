import { isWorthKeeping, JOB_TOKEN_USED } from '../../../functions/adapters/gitlab/audit-event-kinds.ts';
import { auditUses } from '../../../functions/adapters/gitlab/audit-uses.ts';
import { tokensOfBots } from '../../../functions/adapters/gitlab/bots.ts';
import type { EventRow } from '../../../functions/adapters/gitlab/schemas.ts';
import { instant } from '../../../functions/core/time.ts';
import type { GitlabCall, SimCredential, Story } from '../truth.ts';
import { AuditWriter, type EventType } from './audit-rows.ts';
import { between, diceFor } from './dice.ts';
import type { ShownEvents, Told } from './event-source.ts';
import { type Listing, listedTokens } from './listing.ts';
import type { Place, Places } from './places.ts';

type Source = 'audit' | 'stream';

/** Seconds until a saved event can be asked for, and until a streamed one has been stored by us. */
const LATE: Readonly<Record<Source, readonly [number, number]>> = { audit: [60, 180], stream: [2, 20] };
/** Share of streamed events that never arrive: delivery is best-effort (`reference/gitlab.md` §3). */
const LOST = 0.005;

/**
 * The events of a story that GitLab saved (`audit`), or that it streamed and the product keeps (`stream`), with what it
 * makes of each: a bot's are uses of its token, a person's are acts, and one that made a token is of that token. Who is
 * a bot the listing tells.
 */
export function auditEvents(source: Source, story: Story, listing: Listing, places: Places): readonly ShownEvents[] {
  const writer = new AuditWriter(story.organisation);
  const tell = tellerOf(source, story, listing, places);
  const late = diceFor(story.seed, `${source} late`);
  const luck = diceFor(story.seed, 'stream lost');
  const isLost = source === 'stream' ? (serial: number) => luck(serial) < LOST : () => false;
  const wanted = ({ name, saved, ofUser }: EventType) =>
    (source === 'audit' ? saved : isWorthKeeping(name, saved)) && !(ofUser && listing !== 'all');
  return story.calls.flatMap((call, index) =>
    writer.seriesOf(call, index, wanted).map(({ row, ...series }) => ({
      ...series,
      late: between(late(index), ...LATE[source]) * 1000 + (call.lateBy ?? 0),
      isLost,
      runner: `${call.owner} ${call.address}`,
      ofJob: row.event_name === JOB_TOKEN_USED,
      call,
      ...tell(row, call),
    })),
  );
}

type Teller = (row: EventRow, call: GitlabCall) => Told & Pick<ShownEvents, 'besideJob'>;

function tellerOf(source: Source, { organisation, calls }: Story, listing: Listing, places: Places): Teller {
  const credentials = new Map(organisation.credentials.map((credential) => [credential.id, credential]));
  const tokenOfBot = tokensOfBots(
    listedTokens(organisation, listing).map(({ id, kind, owner, createdAt }) => ({
      row: { id: Number(id.slice('token/'.length)), user_id: owner.id, created_at: createdAt },
      kind,
    })),
  );
  const runsJobs = new Set(
    calls.flatMap(({ credential, owner }) => (credentials.get(credential ?? '')?.kind === 'ci-job' ? [owner] : [])),
  );
  const context = { source, ipv6PrefixLength: 64 };
  return (row, call) => {
    const credential = credentials.get(call.credential ?? '');
    if (credential?.kind === 'deploy-token') return deployTokenUse(source, credential, row, places.of(call.address));
    const told = auditUses([row], { ...context, tokenOfBot });
    if (source === 'audit' || !runsJobs.has(call.owner)) return told;
    return { ...told, besideJob: auditUses([row], { ...context, tokenOfBot: () => undefined }) };
  };
}

/**
 * An event by a deploy token names it, here by its number: GitLab tells its name and place, which are as good, but what
 * is counted goes by numbers.
 */
function deployTokenUse(
  source: Source,
  { id, kind, name }: SimCredential,
  { id: eventId, event_name: action, created_at: at, details: { entity_path: path } }: EventRow,
  place: Place,
): Told {
  const use = { credential: id, ...place, at: instant(at), strength: 'used', sources: [source] } as const;
  const target = path === undefined ? {} : { target: path };
  const resource = path === undefined ? {} : { resource: path };
  return {
    uses: [{ ...use, action: action ?? '', ...target, eventId: `${eventId}` }],
    credentials: [{ id, kind, ...(name === undefined ? {} : { name }), ...resource }],
  };
}
