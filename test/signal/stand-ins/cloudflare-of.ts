import { MINUTE, type Window } from '../../../functions/core/time.ts';
import { emptyZone } from '../../../infra/local/scenario/builders.ts';
import { requests, securityEvent } from '../../../infra/local/scenario/clients.ts';
import { seeded } from '../../../infra/local/scenario/random.ts';
import type { Client, HttpRequests, SecurityEvent, Zone } from '../../../infra/local/scenario/world.ts';
import { gitlabRows } from '../observe/cloudflare-rows.ts';
import { Places } from '../observe/places.ts';
import type { RequestRow } from '../observe/request-log.ts';
import { partOf, type Train, webTrain } from '../observe/train.ts';
import type { EvidenceMix } from '../observed.ts';
import type { WebActivity, WebClient } from '../truth.ts';
import type { CutStory } from './cut-story.ts';

/** Of a minute's events the world keeps so many: what Cloudflare did and why is the same for all of them. */
const EVENTS_OF_A_MINUTE = 2;

/** The zones with a scene's requests, those to a self-managed GitLab behind the first zone among them. */
export function zonesOf(story: CutStory, { gitlab }: EvidenceMix): Zone[] {
  const { zones } = story.organisation;
  const random = seeded(story.seed);
  const made = zones.map(({ id, name }) => emptyZone(id, name, 'enterprise', true));
  for (const activity of story.web) {
    const zone = made.find(({ id, name }) => id === activity.zone || name === activity.zone);
    if (zone === undefined) throw new Error(`${activity.zone} is no zone of the story`);
    const rows = minutesOf(webTrain(activity), activity, clientOf(activity), story.scene);
    zone.requests.push(...rows);
    zone.events.push(...rows.flatMap((row) => eventsOf(row, activity, random)));
  }
  const [first] = made;
  if (gitlab === 'self-managed' && first !== undefined) {
    for (const row of gitlabRows(story, new Places())) {
      first.requests.push(...minutesOf(row.train, row, gitlabClient(row), story.scene));
    }
  }
  return made;
}

/** One row a minute, at the first request in it. */
function minutesOf(
  train: Train,
  { host, path }: Pick<WebActivity, 'host' | 'path'>,
  client: Client,
  { start, end }: Window,
): HttpRequests[] {
  const rows: HttpRequests[] = [];
  for (let minute = Math.floor(Math.max(start, train.start) / MINUTE) * MINUTE; minute < end; minute += MINUTE) {
    const part = partOf(train, Math.max(minute, start), Math.min(minute + MINUTE, end));
    if (part !== undefined) rows.push(requests(client, part.first, { host, path, count: part.count }));
    else if (minute > train.start + train.step * train.count) break;
  }
  return rows;
}

function eventsOf(
  row: HttpRequests,
  { security }: Pick<WebActivity, 'security'>,
  random: Parameters<typeof securityEvent>[1],
): SecurityEvent[] {
  if (security === undefined) return [];
  const { source, action, share } = security;
  const count = Math.min(EVENTS_OF_A_MINUTE, Math.round(row.count * share));
  return Array.from({ length: count }, () => securityEvent(row, random, { source, action }));
}

function clientOf({ address, asn, country, ja4, botScore, verifiedBot }: WebClient): Client {
  return {
    address,
    asn,
    asnName: `AS${asn}`,
    country,
    ja4,
    userAgent: botScore < 30 ? 'Mozilla/5.0 (compatible; client/1.0)' : 'Mozilla/5.0 (X11; Linux x86_64; rv:148.0)',
    botScore,
    botDecision: decisionOf(botScore, verifiedBot),
    verifiedBotCategory: verifiedBot ? 'Search Engine Crawler' : '',
  };
}

function gitlabClient({ place: { address }, asn = 0, country = 'XX', ja4 = '', botScore = 1 }: RequestRow): Client {
  return { ...clientOf({ address, asn, country, ja4, botScore, verifiedBot: false }), userAgent: 'git/2.51.0' };
}

function decisionOf(score: number, verifiedBot: boolean): Client['botDecision'] {
  if (verifiedBot) return 'verified_bot';
  if (score >= 30) return 'likely_human';
  return score === 1 ? 'automated' : 'likely_automated';
}
