import { DAY, type EpochMs, HOUR, MINUTE } from '../../functions/core/time.ts';
import type { Random } from '../../infra/local/scenario/random.ts';
import { ipv4In } from './addresses.ts';
import { daysBefore, expiryAfter, type HeldToken } from './credentials.ts';
import type { Places } from './places.ts';
import { PROJECTS, projectsOf, TEAMS, TOP_GROUP } from './projects.ts';
import { randomFor, shuffled } from './random-for.ts';
import { dayStart, STORY_DAYS } from './span.ts';
import type { SimCredential } from './truth.ts';

/** A bot user with a project or group token, or what holds a deploy token. */
export interface Machine {
  /** The bot user. */
  readonly id: number;
  readonly username: string;
  readonly name: string;
  readonly work:
    | 'vendor'
    | 'scanner'
    | 'release'
    | 'terraform'
    | 'preview'
    | 'cluster'
    | 'backup'
    | 'mirror'
    | 'report'
    | 'deploy';
  /** Full paths of what it works on. */
  readonly projects: readonly [string, ...string[]];
  /** Everywhere it works from, canonical text. */
  readonly addresses: readonly [string, ...string[]];
  readonly asn: number;
  readonly country: string;
  /** One after the other: a later one replaces the one before it. */
  readonly tokens: readonly [HeldToken, ...HeldToken[]];
}

/** Many machines' tokens are rotated in one go, by one admin, from one office. */
export interface Rotation {
  readonly day: number;
  readonly from: EpochMs;
  readonly until: EpochMs;
  /** The admin. */
  readonly by: number;
}

type Setting = Omit<Machine, 'id' | 'username' | 'tokens'> & {
  readonly scopes: readonly string[];
  readonly accessLevel: number;
};

const FIRST_BOT = 501;
const FIRST_DEPLOY_TOKEN = 801;
const FIRST_PREVIEW = 601;
/** Of 35 or so, how many have their token rotated on the day of the great rotation. */
const ROTATED = 18;

/** The bot users with a project or group token, some 35 of them. */
export function makeMachines(seed: number, places: Places, rotation: Rotation): Machine[] {
  const random = randomFor(seed, 'machines');
  const settings = [...vendors(random), ...releases(random, places), ...own(places), ...reports(random, places)];
  const rotated = new Set(shuffled(random, settings).slice(0, ROTATED));
  return settings.map((setting, number) => {
    const id = FIRST_BOT + number;
    const first = oldToken(random, setting, id, number);
    if (!rotated.has(setting)) return machineOf(setting, id, [first]);
    const at = random.int(rotation.from, rotation.until);
    const next = renewed(first.credential, `token/${3500 + number}`, at);
    const replacement = {
      use: 'machine',
      credential: next,
      replaces: first.credential.id,
      createdBy: rotation.by,
    } as const;
    return machineOf(setting, id, [{ ...first, credential: { ...first.credential, revokedAt: at } }, replacement]);
  });
}

/**
 * Bot users that terraform makes, one on each day: their tokens deploy that day's preview environments from the
 * autoscaled runners and expire a week later.
 */
export function makePreviews(seed: number, places: Places, terraform: Machine): Machine[] {
  const random = randomFor(seed, 'previews');
  return Array.from({ length: STORY_DAYS }, (_, day) => {
    const project = random.pick(projectsOf('storefront'));
    const setting: Setting = {
      ...placed('preview', `preview ${day}`, [project], places.autoscaledRunners),
      scopes: ['api'],
      accessLevel: 30,
    };
    const id = FIRST_PREVIEW + day;
    // Terraform runs at four in the morning and takes minutes to come to the tokens.
    const createdAt = dayStart(day) + 4 * HOUR + random.int(8, 25) * MINUTE;
    const base = tokenOf(setting, id, `token/${4000 + day}`);
    const credential = { ...base, createdAt, expiresAt: expiryAfter(createdAt, 7), active: true };
    return machineOf(setting, id, [{ use: 'machine', credential, createdBy: terraform.id }]);
  });
}

/** What clusters pull with: deploy tokens, which belong to a project and to nobody. */
export function makeDeployers(seed: number, places: Places): Machine[] {
  const random = randomFor(seed, 'deploy-tokens');
  return TEAMS.map((team, number) => {
    const project = random.pick(projectsOf(team));
    const id = FIRST_DEPLOY_TOKEN + number;
    const setting: Setting = {
      ...placed('deploy', `${team} cluster`, [project], places.servers),
      addresses: [places.servers.addresses[number % 3] ?? places.servers.addresses[0]],
      scopes: ['read_repository', 'read_registry'],
      accessLevel: 20,
    };
    const username = `gitlab+deploy-token-${id}`;
    const { name, scopes } = setting;
    const credential: SimCredential = {
      ...{ id: `deploy-token/${id}`, kind: 'deploy-token', name, scopes, resource: project, enterprise: true },
      owner: { id, username },
      createdAt: daysBefore(random.int(30, 400)),
      active: true,
    };
    return { ...machineOf(setting, id, [{ use: 'machine', credential }]), username };
  });
}

const VENDORS = [
  ['issue tracker sync', ['api'], 30, 'AU', 4],
  ['chat notifications', ['read_api'], 20, 'US', 3],
  ['error tracker', ['api'], 30, 'US', 2],
  ['code quality', ['read_api', 'read_repository'], 30, 'CH', 2],
  ['dependency updates', ['api', 'write_repository'], 40, 'US', 4],
  ['engineering metrics', ['read_api', 'read_repository'], 20, 'US', 2],
  ['compliance evidence', ['read_api'], 20, 'US', 2],
  ['monitoring', ['read_api'], 20, 'US', 3],
  ['translation', ['api', 'write_repository'], 30, 'EE', 1],
  ['documentation host', ['read_repository'], 20, 'US', 2],
  ['design handoff', ['read_api'], 20, 'DE', 1],
  ['feature flags', ['api'], 30, 'US', 2],
  ['test management', ['api'], 30, 'PL', 1],
] as const;

/** Services of others, each on a few addresses of its own. The last one also scans the public site for holes. */
function vendors(random: Random): Setting[] {
  const others = VENDORS.map(([name, scopes, accessLevel, country, addresses]): Setting => {
    const block = `${random.pick(['52', '35', '54', '13'])}.${random.int(20, 220)}`;
    return {
      ...{ work: 'vendor', name, scopes, accessLevel, country, asn: 16509 },
      projects: random.chance(0.5) ? PROJECTS : projectsOf(random.pick(TEAMS)),
      addresses: [ipv4In(random, block), ...Array.from({ length: addresses - 1 }, () => ipv4In(random, block))],
    };
  });
  const scanner: Setting = {
    ...{ work: 'scanner', name: 'security scanner', country: 'US', asn: 14618, projects: PROJECTS },
    ...{
      addresses: [ipv4In(random, '44.207'), ipv4In(random, '44.207')],
      scopes: ['read_api', 'read_repository'],
      accessLevel: 30,
    },
  };
  return [...others, scanner];
}

/** Project tokens that pipelines push tags, releases and generated code with. */
function releases(random: Random, places: Places): Setting[] {
  return Array.from({ length: 10 }, (_, number) => {
    const project = random.pick(projectsOf(TEAMS[number % TEAMS.length] ?? 'platform'));
    const runners = number % 3 === 2 ? places.autoscaledRunners : places.fixedRunners;
    const scopes = random.pick([['api'], ['api', 'write_repository'], ['write_repository']]);
    return { ...placed('release', `release ${number}`, [project], runners), scopes, accessLevel: 40 };
  });
}

/** What the platform team runs on its own servers and runners. */
function own(places: Places): Setting[] {
  const server = (number: number) => [places.servers.addresses[number] ?? places.servers.addresses[0]] as const;
  const cluster = (name: string, number: number): Setting => ({
    ...placed('cluster', name, projectsOf('platform'), places.servers),
    ...{ addresses: server(number), scopes: ['read_repository'], accessLevel: 20 },
  });
  return [
    { ...placed('terraform', 'terraform', PROJECTS, places.fixedRunners), scopes: ['api'], accessLevel: 50 },
    cluster('continuous delivery', 0),
    cluster('continuous delivery, staging', 1),
    {
      ...placed('backup', 'backup', PROJECTS, places.servers),
      addresses: server(3),
      scopes: ['read_repository'],
      accessLevel: 30,
    },
    {
      ...placed('mirror', 'mirror', projectsOf('data'), places.servers),
      addresses: server(4),
      scopes: ['read_repository', 'write_repository'],
      accessLevel: 40,
    },
  ];
}

/** Scheduled jobs that count and collect, one now and then behind an office. */
function reports(random: Random, places: Places): Setting[] {
  return Array.from({ length: random.int(5, 7) }, (_, number) => {
    const setting = placed('report', `report ${number}`, projectsOf(random.pick(TEAMS)), places.fixedRunners);
    const { asn, country, leases } = places.unlistedOffice;
    const isInOffice = number === 0;
    return {
      ...setting,
      ...(isInOffice ? { asn, country, addresses: [leases[0].address] } : {}),
      scopes: random.pick([['read_api'], ['api'], ['read_api', 'read_repository']]),
      accessLevel: 20,
    };
  });
}

function placed(
  work: Machine['work'],
  name: string,
  projects: Machine['projects'],
  { addresses, asn, country }: Places['servers'],
): Omit<Setting, 'scopes' | 'accessLevel'> {
  return { work, name, projects, addresses, asn, country };
}

function machineOf(setting: Setting, id: number, tokens: Machine['tokens']): Machine {
  const { scopes: _, accessLevel: __, ...machine } = setting;
  return { ...machine, id, username: tokens[0].credential.owner.username ?? '', tokens };
}

function oldToken(random: Random, setting: Setting, id: number, number: number): HeldToken {
  const createdAt = daysBefore(random.int(10, 300));
  return {
    use: 'machine',
    credential: {
      ...tokenOf(setting, id, `token/${3000 + number}`),
      createdAt,
      expiresAt: expiryAfter(createdAt, 365),
      lastUsedAt: daysBefore(random.unit()),
      active: true,
    },
  };
}

/** Group tokens for what works on more than one team's projects; GitLab names the bot user by its number. */
function tokenOf({ name, scopes, accessLevel, projects }: Setting, id: number, token: string) {
  const [first] = projects;
  const kind = projects.length === 1 ? 'project' : 'group';
  const team = projects.length === PROJECTS.length ? TOP_GROUP : first.slice(0, first.lastIndexOf('/'));
  const owner = { id, username: `${kind}_${id}_bot_${(id * 0x9e3779).toString(16)}`, bot: true };
  return {
    id: token,
    kind,
    name,
    scopes,
    accessLevel,
    owner,
    resource: kind === 'project' ? first : team,
    enterprise: true,
  } as const;
}

function renewed({ lastUsedAt: _, ...token }: SimCredential, id: string, at: EpochMs): SimCredential {
  return { ...token, id, createdAt: at, expiresAt: expiryAfter(at + DAY, 180) };
}
