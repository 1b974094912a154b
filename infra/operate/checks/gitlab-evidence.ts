import type { SourceReading } from '../../../functions/adapters/gitlab/inventory.ts';
import type { SessionOptions } from '../../../functions/adapters/gitlab/session.ts';
import { gitLabSources } from '../../../functions/adapters/gitlab/sources.ts';
import { parseAddress } from '../../../functions/core/address.ts';
import { isCloudflareAddress } from '../../../functions/core/cloudflare-ranges.ts';
import type { SourceCoverage, SourceName } from '../../../functions/core/coverage.ts';
import { DAY, MINUTE } from '../../../functions/core/time.ts';
import type { Settings } from '../../settings.ts';
import { fail, type Line, ok, type Say, warn } from '../report.ts';

/** What the deployed function has for reading: what ends as a gap there ends as one here. */
const PATIENCE_MS = 4 * MINUTE;

/** Reads the evidence of the last day as the product would, and says what could not be seen of it. */
export async function checkEvidence(say: Say, session: SessionOptions, settings: Settings): Promise<void> {
  const { clock } = session;
  const snapshots = { load: async () => undefined, save: async () => undefined };
  const { sources } = gitLabSources(session, {
    snapshots,
    ipv6PrefixLength: settings['match.ipv6PrefixLength'],
    retentionDays: settings.retentionDays,
  });
  const begun = clock.now();
  const request = { window: { start: begun - DAY, end: begun }, deadline: begun + PATIENCE_MS };
  const readings = await Promise.all(
    sources.map(async (source) => {
      const reading = await source.read(request);
      say(sourceLine(source.name, reading.coverage, clock.now() - begun));
      return { name: source.name, ...reading };
    }),
  );
  const inventory = readings.find(({ name }) => name === 'inventory')?.coverage;
  if (inventory !== undefined && hasAnswered(inventory)) say(addressesLine(inventory));
  if (readings.some(({ coverage }) => hasAnswered(coverage))) say(realIpLine(readings));
  else say(fail('evidence', 'GitLab gives none with this token: every case would end without a verdict'));
}

function hasAnswered({ status }: SourceCoverage): boolean {
  return status === 'complete' || status === 'partial';
}

const WHAT: Partial<Record<SourceName, { readonly name: string; readonly count: string; readonly things: string }>> = {
  inventory: { name: 'token lists', count: 'credentials', things: 'tokens used in the last 24 h' },
  logs: { name: 'token uses', count: 'requests', things: 'requests with a token in the last hour' },
  audit: { name: 'audit events', count: 'events', things: 'events in the last 24 h' },
};

/**
 * What one source said.
 * @param ms what reading it took
 */
export function sourceLine(source: SourceName, { status, why, counts }: SourceCoverage, ms: number): Line {
  const { name, count, things } = WHAT[source] ?? { name: source, count: 'uses', things: 'uses in the last 24 h' };
  const seen = `${counts[count] ?? 0} ${things}, read in ${Math.ceil(ms / 1000)} s`;
  if (status === 'complete') return ok(name, `complete: ${seen}`);
  if (status === 'partial') return warn(name, `partial: ${seen}. ${why.join(' ')}`);
  return (status === 'off' ? warn : fail)(name, `${status}: ${why.join(' ')}`);
}

/** Whether this GitLab says where its tokens were used from (`reference/gitlab.md` §4a). */
function addressesLine({ counts }: SourceCoverage): Line {
  const what = 'last_used_ips';
  const used = counts.credentials ?? 0;
  const without = counts.withoutIps ?? 0;
  if (used === 0)
    return warn(what, 'no token was used in the last 24 h, so it is not known whether GitLab shows where');
  if (without === used) {
    return fail(what, 'missing on every token: without it the token lists match nothing; GitLab shows it from 17.9 on');
  }
  if (without === 0) return ok(what, `shown on all ${used} tokens used in the last 24 h`);
  return warn(
    what,
    `shown on ${used - without} of ${used} tokens; the others match nothing by the token lists (project and group tokens show it from about 19.5 on)`,
  );
}

/** Fewer tokens and events than this say nothing about how GitLab sees addresses. */
const ENOUGH_TO_TELL = 5;

/** GitLab behind Cloudflare must restore the visitor's address, or nothing can ever match (design §6). */
export function realIpLine(readings: readonly SourceReading[]): Line {
  const what = 'real addresses';
  const uses = readings.flatMap((reading) => reading.uses);
  const witnesses = new Set(uses.map(({ credential, eventId }) => eventId ?? credential)).size;
  const ofCloudflare = uses.filter(({ address }) => isOfCloudflare(address)).length;
  if (uses.length === 0) return warn(what, 'no address was seen in the last 24 h, so nothing is known about them');
  if (ofCloudflare < uses.length) {
    const some = ofCloudflare === 0 ? '' : `; ${ofCloudflare} of ${uses.length} are Cloudflare’s own`;
    return ok(what, `GitLab sees the addresses of its users${some}`);
  }
  const why =
    'every address GitLab saw is Cloudflare’s own, so nothing can ever match: restore the visitor’s (Omnibus: nginx real_ip_header CF-Connecting-IP with Cloudflare’s ranges as real_ip_trusted_addresses)';
  return witnesses >= ENOUGH_TO_TELL ? fail(what, why) : warn(what, `${why}; seen on ${witnesses} only`);
}

function isOfCloudflare(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && isCloudflareAddress(address);
}
