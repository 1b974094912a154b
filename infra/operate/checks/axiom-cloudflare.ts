import * as z from 'zod/mini';
import { column } from '../../../functions/adapters/axiom/apl.ts';
import { CLOUDFLARE_PRESETS, type CloudflareField, type FieldNames } from '../../../functions/adapters/axiom/fields.ts';
import { readSchema } from '../../../functions/adapters/axiom/schema.ts';
import { DAY } from '../../../functions/core/time.ts';
import { fail, type Line, ok, type Say, warn } from '../report.ts';
import { type AxiomAsking, arrivalsAt, arrivalsLine, rowsText } from './axiom-asking.ts';
import { checkFields, type Loss } from './axiom-fields.ts';

/** Whether Cloudflare's requests arrive, which of their fields are there, and what a hunt would see in the last hour. */
export async function checkCloudflareDataset(say: Say, asking: AxiomAsking): Promise<void> {
  const { checking, client, cache, deadline } = asking;
  const { settings, clock } = checking;
  const dataset = settings['axiom.cloudflareDataset'];
  const arrivals = await arrivalsAt(dataset, asking);
  say(arrivalsLine('cloudflareDataset', dataset, arrivals, 'does Logpush, or your Worker, send there?', clock.now()));
  if (arrivals.rows === 0) return;
  const naming = {
    preset: CLOUDFLARE_PRESETS[settings['axiom.cloudflarePreset']],
    overrides: settings['axiom.cloudflareFields'],
    required: ['address'],
    dataset,
    setting: 'axiom.cloudflareFields',
  } as const;
  const schema = await readSchema(client, cache, dataset, clock, deadline);
  const found = checkFields(say, 'cloudflareFields', schema, naming, LOSSES);
  if (found === undefined) return;
  say(await flaggingLine(found, dataset, asking));
}

const LOSSES: readonly Loss<CloudflareField>[] = [
  {
    fields: ['scoreSource', 'verifiedCategory', 'verifiedBot'],
    loss: 'verified bots, such as search engines, are taken for attackers',
  },
  { fields: ['host'], loss: 'requests to GitLab itself, which are automated by nature, are taken for attacks' },
  { fields: ['requestSource'], loss: 'requests of your own Workers are taken for clients’' },
  { fields: ['time'], loss: 'requests count as made when they arrived' },
  { fields: ['path'], loss: 'paths', minor: true },
  { fields: ['ja4'], loss: 'TLS fingerprints', minor: true },
  { fields: ['asn'], loss: 'networks’ owners', minor: true },
  { fields: ['country'], loss: 'countries', minor: true },
];

const Scored = z.object({ scored: z.number() });

/** How addresses are flagged: by score where there is one. Cloudflare writes 0 where it computed none. */
async function flaggingLine(
  { score, products }: FieldNames<CloudflareField>,
  dataset: string,
  { client, checking, deadline }: AxiomAsking,
): Promise<Line> {
  const what = 'flagging';
  const setting = 'axiom.cloudflareFields';
  if (score === undefined && products === undefined) {
    return fail(what, `neither a bot score nor a list of products is there: name their columns in ${setting}`);
  }
  const limits = 'only requests that a bot product acted on are seen';
  if (score === undefined) return warn(what, `by ${products}, as there is no bot score: ${limits}`);
  const now = checking.clock.now();
  const apl = `${column(dataset)} | summarize scored = countif(toint(${column(score)}) > 0) | limit 1`;
  const [row] = await client.query(apl, { range: { start: now - DAY, end: now }, deadline });
  const scored = Scored.safeParse(row).data?.scored ?? 0;
  if (scored > 0) return ok(what, `by ${score}, 1 to 29; ${rowsText(scored)} of the last 24 h have one`);
  return fail(
    what,
    `${score} is 0 or empty in every row of the last 24 h, so nothing is ever flagged: turn Bot Management on, or set ${setting}.score to "", and ${limits}`,
  );
}
