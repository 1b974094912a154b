import * as z from 'zod/mini';
import { column } from '../../../functions/adapters/axiom/apl.ts';
import { CLOUDFLARE_PRESETS, type CloudflareField, type FieldNames } from '../../../functions/adapters/axiom/fields.ts';
import { findListed } from '../../../functions/adapters/axiom/listed-sightings.ts';
import { AxiomRequests } from '../../../functions/adapters/axiom/requests.ts';
import { readSchema } from '../../../functions/adapters/axiom/schema.ts';
import { gitlabHostNames } from '../../../functions/core/gitlab-hosts.ts';
import { HUNT_SPAN, latestWindow } from '../../../functions/core/hunt.ts';
import { DAY, MINUTE, toIso } from '../../../functions/core/time.ts';
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
  const flagging = await flaggingLine(found, dataset, asking);
  say(flagging);
  if (flagging.status !== 'fail') say(await lastHourLine(asking));
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

/** Reads the last full hour as its hunt does. */
async function lastHourLine({ checking, client, cache, deadline }: AxiomAsking): Promise<Line> {
  const { settings, clock, urls } = checking;
  const requests = new AxiomRequests({
    client,
    cache,
    dataset: settings['axiom.cloudflareDataset'],
    preset: settings['axiom.cloudflarePreset'],
    overrides: settings['axiom.cloudflareFields'],
    gitlabHosts: gitlabHostNames(urls.gitlab, settings['gitlab.hosts']),
    ipv6PrefixLength: settings['match.ipv6PrefixLength'],
    slackMs: settings['window.slackMinutes'] * MINUTE,
    lateMs: settings['hunt.latenessMinutes'] * MINUTE,
    clock,
  });
  const begun = clock.now();
  const start = latestWindow(begun, settings['hunt.delayMinutes'] * MINUTE);
  const report = await findListed(requests, { window: { start, end: start + HUNT_SPAN }, deadline });
  const { status, why } = report.coverage;
  const what = 'last full hour';
  if (status === 'unavailable' || status === 'off') return fail(what, `${status}: ${why.join(' ')}`);
  const addresses = report.totalAddresses ?? report.sightings.length;
  const seconds = Math.ceil((clock.now() - begun) / 1000);
  const facts = `${addresses.toLocaleString('en-US')} addresses flagged in the hour from ${toIso(start).slice(0, 16)}Z, read in ${seconds} s`;
  const reasons = why.length === 0 ? '' : `. ${why.join(' ')}`;
  return status === 'complete' && addresses > 0 ? ok(what, facts) : warn(what, `${status}: ${facts}${reasons}`);
}
