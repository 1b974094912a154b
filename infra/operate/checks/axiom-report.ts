import * as z from 'zod/mini';
import { column } from '../../../functions/adapters/axiom/apl.ts';
import { TokenRefusedError } from '../../../functions/adapters/axiom/axiom-errors.ts';
import { readSchema } from '../../../functions/adapters/axiom/schema.ts';
import { DAY, toIso } from '../../../functions/core/time.ts';
import { LatchkeyError } from '../../../functions/runtime/errors.ts';
import { fail, type Line, ok, type Say, warn } from '../report.ts';
import { type AxiomAsking, whyUnread } from './axiom-asking.ts';

const WHAT = 'reportDataset';

/** Whether the dataset of the findings is there and, with `--send-test`, takes an event. */
export async function checkReportDataset(say: Say, dataset: string, asking: AxiomAsking): Promise<void> {
  const line = await readLine(dataset, asking);
  say(line);
  if (line.status !== 'fail') say(await writeLine(dataset, asking));
}

async function readLine(dataset: string, asking: AxiomAsking): Promise<Line> {
  try {
    return ok(WHAT, `${dataset} is there and can be read: ${await reported(dataset, asking)}`);
  } catch (error) {
    // Fails toward saying so. Hunts only write there, so being refused to read it stops no hunt.
    if (!(error instanceof LatchkeyError)) throw error;
    const why = whyUnread(error, dataset, asking);
    const isKnown = asking.known?.some(({ name }) => name === dataset);
    if (error instanceof TokenRefusedError && isKnown) {
      return warn(WHAT, `${dataset} is there, but cannot be looked into: hunts need only write, this check Query too`);
    }
    return fail(WHAT, isKnown ? why : `${why}. npm run connect makes it, with a token that may`);
  }
}

const Manifests = z.object({ hours: z.number(), newest: z.catch(z.string(), '') });

/** What hunts wrote of the last 24 hours. A dataset that nothing was ever written to has no columns to ask for. */
async function reported(dataset: string, { client, cache, checking, deadline }: AxiomAsking): Promise<string> {
  const now = checking.clock.now();
  const { columns } = await readSchema(client, cache, dataset, checking.clock, deadline);
  const nothing = 'no hunt of the last 24 h has written there yet';
  if (!columns.has('kind') || !columns.has('run_id')) return nothing;
  const apl = `${column(dataset)} | where kind == 'run' | summarize hours = dcount(run_id), newest = max(_time) | limit 1`;
  const [row] = await client.query(apl, { range: { start: now - DAY, end: now }, deadline });
  const { hours = 0, newest = '' } = Manifests.safeParse(row).data ?? {};
  if (hours === 0) return nothing;
  return `${hours} hours of the last 24 are reported, the last from ${newest.slice(0, 16)}Z on`;
}

async function writeLine(dataset: string, { client, token, checking, deadline }: AxiomAsking): Promise<Line> {
  const what = 'report writing';
  if (!checking.sendTest) return ok(what, `not tried: --send-test writes one event of kind doctor to ${dataset}`);
  const now = toIso(checking.clock.now());
  try {
    await client.ingest(dataset, [{ _time: now, kind: 'doctor', computed_at: now }], deadline);
    return ok(what, `${dataset} took one event of kind doctor, which no reader counts`);
  } catch (error) {
    // Fails toward saying so: a hunt whose report cannot be written stays open.
    if (!(error instanceof LatchkeyError)) throw error;
    const why =
      error instanceof TokenRefusedError ? `Axiom refuses ${token.from}: give it Ingest on it` : error.message;
    return fail(what, `${dataset} takes no event: ${why}`);
  }
}
