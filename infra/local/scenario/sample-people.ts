import { DAY, type EpochMs } from '../../../functions/core/time.ts';
import { token } from './builders.ts';
import { HOSTILE_TEXTS } from './clients.ts';
import type { Random } from './random.ts';
import { CAST, TOKENS } from './sample-cast.ts';
import type { GitlabGroup, GitlabProject, GitlabToken, GitlabUser } from './world.ts';

/** A token with where and how its owner usually uses it. */
export interface Holder {
  readonly user: GitlabUser;
  readonly token: GitlabToken;
  /** The first is the main one. */
  readonly places: readonly string[];
  readonly habit: 'office' | 'home' | 'runner' | 'machine' | 'server' | 'dormant' | 'story';
}

export interface Organisation {
  readonly groups: GitlabGroup[];
  readonly projects: GitlabProject[];
  readonly holders: readonly Holder[];
}

const FIRST_NAMES = [
  'Mira',
  'Jonas',
  'Aiko',
  'Tomas',
  'Leila',
  'Bram',
  'Ines',
  'Olu',
  'Freya',
  'Dario',
  'Nadia',
  'Piotr',
];
const LAST_NAMES = ['Okafor', 'Lindqvist', 'Sato', 'Novak', 'Haddad', 'de Vries', 'Costa', 'Adeyemi', 'Berg', 'Ricci'];
const TEAMS = ['shop', 'payments', 'platform', 'data', 'mobile', 'security'];

const PERSONAL_SCOPES: readonly [readonly string[], ...(readonly string[])[]] = [
  ['api'],
  ['read_api', 'read_repository'],
  ['write_repository'],
  ['read_repository'],
  ['read_user'],
];
const BOT_SCOPES: readonly [readonly string[], ...(readonly string[])[]] = [
  ['api'],
  ['read_api'],
  ['write_repository', 'read_registry'],
  ['read_registry', 'write_registry'],
];

/** Some 150 people and 400 credentials: personal, project and group tokens, live, expired, revoked and never used. */
export function organisation(start: EpochMs, random: Random): Organisation {
  const groups = groupTree();
  const projects = groups.slice(1).flatMap((group, index) => projectsOf(group, index));
  const people = Array.from({ length: 150 }, (_, index) => somebody(index, start));
  const holders = [
    ...story(start, people),
    ...people.slice(10).flatMap((user, index) => personal(user, index, start, random)),
    ...projects.flatMap((project, index) => resource('project', project.id, index, start, random)),
    ...groups.slice(1).map((group, index) => resourceHolder('group', group.id, 8000 + index, index, start, random)),
    ...storied(people[7], TOKENS.drip, { name: 'docs-mirror', scopes: ['read_repository'] }, [home(7)], start),
  ];
  return { groups, projects, holders };
}

function groupTree(): GitlabGroup[] {
  const top: GitlabGroup = { id: 10, name: 'Example', path: 'example', fullPath: 'example' };
  const teams = TEAMS.map((path, index) => ({
    id: 11 + index,
    name: path,
    path,
    fullPath: `example/${path}`,
    parentId: 10,
  }));
  const nested = teams.flatMap((team, index) =>
    ['services', 'tools'].map((path, place) => ({
      id: 20 + index * 2 + place,
      name: path,
      path,
      fullPath: `${team.fullPath}/${path}`,
      parentId: team.id,
    })),
  );
  return [top, ...teams, ...nested];
}

function projectsOf(group: GitlabGroup, index: number): GitlabProject[] {
  return ['web', 'api', 'worker', 'infra'].map((path, place) => ({
    id: 100 + index * 4 + place,
    name: path,
    path,
    fullPath: `${group.fullPath}/${path}`,
    groupId: group.id,
  }));
}

function somebody(index: number, start: EpochMs): GitlabUser {
  const first = FIRST_NAMES[index % FIRST_NAMES.length] ?? 'Sam';
  const last = LAST_NAMES[Math.floor(index / 3) % LAST_NAMES.length] ?? 'Doe';
  const username = `${first}.${last}${index}`.toLowerCase().replaceAll(' ', '');
  return {
    id: 50 + index,
    username,
    name: `${first} ${last}`,
    email: `${username}@example.com`,
    admin: index % 60 === 20,
    bot: false,
    createdAt: start - 900 * DAY + index * DAY,
    enterpriseGroupId: 10,
  };
}

/** The tokens the sample is about. What they did is told in `sample-uses.ts`. */
function story(start: EpochMs, people: readonly GitlabUser[]): Holder[] {
  const tell = (index: number, id: number, given: Partial<GitlabToken>, places: readonly string[]) =>
    storied(people[index], id, given, places, start);
  const { markup, bidi } = HOSTILE_TEXTS;
  return [
    ...tell(0, TOKENS.stolen, { name: 'laptop-cli', scopes: ['api'] }, [home(0), CAST.office]),
    ...tell(1, TOKENS.belowTheCut, { name: 'avatar-sync', scopes: ['read_user'] }, [home(1)]),
    ...tell(2, TOKENS.neighbour, { name: `registry pull ${markup}`, scopes: ['read_registry'] }, [home(2)]),
    ...tell(3, TOKENS.stale, { name: `old-backup ${bidi}`, scopes: ['api'], expiresAt: nextDay(start, -40) }, [
      home(3),
    ]),
    ...tell(4, TOKENS.unscored, { name: 'ide', scopes: ['api'] }, [CAST.unscored]),
    ...tell(6, TOKENS.solver, { name: 'phone', scopes: ['api'] }, [CAST.solvers[0]]),
    ...tell(5, TOKENS.worker, { name: 'status-page worker', scopes: ['read_api'] }, [CAST.worker]),
  ];
}

function storied(
  user: GitlabUser | undefined,
  id: number,
  given: Partial<GitlabToken>,
  places: readonly string[],
  start: EpochMs,
): Holder[] {
  if (user === undefined) return [];
  const made = token({ id, userId: user.id, createdAt: start - 200 * DAY, expiresAt: nextDay(start, 120), ...given });
  return [{ user, token: made, places, habit: 'story' }];
}

function personal(user: GitlabUser, index: number, start: EpochMs, random: Random): Holder[] {
  const habit = index < 11 ? 'office' : index % 5 === 0 ? 'dormant' : 'home';
  const places = habit === 'office' ? [CAST.office, home(index + 10)] : [home(index + 10)];
  const count = index < 60 ? 2 : 1;
  return Array.from({ length: count }, (_, which) => {
    const createdAt = start - random.int(20, 500) * DAY;
    const hostile = Object.values(HOSTILE_TEXTS)[index] ?? '';
    return {
      user,
      token: token({
        id: 1000 + index * 2 + which,
        userId: user.id,
        name: `${random.pick(['cli', 'ide', 'git', 'script', 'grafana'])}${which === 0 ? '' : ' 2'} ${hostile}`.trim(),
        scopes: random.pick(PERSONAL_SCOPES),
        createdAt,
        ...fate(createdAt, start, random),
      }),
      places,
      habit: which === 1 && index >= 11 ? 'dormant' : habit,
    };
  });
}

function resource(kind: 'project', resourceId: number, index: number, start: EpochMs, random: Random): Holder[] {
  const count = index % 3 === 0 ? 3 : 2;
  return Array.from({ length: count }, (_, which) =>
    resourceHolder(kind, resourceId, 6000 + index * 3 + which, index + which, start, random),
  );
}

function resourceHolder(
  kind: 'project' | 'group',
  resourceId: number,
  id: number,
  index: number,
  start: EpochMs,
  random: Random,
): Holder {
  const createdAt = start - random.int(5, 300) * DAY;
  const username = `${kind}_${resourceId}_bot_${random.hex(8)}`;
  const user = { id: 20_000 + id, username, name: `${kind} bot ${id}`, email: `${username}@example.com`, admin: false };
  const machine = CAST.gitlabMachines[index % CAST.gitlabMachines.length] ?? CAST.gitlabMachines[0];
  const runner = CAST.runners[index % CAST.runners.length] ?? CAST.runners[0];
  const habit =
    (['machine', 'runner', 'server', 'dormant', 'server', 'dormant', 'server'] as const)[index % 7] ?? 'server';
  return {
    user: { ...user, bot: true, createdAt },
    token: token({
      id,
      kind,
      userId: user.id,
      name: random.pick(['ci', 'renovate', 'release', 'deploy', 'mirror']),
      scopes: random.pick(BOT_SCOPES),
      createdAt,
      resourceId,
      accessLevel: random.pick([20, 30, 40]),
      ...fate(createdAt, start, random),
    }),
    places: [{ machine, runner, server: CAST.server, dormant: CAST.server }[habit]],
    habit,
  };
}

/** Most live on; some were revoked, some ran out. */
function fate(createdAt: EpochMs, start: EpochMs, random: Random): Pick<GitlabToken, 'expiresAt' | 'revokedAt'> {
  const span = start - createdAt;
  if (random.chance(0.06)) return { revokedAt: createdAt + Math.floor(span * 0.8), expiresAt: nextDay(start, 90) };
  return { expiresAt: nextDay(start, random.chance(0.08) ? -random.int(2, 15) : random.int(10, 300)) };
}

/** Where the n-th person lives on the network: half have IPv6. */
function home(index: number): string {
  return index % 2 === 0 ? `192.0.2.${128 + (index % 100)}` : `2001:db8:d${(index % 16).toString(16)}:${index}::5`;
}

function nextDay(start: EpochMs, days: number): EpochMs {
  return Math.floor(start / DAY) * DAY + days * DAY;
}
