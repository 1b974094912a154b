import { DAY, HOUR, MINUTE } from '../../../functions/core/time.ts';
import type { SpikeAlert } from '../observed.ts';
import type { SimZone, Story } from '../truth.ts';
import { isFlagged, zoneIn } from './cloudflare-rows.ts';
import { between, diceFor } from './dice.ts';
import { Minutes, sumsOf } from './minutes.ts';

/** Cloudflare's rule for anomalies of traffic (`reference/cloudflare.md` §2): five minutes against four hours. */
const SPAN = 5;
const BASELINE = 4 * 60;
const Z_SCORE = 3.5;
const LEAST_REQUESTS = 200;
/** Five minutes of real traffic differ from their mean by this share of it. */
const WAVES = 0.3;
/** Of people a story has a token few: each stands for so many, whose day has no sharp edges. */
const CROWD = 8;
/** The next alert of a zone comes no sooner: as long as any kind of alert pauses. */
const QUIET = 2 * HOUR;
/** Minutes from the beginning of a spike to the webhook. */
const DELAY = { least: 3, most: 8 } as const;

/**
 * The notifications of all zones: when the requests of five minutes, verified bots apart, stand out from those of the
 * four hours before. Requests to GitLab are too few to matter. The first four hours have nothing to stand out from.
 */
export function spikeAlerts(story: Story): SpikeAlert[] {
  const traffic = new Map(story.organisation.zones.map(({ id }) => [id, new Minutes(story.begin, story.to)]));
  for (const activity of story.web) {
    const { from, until, requests, verifiedBot } = activity;
    if (verifiedBot) continue;
    const day = Math.floor(from / DAY) * DAY;
    const minutes = traffic.get(zoneIn(story, activity.zone).id);
    if (isFlagged(activity)) minutes?.add(from, until, requests);
    else minutes?.add(day, day + DAY, CROWD * requests);
  }
  const alerts = story.organisation.zones.flatMap((zone, index) => {
    const minutes = traffic.get(zone.id);
    return minutes === undefined ? [] : alertsOf(zone, minutes, diceFor(story.seed, `spike ${index}`));
  });
  return alerts.sort((a, b) => a.at - b.at);
}

function alertsOf({ id }: SimZone, minutes: Minutes, dice: (about: number) => number): SpikeAlert[] {
  const spans = new Float64Array(minutes.count);
  for (let minute = 0; minute < minutes.count; minute++) spans[minute] = minutes.sum(minute + 1 - SPAN, minute + 1);
  const sums = sumsOf(spans);
  const squares = sumsOf(spans.map((amount) => amount * amount));
  const alerts: SpikeAlert[] = [];
  let quietUntil = Number.NEGATIVE_INFINITY;
  for (let minute = BASELINE + SPAN; minute < minutes.count; minute++) {
    const seen = minutes.startOf(minute + 1);
    const amount = spans[minute] ?? 0;
    if (amount <= LEAST_REQUESTS || seen < quietUntil) continue;
    const end = minute - SPAN + 1;
    const mean = ((sums[end] ?? 0) - (sums[end - BASELINE] ?? 0)) / BASELINE;
    const square = ((squares[end] ?? 0) - (squares[end - BASELINE] ?? 0)) / BASELINE;
    // Clients come in waves, which a story's even spans do not show.
    const deviation = Math.max(Math.sqrt(Math.max(0, square - mean * mean)), WAVES * mean, 1);
    if ((amount - mean) / deviation <= Z_SCORE) continue;
    const start = startOf(minutes, minute, mean / SPAN);
    const noticed = seen + between(dice(minute), 30, 150) * 1000;
    const at = Math.min(Math.max(noticed, start + DELAY.least * MINUTE), start + DELAY.most * MINUTE);
    alerts.push({ at: Math.max(at, seen), zone: id, start });
    quietUntil = Math.max(at, seen) + QUIET;
  }
  return alerts;
}

/** The first of the five minutes that stands out from what a minute had before. */
function startOf(minutes: Minutes, minute: number, usual: number): number {
  const span = Array.from({ length: SPAN }, (_, index) => minute - SPAN + 1 + index);
  const most = Math.max(...span.map((one) => minutes.at(one)));
  const first = span.find((one) => minutes.at(one) > usual + (most - usual) / 4) ?? minute;
  return minutes.startOf(first);
}
