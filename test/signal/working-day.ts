import { type EpochMs, HOUR, MINUTE } from '../../functions/core/time.ts';
import type { Random } from '../../infra/local/scenario/random.ts';
import { addressAt, type Place, type Places, type Pool } from './places.ts';
import { randomFor } from './random-for.ts';
import { dayStart, isWeekend } from './span.ts';

export type OfficeName = 'listedOffice' | 'unlistedOffice';

/** What decides where somebody is on a given day. */
export interface Habits {
  /** GitLab's user id. */
  readonly id: number;
  /** Hours that local time is ahead of UTC. */
  readonly utcOffset: number;
  /** Undefined: works from home always. */
  readonly office: OfficeName | undefined;
  /** Share of the working days spent in the office. */
  readonly officeShare: number;
  readonly home: Place;
  /** Share of the time at home or under way that goes through the organisation's VPN. */
  readonly vpnShare: number;
  /** Reads and clones over the phone on the train. */
  readonly tethersWith: Pool | undefined;
  /** Pays for a VPN of their own and uses it under way and now and then at home. */
  readonly publicVpn: Pool | undefined;
  /** First day at work, as a day of the story; 0 for everybody who was there before. */
  readonly firstDay: number;
  /** Days (of the story) that are spent in the office whatever else. */
  readonly bookedDays: readonly number[];
}

/** Time spent behind one address. */
export interface Stay {
  readonly from: EpochMs;
  /** Exclusive. */
  readonly until: EpochMs;
  readonly where: 'office' | 'home' | 'vpn' | 'carrier' | 'public-vpn' | 'cafe';
  /** Canonical text. */
  readonly address: string;
  readonly asn: number;
  readonly country: string;
}

/** Half a day at work, rather than half an hour on the way there or an hour in the evening. */
export function isAtDesk({ from, until }: Stay): boolean {
  return until - from > 100 * MINUTE;
}

/** Where somebody works on a day of the story, by time; empty on a day off. The same for the same seed. */
export function workingDay(seed: number, places: Places, person: Habits, day: number): Stay[] {
  const random = randomFor(seed, `working-day/${person.id}/${day}`);
  if (day < person.firstDay || isDayOff(random, person, day)) return [];

  const local = dayStart(day) - person.utcOffset * HOUR;
  const at = (hour: number, spread: number) => local + hour * HOUR + random.int(-spread, spread) * MINUTE;
  const morning = { from: at(9, 40), until: at(12.4, 25) };
  const afternoon = { from: at(13.4, 25), until: at(17.8, 50) };

  if (isWeekend(day)) return [atHome(random, places, person, afternoon)];
  const luck = random.unit();
  const isBooked = person.bookedDays.includes(day);
  if (!isBooked && luck < 0.035) {
    const cafe = random.pick(places.cafes);
    return [morning, afternoon].map((span) => underWay(random, places, person, cafe, span));
  }
  const evening = { from: at(20.5, 30), until: at(21.9, 20) };
  const late = random.chance(0.1) ? [atHome(random, places, person, evening)] : [];
  if (person.office === undefined || (!isBooked && luck > person.officeShare)) {
    return [atHome(random, places, person, morning), atHome(random, places, person, afternoon), ...late];
  }
  const office = places[person.office];
  const commute = random.chance(0.55) ? onTheTrain(random, person, morning.from, afternoon.until) : [];
  return [inside(office, morning), inside(office, afternoon), ...commute, ...late].sort((a, b) => a.from - b.from);
}

function isDayOff(random: Random, person: Habits, day: number): boolean {
  const isOff = random.chance(isWeekend(day) ? 0.94 : 0.07);
  return isOff && day !== person.firstDay && !person.bookedDays.includes(day);
}

interface TimeSpan {
  readonly from: EpochMs;
  readonly until: EpochMs;
}

function inside(place: Place, span: TimeSpan): Stay {
  const where = place.name.startsWith('office') ? 'office' : place.name.startsWith('cafe') ? 'cafe' : 'home';
  return { ...span, where, address: addressAt(place, span.from), asn: place.asn, country: place.country };
}

function atHome(random: Random, places: Places, person: Habits, span: TimeSpan): Stay {
  if (random.chance(person.vpnShare)) return throughVpn(places, span);
  if (person.publicVpn !== undefined && random.chance(0.2)) return pooled(random, person.publicVpn, 'public-vpn', span);
  return inside(person.home, span);
}

function underWay(random: Random, places: Places, person: Habits, cafe: Place, span: TimeSpan): Stay {
  if (random.chance(person.vpnShare)) return throughVpn(places, span);
  if (person.publicVpn !== undefined) return pooled(random, person.publicVpn, 'public-vpn', span);
  return inside(cafe, span);
}

function throughVpn({ vpnExit }: Places, span: TimeSpan): Stay {
  return { ...inside(vpnExit, span), where: 'vpn' };
}

/** Half an hour before work and after it, for those who do that. */
function onTheTrain(random: Random, person: Habits, arrival: EpochMs, leaving: EpochMs): Stay[] {
  const { tethersWith } = person;
  if (tethersWith === undefined) return [];
  const there = { from: arrival - 50 * MINUTE, until: arrival - 15 * MINUTE };
  const back = { from: leaving + 10 * MINUTE, until: leaving + 45 * MINUTE };
  return [there, back].map((span) => pooled(random, tethersWith, 'carrier', span));
}

function pooled(random: Random, pool: Pool, where: 'carrier' | 'public-vpn', span: TimeSpan): Stay {
  return { ...span, where, address: random.pick(pool.addresses), asn: pool.asn, country: pool.country };
}
