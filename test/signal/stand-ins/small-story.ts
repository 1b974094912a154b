import { DAY, type EpochMs, HOUR, MINUTE } from '../../../functions/core/time.ts';
import type { GitlabCall, SimCredential, Story, WebActivity, WebClient } from '../truth.ts';

/** A Wednesday, some weeks into a story. */
export const TODAY = Date.UTC(2031, 2, 26);
export const OFFICE = '203.0.113.10';
export const THIEF = '51.77.10.9';
export const DRIP = '45.76.3.4';
const HOME = (person: number) => `84.130.1.${person}`;
const ZONE = '023e105f4ecef8ad9ca31a8372d0c353';
const HOST = 'www.brightwell.example';
const STAFF = [101, 102, 103, 104, 105, 106, 107] as const;
const PROJECTS = ['brightwell/shop/api', 'brightwell/shop/web', 'brightwell/infra'] as const;

/** What a small organisation lives through, by hand. */
export interface SmallStory extends Partial<Pick<Story, 'web' | 'calls' | 'intrusions'>> {
  readonly credentials?: readonly SimCredential[];
}

/**
 * Seven people who work behind an office that nobody listed, four days a week, with a token each (`token/101` …), and a
 * monitor that asks for the front page; and what else is given.
 */
export function smallStory({ web = [], calls = [], intrusions = [], credentials = [] }: SmallStory = {}): Story {
  const rows = [...STAFF.flatMap(weeksOf), ...calls].toSorted((a, b) => a.from - b.from);
  return {
    seed: 7,
    begin: TODAY - 23 * DAY,
    from: TODAY - 16 * DAY,
    to: TODAY + 10 * DAY,
    organisation: {
      zones: [{ id: ZONE, name: 'brightwell.example', hosts: [HOST] }],
      gitlab: { host: 'gitlab.brightwell.example', behindZone: true },
      credentials: [...STAFF.map((person) => personal(person)), own(), ...credentials],
      own: { credential: 'token/900', address: '3.120.1.1' },
      knownEgress: ['198.51.100.4'],
    },
    web: [...monitor(), ...web].toSorted((a, b) => a.from - b.from),
    calls: rows,
    intrusions,
    origins: new Map(),
  };
}

/** A personal token of a person, or of somebody else with more of it given. */
export function personal(number: number, given: Partial<SimCredential> = {}): SimCredential {
  return {
    id: `token/${number}`,
    kind: 'personal',
    name: `laptop ${number}`,
    scopes: ['api'],
    owner: { id: number, username: `person${number}` },
    createdAt: TODAY - 200 * DAY,
    enterprise: true,
    ...given,
  };
}

/** A call with a person's token. */
export function call(person: number, from: EpochMs, given: Partial<GitlabCall> = {}): GitlabCall {
  return {
    from,
    until: from,
    times: 1,
    address: OFFICE,
    credential: `token/${person}`,
    owner: person,
    action: 'api-read',
    projects: [PROJECTS[0]],
    ...given,
  };
}

/** Requests of a bot to the front page. */
export function scraping(address: string, from: EpochMs, minutes: number, perMinute: number): WebActivity {
  return {
    ...bot(address),
    actor: `bot/${address}`,
    zone: ZONE,
    host: HOST,
    path: '/',
    from,
    until: from + minutes * MINUTE,
    requests: minutes * perMinute,
  };
}

/** A crowd on addresses that nobody of the organisation uses. */
export function crowd(from: EpochMs, minutes: number, size = 20, perMinute = 300): WebActivity[] {
  return Array.from({ length: size }, (_, index) => scraping(`167.99.4.${index + 1}`, from, minutes, perMinute));
}

function bot(address: string): WebClient {
  return {
    address,
    asn: 16276,
    country: 'FR',
    ja4: 't13d1516h2_8daaf6152771_e5627efa2ab1',
    botScore: 1,
    verifiedBot: false,
  };
}

function own(): SimCredential {
  const owner = { id: 900, username: 'service_account_group_1_latchkey', bot: true };
  return personal(900, { kind: 'service-account', scopes: ['read_api'], owner });
}

/** Mornings and afternoons of three weeks: in the office from Monday to Thursday, at home on Fridays. */
function weeksOf(person: number): GitlabCall[] {
  const days = Array.from({ length: 24 }, (_, index) => TODAY - 16 * DAY + index * DAY);
  return days.flatMap((day) => {
    const weekday = new Date(day).getUTCDay();
    if (weekday === 0 || weekday === 6) return [];
    const address = weekday === 5 ? HOME(person) : OFFICE;
    return [8, 9, 10, 11, 13, 14, 15, 16].map((hour) => {
      const from = day + hour * HOUR + (person % 10) * 3 * MINUTE;
      return call(person, from, { until: from + 40 * MINUTE, times: 12, address });
    });
  });
}

/** Uptime is asked for every minute, from where nobody works. */
function monitor(): WebActivity[] {
  return Array.from({ length: 24 }, (_, index) => {
    const from = TODAY - 16 * DAY + index * DAY;
    return { ...scraping('18.196.1.1', from, 24 * 60, 1), actor: 'monitor', verifiedBot: true };
  });
}
