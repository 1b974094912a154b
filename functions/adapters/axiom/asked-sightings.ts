import { type Address, networkOf } from '../../core/address.ts';
import { isCloudflareAddress } from '../../core/cloudflare-ranges.ts';
import { complete, type SourceCoverage } from '../../core/coverage.ts';
import type { GitlabHostSightings } from '../../core/gitlab-hosts.ts';
import type { SightingReport } from '../../core/sighting.ts';
import type { EpochMs, Window } from '../../core/time.ts';
import { type Asked, askInBatches, NETWORKS_AT_ONCE } from './ask-back.ts';
import { type AskedNetworks, networksQuery, type RequestColumns } from './flagged.ts';
import { type AxiomRequests, answering } from './requests.ts';
import { SightingBook } from './sighting-book.ts';
import { spanFor } from './spans.ts';

interface Question {
  readonly addresses: readonly Address[];
  readonly window: Window;
  readonly deadline: EpochMs;
}

/**
 * Everything flagged in the window from the networks of these addresses, as phases of activity; what they asked of
 * GitLab's own hosts apart. Coverage is `unavailable` where any part could not be read: what was read still counts.
 */
export async function findAsked(
  requests: AxiomRequests,
  question: Question,
): Promise<SightingReport & GitlabHostSightings> {
  const { slackMs, ipv6PrefixLength } = requests.options;
  const networks = Map.groupBy(question.addresses.filter(mayBeClient), (one) => networkOf(one, ipv6PrefixLength));
  if (networks.size === 0) return { sightings: [], onGitlabHosts: [], whole: true, coverage: complete(NONE_ASKED) };
  const report = await answering(async () => {
    const columns = await requests.columns(question.deadline);
    const book = new SightingBook(requests.context(columns, true));
    const asked = await askAbout([...networks.keys()], question, requests, columns, book);
    return {
      sightings: book.sightings(slackMs),
      onGitlabHosts: book.onGitlabHosts(slackMs),
      whole: asked.unasked.size === 0 && book.unreadable === 0,
      coverage: askedCoverage(asked, networks, book),
    };
  });
  return { onGitlabHosts: [], ...report };
}

async function askAbout(
  networks: readonly string[],
  { window, deadline }: Question,
  requests: AxiomRequests,
  columns: RequestColumns,
  book: SightingBook,
): Promise<Asked> {
  const spanMs = spanFor(requests.options.slackMs);
  return await askInBatches(
    { networks, window },
    { networks: NETWORKS_AT_ONCE, spanMs },
    (part) => {
      const apl = networksQuery(columns, part.window, asAsked(part.networks), spanMs);
      return requests.ask(apl, columns, part.window, deadline);
    },
    (rows) => book.add(rows),
  );
}

const NONE_ASKED = { askedBack: 0, unasked: 0 };

/** Every client of Cloudflare's comes from an address of the internet; of IPv6 that is `2000::/3`. */
function mayBeClient(address: Address): boolean {
  return !isCloudflareAddress(address) && (address.family === 4 || address.w0 >>> 29 === 1);
}

/** Networks as a query asks for them. Loggers write an IPv4 address as an IPv6 text, too (RFC 5952 §5). */
function asAsked(networks: readonly string[]): AskedNetworks {
  const ipv4 = networks.filter((network) => !network.includes(':'));
  return {
    addresses: ipv4.flatMap((address) => [address, `::ffff:${address}`]),
    ranges: networks.filter((network) => network.includes(':')),
  };
}

function askedCoverage(
  { answered, unasked, why }: Asked,
  networks: ReadonlyMap<string, readonly Address[]>,
  book: SightingBook,
): SourceCoverage {
  let all = 0;
  let missing = 0;
  for (const [network, { length }] of networks) {
    all += length;
    if (unasked.has(network)) missing += length;
  }
  const reasons = [
    ...(missing > 0 ? [`Axiom could not be asked about ${missing} of ${all} addresses that GitLab saw.`] : []),
    ...(book.unreadable > 0 ? [`Axiom's answer about ${book.unreadable} requests cannot be read.`] : []),
    ...why,
  ];
  return {
    status: reasons.length > 0 ? 'unavailable' : 'complete',
    why: reasons,
    counts: { askedBack: all - missing, unasked: missing },
    pages: answered,
  };
}
