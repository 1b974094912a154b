import { DAY, type EpochMs, HOUR, MINUTE } from '../../../functions/core/time.ts';
import { EVIDENCE_MIXES, type EvidenceMix } from '../observed.ts';
import type { GitlabCall, Organisation, SimCredential, Story, WebActivity } from '../truth.ts';

/** Times of stories told in tests: noon of their third day. */
export const BEGIN = Date.UTC(2031, 2, 3);
export const NOON = BEGIN + 2 * DAY + 12 * HOUR;

export const ZONE = 'a'.repeat(32);
export const GITLAB_HOST = 'gitlab.acme.example';
export const STRANGER = '203.0.113.7';

export const PERSON = credential({ id: 'token/42', owner: { id: 7, username: 'mia' } });
export const BOT = credential({
  id: 'token/50',
  kind: 'project',
  owner: { id: 90, username: 'project_1_bot_ab', bot: true },
  resource: 'acme/shop',
});
export const JOB = credential({ id: 'job/900', kind: 'ci-job', owner: { id: 7, username: 'mia' } });
export const OWN = credential({ id: 'token/1', owner: { id: 1, username: 'latchkey' } });

export function credential(overrides: Partial<SimCredential> = {}): SimCredential {
  return {
    id: 'token/42',
    kind: 'personal',
    owner: { id: 7, username: 'mia' },
    scopes: ['api'],
    createdAt: BEGIN - 100 * DAY,
    enterprise: false,
    ...overrides,
  };
}

/** A day's story of little: what is not given does not happen. */
export function story(
  told: Partial<Omit<Story, 'organisation'>> & { organisation?: Partial<Organisation> } = {},
): Story {
  const { organisation, ...rest } = told;
  return {
    seed: 1,
    begin: BEGIN,
    from: BEGIN + DAY,
    to: BEGIN + 6 * DAY,
    web: [],
    calls: [],
    intrusions: [],
    origins: new Map(),
    ...rest,
    organisation: {
      zones: [{ id: ZONE, name: 'acme.example', hosts: ['www.acme.example'] }],
      gitlab: { host: GITLAB_HOST, behindZone: false },
      credentials: [PERSON, BOT, JOB, OWN],
      own: { credential: OWN.id, address: '198.51.100.1' },
      knownEgress: [],
      ...organisation,
    },
  };
}

/** One request by mia's token, at noon, from a stranger's address. */
export function call(overrides: Partial<GitlabCall> = {}): GitlabCall {
  const { from = NOON } = overrides;
  return {
    from,
    until: from,
    times: 1,
    address: STRANGER,
    credential: PERSON.id,
    owner: 7,
    action: 'api-read',
    projects: ['acme/shop'],
    ...overrides,
  };
}

/** Ten minutes of scraping by a certain bot, a request a second. */
export function scrape(overrides: Partial<WebActivity> = {}): WebActivity {
  const { from = NOON } = overrides;
  return {
    actor: 'scraper/1',
    address: STRANGER,
    asn: 64_500,
    country: 'NL',
    ja4: 't13d',
    botScore: 1,
    verifiedBot: false,
    zone: ZONE,
    host: 'www.acme.example',
    path: '/products',
    from,
    until: from + 10 * MINUTE,
    requests: 600,
    ...overrides,
  };
}

/** The mix of that name. */
export function mix(name: string): EvidenceMix {
  const found = EVIDENCE_MIXES.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} is no mix`);
  return found;
}

export function around(at: EpochMs, minutes = 60) {
  return { start: at - minutes * MINUTE, end: at + minutes * MINUTE };
}
