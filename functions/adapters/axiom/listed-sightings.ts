import type { SightingReport } from '../../core/sighting.ts';
import type { EpochMs, Window } from '../../core/time.ts';
import { EvidenceGapError } from '../../runtime/errors.ts';
import { listQuery, type RequestColumns, totalsQuery } from './flagged.ts';
import { type AxiomRequests, answering } from './requests.ts';
import { SightingBook } from './sighting-book.ts';
import { readTotals, type Totals } from './sighting-rows.ts';

/** Malformed requests above this share of those that are flagged are worth a word in the coverage. */
const NOTABLE = 0.01;

/**
 * The window's flagged addresses with the most requests, and exact totals over all of them. Never whole: whoever
 * needs a certain address asks back. Axiom not answering is coverage, not an error.
 */
export async function findListed(
  requests: AxiomRequests,
  { window, deadline }: { readonly window: Window; readonly deadline: EpochMs },
): Promise<SightingReport> {
  return await answering(async () => {
    const columns = await requests.columns(deadline);
    const ask = (apl: string) => requests.ask(apl, columns, window, deadline);
    const [[totals], listed] = await Promise.all([ask(totalsQuery(columns, window)), ask(listQuery(columns, window))]);
    const book = new SightingBook(requests.context(columns, false));
    book.add(listed);
    return listReport(columns, readTotals(totals), book);
  });
}

/** @throws EvidenceGapError for totals that cannot be read: without them nothing is known of the window */
function listReport(columns: RequestColumns, totals: Totals | undefined, book: SightingBook): SightingReport {
  if (totals === undefined) {
    throw new EvidenceGapError(`Axiom's totals of dataset ${columns.dataset} cannot be read`);
  }
  const { rows, ofCloudflare, onGitlabHosts, oldest, newest } = totals;
  const sightings = book.sightings(Number.POSITIVE_INFINITY);
  // What the list shows to be no address, or an address written in two ways, was counted as an address of its own.
  const requests = Math.max(0, totals.requests - book.noAddress);
  const addresses = Math.max(0, totals.addresses - book.noAddressTexts - (book.rows - sightings.length));
  const skippedMalformed = totals.withoutAddress + totals.unreadable + book.noAddress + book.unreadable;
  const why = listGaps(columns, totals, { skippedMalformed, flagged: requests + onGitlabHosts });
  return {
    sightings,
    whole: false,
    totalAddresses: addresses,
    totalRequests: requests,
    coverage: {
      status: why.length > 0 ? 'partial' : 'complete',
      why,
      counts: {
        rows,
        requests,
        addresses,
        listed: sightings.length,
        onGitlabHosts,
        ofCloudflare,
        skippedMalformed,
      },
      pages: 2,
      ...(oldest === undefined ? {} : { oldest }),
      ...(newest === undefined ? {} : { newest }),
    },
  };
}

function listGaps(
  { dataset, there }: RequestColumns,
  { rows, scored }: Totals,
  { skippedMalformed, flagged }: { readonly skippedMalformed: number; readonly flagged: number },
): string[] {
  const gaps: string[] = [];
  if (rows === 0) {
    gaps.push(`Axiom dataset ${dataset} has no request in this window: Cloudflare's logs may not be arriving.`);
  } else if (scored === 0) {
    gaps.push(
      `None of ${rows} requests has a bot score, so none is flagged: without Bot Management set axiom.cloudflareFields.score to "", and requests that a bot product acted on count.`,
    );
  }
  if (skippedMalformed > NOTABLE * (flagged + skippedMalformed)) {
    gaps.push(`${skippedMalformed} requests without an address or a score that can be read were left out.`);
  }
  if (there.host === undefined) {
    gaps.push('Requests to GitLab itself cannot be told apart: the dataset has no column of hosts.');
  }
  return gaps;
}
