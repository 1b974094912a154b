import { methodOf, outcomeOf } from '../../../functions/adapters/cloudflare/event-values.ts';
import type { SightingMethod } from '../../../functions/core/sighting.ts';
import type { GitlabCall, SimZone, Story, WebActivity } from '../truth.ts';
import { between, type Dice, diceFor, hashOf } from './dice.ts';
import type { Places } from './places.ts';
import type { RequestRow } from './request-log.ts';
import { callTrain, webTrain } from './train.ts';

/** Seconds until Cloudflare's analytics show a request (`reference/cloudflare.md` §4.6), and until Axiom does (§6.3). */
const LATE = { cloudflare: [60, 240], axiom: [120, 360] } as const;

/** From 30 on a client is likely human; 0 is "not computed" (`reference/cloudflare.md` §10). */
export function isFlagged({ botScore, verifiedBot }: Pick<WebActivity, 'botScore' | 'verifiedBot'>): boolean {
  return botScore >= 1 && botScore < 30 && !verifiedBot;
}

/** The zone of that id; a name will do. */
export function zoneIn({ organisation: { zones } }: Story, wanted: string): SimZone {
  const zone = zones.find(({ id, name }) => id === wanted || name === wanted);
  if (zone === undefined) throw new Error(`${wanted} is no zone of the story`);
  return zone;
}

/**
 * Requests to the organisation's sites that are evidence of a bot wherever requests are asked for: those scored 1 to 29,
 * and of other clients those that a rate limit or an HTTP DDoS rule acted on (design §7).
 */
export function siteRows(story: Story, places: Places): RequestRow[] {
  const rowOf = rowsOf(story, places);
  return story.web.flatMap((activity, index) => {
    if (activity.host === story.organisation.gitlab.host || activity.verifiedBot) return [];
    if (isFlagged(activity)) return [rowOf(activity, index, 'bot-score', activity.requests)];
    const method = actedBy(activity);
    const limited = method === 'rate-limit' || method === 'l7ddos';
    return limited ? [rowOf(activity, index, method, eventsOf(activity))] : [];
  });
}

/** Security events, as evidence: by the client's score where it is a bot's, else by the product that acted. */
export function eventRows(story: Story, places: Places): RequestRow[] {
  const rowOf = rowsOf(story, places);
  return story.web.flatMap((activity, index) => {
    const events = eventsOf(activity);
    if (events === 0 || activity.verifiedBot || activity.host === story.organisation.gitlab.host) return [];
    const method = isFlagged(activity) ? 'bot-score' : actedBy(activity);
    return method === undefined ? [] : [rowOf(activity, index, method, events)];
  });
}

/** How many security events an activity made. */
export function eventsOf({ requests, security }: WebActivity): number {
  return security === undefined ? 0 : Math.round(requests * security.share);
}

/**
 * What calls of GitLab look like to Cloudflare where it stands in front of GitLab: whatever comes with a credential is a
 * program, people in a browser are people.
 */
export function gitlabRows(story: Story, places: Places): RequestRow[] {
  const { gitlab, zones } = story.organisation;
  const [zone] = zones;
  if (!gitlab.behindZone || zone === undefined) return [];
  const late = latenessOf(story.seed, 'gitlab-requests');
  const score = diceFor(story.seed, 'gitlab-bot-score');
  return story.calls.flatMap((call, index) => {
    if (call.credential === undefined) return [];
    return [
      {
        place: places.of(call.address),
        zone,
        host: gitlab.host,
        path: pathOf(call),
        method: 'bot-score' as const,
        botScore: between(score(hashOf(call.credential)), 1, 25),
        ...story.origins.get(call.address),
        train: callTrain(call),
        late: late(index),
      },
    ];
  });
}

function rowsOf(story: Story, places: Places) {
  const late = latenessOf(story.seed, 'requests');
  const zones = new Map(story.organisation.zones.map((zone) => [zone.id, zone]));
  return (activity: WebActivity, index: number, method: SightingMethod, count: number): RequestRow => ({
    place: places.of(activity.address),
    zone: zones.get(activity.zone) ?? zoneIn(story, activity.zone),
    host: activity.host,
    path: activity.path,
    method,
    ...(method === 'bot-score' ? { botScore: activity.botScore } : {}),
    asn: activity.asn,
    country: activity.country,
    ja4: activity.ja4,
    train: webTrain(activity, count),
    late: late(index),
  });
}

function latenessOf(seed: number, concern: string): (index: number) => RequestRow['late'] {
  const cloudflare = diceFor(seed, `${concern} late at Cloudflare`);
  const axiom = diceFor(seed, `${concern} late at Axiom`);
  const seconds = (dice: Dice, index: number, [least, most]: readonly [number, number]) =>
    1000 * between(dice(index), least, most);
  return (index) => ({
    cloudflare: seconds(cloudflare, index, LATE.cloudflare),
    axiom: seconds(axiom, index, LATE.axiom),
  });
}

/** By which method an event is evidence apart from a score; undefined where the product let the client through. */
function actedBy({ security }: WebActivity): SightingMethod | undefined {
  if (security === undefined) return undefined;
  const method = methodOf(security.source) ?? 'security-event';
  const isEvidence = outcomeOf(security.action) === 'mitigated' || method === 'security-event';
  return isEvidence ? method : undefined;
}

function pathOf({ action, projects: [project] }: GitlabCall): string {
  if (action === 'clone' || action === 'push') return `/${project}.git/info/refs`;
  return `/api/v4/projects/${encodeURIComponent(project)}`;
}
