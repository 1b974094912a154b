import * as z from 'zod/mini';
import type { EpochMs, Window } from '../../core/time.ts';
import type { Traffic } from '../../core/traffic.ts';
import { stepOf, trafficOf } from '../../core/traffic-steps.ts';
import { EvidenceGapError } from '../../runtime/errors.ts';
import { trafficQuery } from './flagged.ts';
import type { AxiomRequests } from './requests.ts';

const Span = z.object({
  span: z.pipe(
    z.string(),
    z.transform((text) => Date.parse(text)),
  ),
  requests: z.number().check(z.nonnegative()),
});

/**
 * How many flagged requests there were in each minute of the window, by the conditions of its list (`findListed`): to
 * look at, no evidence. One query.
 * @throws as `AxiomRequests.columns` and `AxiomClient.query`; EvidenceGapError for an answer that cannot be read
 */
export async function readTraffic(
  requests: Pick<AxiomRequests, 'columns' | 'ask'>,
  { window, deadline }: { readonly window: Window; readonly deadline: EpochMs },
): Promise<Traffic> {
  const columns = await requests.columns(deadline);
  const step = stepOf(window);
  const rows = await requests.ask(trafficQuery(columns, window, step), columns, window, deadline);
  const spans = z.safeParse(z.array(Span), rows);
  if (!spans.success || spans.data.some(({ span }) => Number.isNaN(span))) {
    throw new EvidenceGapError(`Axiom's counts by minute of dataset ${columns.dataset} cannot be read`);
  }
  return trafficOf(
    spans.data.map(({ span, requests: count }) => ({ at: span, requests: count })),
    step,
  );
}
