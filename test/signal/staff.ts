import type { Random } from '../../infra/local/scenario/random.ts';
import type { HeldToken } from './credentials.ts';
import { daysBefore, expiryAfter } from './credentials.ts';
import { makeHome, type Places } from './places.ts';
import { PROJECTS, projectsOf, TEAMS, type Team } from './projects.ts';
import { randomFor, shuffled, someOf } from './random-for.ts';
import { STORY_DAYS } from './span.ts';
import { type Habits, isAtDesk, type OfficeName, workingDay } from './working-day.ts';

/** Somebody who works here. The first three are admins. */
export interface Person extends Habits {
  readonly username: string;
  readonly admin: boolean;
  readonly team: Team;
  /** Full paths of the projects the person works on. */
  readonly projects: readonly [string, ...string[]];
  /** Personal tokens and grants to an editor, by when they were made; dormant, expired and replaced ones too. */
  readonly tokens: readonly HeldToken[];
}

/** The id of the first person; the others follow. */
const FIRST_PERSON = 101;
/** Days (Mondays) on which two newcomers each begin. */
const ONBOARDING_DAYS = [14, 28] as const;

/** @param rotationDay the day on which the first admin rotates machines' tokens in the office */
export function makeStaff(seed: number, places: Places, rotationDay: number): Person[] {
  const random = randomFor(seed, 'staff');
  const count = random.int(56, 60);
  const staff = Array.from({ length: count }, (_, number) => ({ number, firstDay: 0 }));
  const newcomers = ONBOARDING_DAYS.flatMap((firstDay, round) =>
    [0, 1].map((one) => ({ number: count + 2 * round + one, firstDay })),
  );
  return [...staff, ...newcomers].map(({ number, firstDay }) =>
    makePerson(seed, places, number, firstDay, rotationDay),
  );
}

function makePerson(seed: number, places: Places, number: number, firstDay: number, rotationDay: number): Person {
  const id = FIRST_PERSON + number;
  const random = randomFor(seed, `person/${id}`);
  const team = TEAMS[number % TEAMS.length] ?? 'platform';
  const admin = number < 3;
  const person = {
    ...habitsOf(random, places, number, firstDay, admin ? [rotationDay] : []),
    username: usernameOf(number),
    admin,
    team,
    projects: [
      ...someOf(random, projectsOf(team), random.int(3, 6)),
      ...someOf(random, PROJECTS, 1).filter((path) => !path.includes(`/${team}/`)),
    ] as const,
  };
  return {
    ...person,
    tokens: firstDay === 0 ? oldTokens(random, seed, places, person) : firstTokens(random, seed, places, person),
  };
}

function habitsOf(random: Random, places: Places, number: number, firstDay: number, bookedDays: number[]): Habits {
  const id = FIRST_PERSON + number;
  const isInListed = number === 0 ? random.chance(0.5) : number % 5 < 3;
  const office: OfficeName = isInListed ? 'listedOffice' : 'unlistedOffice';
  const isRemote = number > 2 && random.chance(0.14);
  const country = isRemote && random.chance(0.4) ? 'US' : office === 'unlistedOffice' ? 'PT' : 'DE';
  // The second newcomer of each onboarding day begins at home, with everything new at once.
  const beginsAtHome = firstDay > 0 && number % 2 === 1;
  const firstDays = firstDay > 0 && !beginsAtHome ? [firstDay] : [];
  return {
    id,
    utcOffset: { DE: 1, PT: 0, US: -6 }[country],
    office: isRemote || beginsAtHome ? undefined : office,
    officeShare: random.pick([0.9, 0.7, 0.6, 0.5, 0.35]),
    home: makeHome(random, id, country),
    vpnShare: random.pick([0, 0, 0.3, 0.8]),
    tethersWith: random.chance(0.4) ? places.carriers[country === 'PT' ? 1 : 0] : undefined,
    publicVpn: number % 17 === 4 ? places.publicVpns[number % 2] : undefined,
    firstDay,
    bookedDays: [...bookedDays, ...firstDays],
  };
}

type Holder = Pick<Person, 'username' | 'admin' | 'projects'> & Habits;

/** What somebody who was always here holds: two to four personal tokens, with what is rotated and added on the way. */
function oldTokens(random: Random, seed: number, places: Places, person: Holder): HeldToken[] {
  const tokens: HeldToken[] = [oldToken(random, person, 'git', 0), oldToken(random, person, 'cli', 1)];
  const others = shuffled(random, ['ide', 'script', 'script', 'dormant', 'dormant', 'expired'] as const);
  for (const use of others.slice(0, random.int(0, 2))) tokens.push(oldToken(random, person, use, tokens.length));

  const at = random.chance(0.3) ? momentAtWork(random, seed, places, person) : undefined;
  const [git, ...rest] = tokens;
  if (at !== undefined && git !== undefined) {
    // The old one is gone at once; the computer has the new one minutes later.
    const { credential } = git;
    const rotated = newToken(random, person, 'git', 8, at, credential.scopes ?? []);
    return [
      ...rest,
      { ...git, credential: { ...credential, revokedAt: at } },
      { ...rotated, replaces: credential.id },
      ...editorGrant(random, person),
    ].sort((a, b) => a.credential.createdAt - b.credential.createdAt);
  }
  const added = tokens.length < 4 && random.chance(0.35) ? momentAtWork(random, seed, places, person) : undefined;
  const more =
    added === undefined ? [] : [newToken(random, person, 'script', 9, added, ['read_api', 'read_repository'])];
  return [...tokens, ...editorGrant(random, person), ...more];
}

/** Two tokens made on the first morning. */
function firstTokens(random: Random, seed: number, places: Places, person: Holder): HeldToken[] {
  const desk = workingDay(seed, places, person, person.firstDay).find(isAtDesk);
  const from = desk?.from ?? 0;
  const at = from + random.int(20, 60) * 60_000;
  return [
    newToken(random, person, 'git', 0, at, ['write_repository']),
    newToken(random, person, 'cli', 1, at + random.int(5, 40) * 60_000, ['api']),
  ];
}

/** An instant at which the person is at work, if a random day is no day off. */
function momentAtWork(random: Random, seed: number, places: Places, person: Holder): number | undefined {
  const stays = workingDay(seed, places, person, random.int(2, STORY_DAYS - 2));
  const stay = stays[random.int(0, Math.max(0, stays.length - 1))];
  return stay === undefined ? undefined : random.int(stay.from, stay.until - 1);
}

type PersonalUse = Exclude<HeldToken['use'], 'machine'>;
type Scopes = readonly string[];

const SCOPES: Record<PersonalUse, readonly [Scopes, ...Scopes[]]> = {
  git: [['write_repository'], ['read_repository', 'write_repository'], ['read_repository'], ['api']],
  cli: [['api'], ['api'], ['api', 'read_user'], ['read_api', 'write_repository']],
  ide: [['api'], ['read_api'], ['read_api', 'read_user']],
  script: [['read_api', 'read_repository'], ['read_api'], ['api']],
  dormant: [['api'], ['read_api'], ['api', 'write_repository']],
  expired: [['api'], ['read_api']],
};
const NAMES = {
  git: ['laptop', 'git', 'workstation'],
  cli: ['glab', 'cli', 'terminal'],
  ide: ['ide', 'editor'],
  script: ['weekly numbers', 'release notes', 'cleanup script', 'review dashboard'],
  dormant: ['test', 'hackathon', 'old laptop', 'migration'],
  expired: ['sync job', 'old script'],
} as const;

function oldToken(random: Random, person: Holder, use: PersonalUse, number: number): HeldToken {
  const createdAt = daysBefore(use === 'dormant' || use === 'expired' ? random.int(200, 300) : random.int(12, 280));
  const lastUsedDays =
    use === 'dormant' ? random.int(70, 190) : use === 'expired' ? random.int(20, 60) : 1 + 4 * random.unit();
  const base = baseToken(random, person, use, number, random.pick(SCOPES[use]));
  const isOver = use === 'expired';
  return {
    use,
    credential: {
      ...base,
      createdAt,
      expiresAt: isOver ? expiryAfter(daysBefore(random.int(3, 19)), 0) : expiryAfter(createdAt, 365),
      lastUsedAt: daysBefore(lastUsedDays),
      active: !isOver,
    },
  };
}

function newToken(
  random: Random,
  person: Holder,
  use: PersonalUse,
  number: number,
  createdAt: number,
  scopes: readonly string[],
): HeldToken {
  const base = baseToken(random, person, use, number, scopes);
  const expiresAt = expiryAfter(createdAt, random.pick([90, 180, 365]));
  return { use, createdBy: person.id, credential: { ...base, createdAt, expiresAt, active: true } };
}

function baseToken(random: Random, person: Holder, use: PersonalUse, number: number, scopes: readonly string[]) {
  return {
    id: `token/${person.id * 10 + number}`,
    kind: 'personal',
    name: random.pick(NAMES[use]),
    scopes,
    owner: { id: person.id, username: person.username, ...(person.admin ? { admin: true } : {}) },
    enterprise: person.id % 8 !== 3,
  } as const;
}

/** An editor that signed in with OAuth, which no list of tokens shows. */
function editorGrant(random: Random, person: Holder): HeldToken[] {
  if (!random.chance(0.12)) return [];
  const { owner, enterprise } = baseToken(random, person, 'ide', 0, []);
  const createdAt = daysBefore(random.int(5, 90));
  const id = `oauth/${person.id}`;
  return [
    {
      use: 'ide',
      credential: { id, kind: 'oauth', name: 'editor', scopes: ['api', 'read_user'], owner, enterprise, createdAt },
    },
  ];
}

const FIRST_NAMES = [
  'ana',
  'ben',
  'carla',
  'dario',
  'elif',
  'femi',
  'greta',
  'hugo',
  'ines',
  'jonas',
  'kira',
  'luis',
  'mara',
];
const LAST_NAMES = [
  'keller',
  'moreira',
  'okafor',
  'lindt',
  'santos',
  'weber',
  'demir',
  'novak',
  'pires',
  'roth',
  'adler',
];

/** Different for the first 143 people. */
function usernameOf(number: number): string {
  return `${FIRST_NAMES[number % FIRST_NAMES.length]}.${LAST_NAMES[number % LAST_NAMES.length]}`;
}
