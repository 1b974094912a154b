import { isSpanOfPoll } from './alert-span.ts';
import { amount, count, type Precision, plural, pollPrecision, readPrecision } from './amount-text.ts';
import type { Analysis, Claim, RecommendedAction, Severity } from './analysis.ts';
import { capital } from './capital.ts';
import type { MonitorCase } from './case.ts';
import { type EventShare, type IdentifiedEvents, isOwnWord, isRuleId } from './event-evidence.ts';
import { outcomeOf } from './event-outcome.ts';
import { inertText, labelText, withoutQuery } from './hostile-text.ts';
import type { FacetName } from './security-events.ts';
import { toIso } from './time.ts';

/** What a monitor case knows about its attack; either may be missing. */
export interface Attack {
  readonly events: IdentifiedEvents | undefined;
  readonly monitor: MonitorCase | undefined;
}

const VALUES_TOLD = 4;
const NOTES_TOLD = 5;
const VALUE_LENGTH = 80;
/** An attack that is mostly stopped: this share of its events, or more, was acted against. */
const MOSTLY = 0.8;
/** Growth and size that make an attack one step more severe. */
const STEEP_FACTOR = 10;
const LOUD_EVENTS = 1_000;
/** The share of all events from which one address is worth blocking (`reference/cloudflare.md` §11). */
const CONCENTRATED = 0.3;

/** The attack in at most four claims: what grew from what to what, what became of it, and what stands out. */
export function attackClaims(attack: Attack): Claim[] {
  const { events } = attack;
  return [...grownClaim(attack), ...recountClaim(attack), ...outcomeClaim(events), ...busiestClaim(events)];
}

/** Countries, networks, targets and what the events have in common, the most frequent first. */
export function attackIndicators(events: IdentifiedEvents | undefined): Analysis['indicators'] {
  const facets = (...names: readonly FacetName[]) =>
    events === undefined ? [] : names.flatMap((name) => facetClaim(events, name));
  return {
    geography: facets('countries'),
    asns: facets('asns'),
    targets: facets('hosts', 'paths'),
    patterns: facets('rules', 'actions', 'sources', 'statuses', 'ja4', 'tags'),
  };
}

/**
 * How bad an attack is by itself, GitLab aside: low where at least four fifths of its events are known to have been acted
 * against (blocked or challenged), else, and where no action was told, medium; one step more where it grew at least
 * tenfold from something and counts a thousand events or more. Never critical: that takes a credential.
 */
export function attackSeverity(attack: Attack): Severity {
  const { monitor } = attack;
  const steep =
    monitor !== undefined &&
    monitor.reference > 0 &&
    monitor.total >= STEEP_FACTOR * monitor.reference &&
    monitor.total >= LOUD_EVENTS;
  if (isMostlyStopped(attack)) return steep ? 'medium' : 'low';
  return steep ? 'high' : 'medium';
}

/** What to do about the attack by itself, the most useful first; never empty. */
export function attackActions(attack: Attack): Analysis['actions'] {
  const { events } = attack;
  if (events === undefined) {
    return [recommend('review-cloudflare-rule', 'See the security events of these hours at Cloudflare.', ['t1'])];
  }
  const { rules, addresses } = events.facets;
  const [rule] = rules.values;
  const [address] = addresses.values;
  const named = rule === undefined ? undefined : `rule ${valueText('rules', rule.value)}`;
  const ruleIds = rule === undefined ? [events.id] : [rule.id];
  if (isMostlyStopped(attack)) {
    const text = `Cloudflare acted against most of it; see that ${named ?? 'its rules'} stopped nobody who should get in.`;
    return [recommend('review-cloudflare-rule', text, ruleIds)];
  }
  const { acted, passed } = events.outcomes;
  const actions = [
    acted > 0 && passed === 0
      ? recommend('review-cloudflare-rule', 'See at Cloudflare what became of the events not read here.', [events.id])
      : recommend('review-cloudflare-rule', `See whether ${named ?? 'the rules'} should act on these events.`, ruleIds),
  ];
  if (address !== undefined && shareOf(address, events) >= CONCENTRATED) {
    const text = `Block ${valueText('addresses', address.value)} at Cloudflare, unless it is yours or shared by many.`;
    actions.push(recommend('block-address-at-cloudflare', text, [address.id]));
  }
  const through = passed > 0 ? 'part of it got through' : 'part of it may have got through';
  actions.push(recommend('preserve-logs', `Keep the logs of these hours: ${through}.`, [events.id]));
  return actions;
}

/** What could not be read of the events, one claim each; `told` are sentences that stand elsewhere already. */
export function unseenEventClaims({ events, monitor }: Attack, told: readonly string[]): Claim[] {
  if (events === undefined) {
    const what = monitor === undefined ? 'what the monitor saw' : 'the events themselves';
    return [{ text: `Not seen: ${what}; only that the monitor alerted is known here.`, evidence: ['t1'] }];
  }
  const { picture } = events;
  const notes = picture.notes.filter((note) => !told.includes(note));
  const untold = notes.length - NOTES_TOLD;
  const sentences = [
    ...(picture.totalIsLowerBound ? ['events beyond those that could be counted'] : []),
    ...(picture.facetsAreLowerBounds
      ? ['the smaller groups of events, so that counts by property are lower bounds']
      : []),
    ...notes.slice(0, NOTES_TOLD),
    ...(untold > 0 ? [plural(untold, 'further gap', 'further gaps')] : []),
  ];
  return sentences.map((sentence) => ({
    text: inertText(`Not seen: ${sentence.replace(/\.$/, '')}.`, 400),
    evidence: [events.id],
  }));
}

function grownClaim({ events, monitor }: Attack): Claim[] {
  if (monitor === undefined) return [];
  const total = amount(monitor.total, pollPrecision(monitor));
  const zone = inertText(monitor.zone.name ?? monitor.zone.id, VALUE_LENGTH);
  const seen = `Monitor '${inertText(monitor.name, VALUE_LENGTH)}' counted ${total} security events of zone ${zone}`;
  return [{ text: `${seen} ${between(monitor.window)}, ${growthText(monitor)}.`, evidence: [events?.id ?? 't1'] }];
}

function growthText({ total, reference, alertOn }: MonitorCase): string {
  const before = reference === 0 ? 'none before' : `about ${count(reference)} before`;
  if (alertOn === 'change')
    return `with other addresses, rules, sources or actions than before, or some are gone (${before})`;
  if (reference === 0) return 'where it knew of none before';
  return `${Number((total / reference).toFixed(1))} times the ${count(reference)} it measures against`;
}

/** A look reads later than the poll that alerted. */
function recountClaim({ events, monitor }: Attack): Claim[] {
  if (events === undefined) return [];
  const { picture } = events;
  const isSame = monitor !== undefined && Math.round(picture.total) === Math.round(monitor.total);
  if (isSame && isSpanOfPoll(picture, monitor)) return [];
  const seen = `${amount(picture.total, readPrecision(picture))} were counted at ${toIso(picture.readAt)}`;
  const { start, end } = picture.window;
  const span = between({ start: toIso(start), end: toIso(end) });
  return [{ text: `${capital(seen)}, ${span}.`, evidence: [events.id] }];
}

function outcomeClaim(events: IdentifiedEvents | undefined): Claim[] {
  if (events === undefined) return [];
  const { acted, passed } = events.outcomes;
  if (acted + passed === 0) return [{ text: 'What Cloudflare did about them is not known.', evidence: [events.id] }];
  const { values } = events.facets.actions;
  const known = facetPrecision(events);
  const isPart = known.lowerBound || Math.round(acted + passed) < Math.round(events.picture.total);
  const part = (share: number, isOfIt: (action: string) => boolean) => {
    const names = values.filter(({ value }) => isOfIt(value)).map(({ value }) => valueText('actions', value));
    return `${amount(share, { ...known, lowerBound: isPart })} (${names.slice(0, VALUES_TOLD).join(', ')})`;
  };
  const stopped = part(acted, (action) => outcomeOf(action) === 'mitigated');
  const through = part(passed, (action) => outcomeOf(action) !== 'mitigated');
  const ids = values.slice(0, VALUES_TOLD).map(({ id }) => id);
  return [{ text: outcomeText({ stopped, through }, events.outcomes, isPart), evidence: ids }];
}

/** Of events that were read in part, none of a kind is none of those read. */
function outcomeText(
  { stopped, through }: { readonly stopped: string; readonly through: string },
  { acted, passed }: IdentifiedEvents['outcomes'],
  isPart: boolean,
): string {
  if (passed === 0) {
    if (!isPart) return `Cloudflare acted against ${stopped} of them and let through, or only logged, none.`;
    return `Cloudflare acted against ${stopped} of them; none of those read were let through or only logged.`;
  }
  const passing = `let through, or only logged, ${through}`;
  if (acted > 0) return `Cloudflare acted against ${stopped} of them and ${passing}.`;
  return `Cloudflare acted against none of ${isPart ? 'those read' : 'them'} and ${passing}.`;
}

function busiestClaim(events: IdentifiedEvents | undefined): Claim[] {
  if (events === undefined) return [];
  const { addresses, rules } = events.facets;
  const precision = facetPrecision(events);
  const [address] = addresses.values;
  const [rule] = rules.values;
  const parts: string[] = [];
  if (address !== undefined) {
    const of = addresses.distinct > 1 || precision.lowerBound ? `, of ${distinctText(events, 'addresses')}` : '';
    const one = `${valueText('addresses', address.value)} with ${amount(address.count, precision)} events${of}`;
    parts.push(`busiest address ${one}`);
  }
  if (rule !== undefined) {
    parts.push(`busiest rule ${valueText('rules', rule.value)} with ${amount(rule.count, precision)} events`);
  }
  if (parts.length === 0) return [];
  const ids = [address, rule].flatMap((share) => (share === undefined ? [] : [share.id]));
  return [{ text: `${capital(parts.join('; '))}.`, evidence: ids }];
}

/** What a facet's values are, one and many. */
export const FACET_NOUNS: Readonly<Record<FacetName, readonly [one: string, many: string]>> = {
  addresses: ['address', 'addresses'],
  countries: ['country', 'countries'],
  asns: ['network operator', 'network operators'],
  actions: ['action', 'actions'],
  sources: ['source', 'sources'],
  statuses: ['status', 'statuses'],
  hosts: ['host', 'hosts'],
  paths: ['path', 'paths'],
  rules: ['rule', 'rules'],
  ja4: ['JA4 fingerprint', 'JA4 fingerprints'],
  tags: ['bot detection tag', 'bot detection tags'],
};

function facetClaim(events: IdentifiedEvents, name: FacetName): Claim[] {
  const { values, distinct } = events.facets[name];
  const told = values.slice(0, VALUES_TOLD);
  if (told.length === 0) return [];
  const precision = facetPrecision(events);
  const [lead] = FACET_NOUNS[name];
  const list = told.map(({ value, count: events }) => `${valueText(name, value)} (${amount(events, precision)})`);
  const more = distinct > told.length ? `; ${distinctText(events, name)} in all` : '';
  return [{ text: `Events by ${lead}: ${list.join(', ')}${more}.`, evidence: told.map(({ id }) => id) }];
}

function distinctText(events: IdentifiedEvents, name: FacetName): string {
  const { distinct } = events.facets[name];
  const [one, many] = FACET_NOUNS[name];
  const { lowerBound } = facetPrecision(events);
  return `${amount(distinct, { estimated: false, lowerBound })} ${distinct === 1 ? one : many}`;
}

function recommend(action: RecommendedAction, text: string, evidence: readonly string[]) {
  return { action, claim: { text, evidence } };
}

/** Toward the graver where it is not known: events of which nothing was read count as let through. */
function isMostlyStopped({ events, monitor }: Attack): boolean {
  if (events === undefined || events.picture.totalIsLowerBound) return false;
  const { acted } = events.outcomes;
  const { total } = events.picture;
  // A look that could read less time than the poll knows nothing of the rest.
  const all = monitor === undefined || isSpanOfPoll(events.picture, monitor) ? total : Math.max(total, monitor.total);
  return acted > 0 && acted >= MOSTLY * all;
}

function shareOf(share: EventShare, { picture }: IdentifiedEvents): number {
  return picture.total === 0 ? 0 : share.count / picture.total;
}

function facetPrecision({ picture }: IdentifiedEvents): Precision {
  const { estimated, lowerBound } = readPrecision(picture);
  return { estimated, lowerBound: lowerBound || picture.facetsAreLowerBounds };
}

function between({ start, end }: MonitorCase['window']): string {
  return `between ${start} and ${end}`;
}

function valueText(name: FacetName, value: string): string {
  if (name === 'paths') return inertText(withoutQuery(value), VALUE_LENGTH);
  const isOwn = name === 'rules' ? isRuleId(value) : name !== 'hosts' && isOwnWord(value);
  return isOwn ? labelText(value, VALUE_LENGTH) : inertText(value, VALUE_LENGTH);
}
