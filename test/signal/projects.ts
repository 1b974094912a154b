/** The top-level group. */
export const TOP_GROUP = 'brightwell';

export const TEAMS = ['platform', 'storefront', 'payments', 'data', 'mobile', 'search'] as const;
export type Team = (typeof TEAMS)[number];

const NAMES = [
  'api',
  'web',
  'worker',
  'gateway',
  'infra',
  'docs',
  'sdk',
  'admin',
  'jobs',
  'schema',
  'cli',
  'ops',
  'e2e',
] as const;

/** Full paths of a team's projects. */
export function projectsOf(team: Team): readonly [string, ...string[]] {
  const [first, ...rest] = NAMES;
  const path = (name: string) => `${TOP_GROUP}/${team}/${name}`;
  return [path(first), ...rest.map(path)];
}

/** Full paths of every project there is. */
export const PROJECTS: readonly [string, ...string[]] = [
  ...projectsOf('platform'),
  ...TEAMS.filter((team) => team !== 'platform').flatMap(projectsOf),
];
