import { type EpochMs, MINUTE } from '../../functions/core/time.ts';
import type { Random } from '../../infra/local/scenario/random.ts';
import type { HeldToken } from './credentials.ts';
import { isAlive } from './credentials.ts';
import type { Cast } from './organisation.ts';
import { PROJECTS } from './projects.ts';
import { randomFor, someOf } from './random-for.ts';
import { STORY_DAYS } from './span.ts';
import type { Person } from './staff.ts';
import type { GitlabCall } from './truth.ts';
import { isAtDesk, type Stay, workingDay } from './working-day.ts';

/** What the staff do in GitLab: their days, and the tokens they make, rotate and hand out on the way. */
export function peopleInGitlab(cast: Cast): GitlabCall[] {
  return cast.people.flatMap((person) => {
    const stays = staysOf(cast, person);
    return [...everyday(cast, person, stays), ...tokensMade(cast, person, stays), ...welcomed(cast, person)];
  });
}

function staysOf({ seed, places }: Cast, person: Person): Stay[][] {
  return Array.from({ length: STORY_DAYS }, (_, day) => workingDay(seed, places, person, day));
}

function everyday({ seed }: Cast, person: Person, days: readonly Stay[][]): GitlabCall[] {
  const calls: GitlabCall[] = [];
  for (const [day, stays] of days.entries()) {
    const random = randomFor(seed, `gitlab/${person.id}/${day}`);
    for (const stay of stays) {
      const count = isAtDesk(stay) ? random.int(3, 8) : random.int(1, 2);
      for (let number = 0; number < count; number += 1) {
        const from = random.int(stay.from, stay.until - MINUTE);
        const call = something(random, person, stay, from);
        if (call !== undefined) calls.push(call);
      }
    }
  }
  return calls;
}

/** One thing that people do, of whatever they have a token for; undefined: they have none. */
function something(random: Random, person: Person, stay: Stay, from: EpochMs): GitlabCall | undefined {
  const luck = random.unit();
  if (luck < 0.22) return inTheBrowser(random, person, stay, from);
  const use = luck < 0.62 ? 'git' : luck < 0.8 ? 'cli' : luck < 0.93 ? 'ide' : 'script';
  const token = tokenFor(person, use, from) ?? tokenFor(person, random.chance(0.7) ? 'git' : 'cli', from);
  if (token === undefined) return undefined;
  const base = { address: stay.address, credential: token.credential.id, owner: person.id, from };
  const scopes = token.credential.scopes ?? [];
  const lasting = (minutes: number) => Math.min(stay.until - 1, from + random.int(1, minutes * MINUTE));

  if (token.use === 'git') return withGit(random, person, base, scopes, lasting(40));
  const projects = someOf(random, person.projects, random.int(1, 3));
  if (token.use === 'ide') {
    return { ...base, action: 'api-read', projects, times: random.int(10, 150), until: lasting(90) };
  }
  if (token.use === 'script') {
    const action = random.chance(0.3) && scopes.some((scope) => READS_FILES.has(scope)) ? 'file-read' : 'api-read';
    return { ...base, action, projects, times: random.int(20, 400), until: lasting(20) };
  }
  // Who looks after deployments looks up their variables now and then.
  if (person.team === 'platform' && scopes.includes('api') && random.chance(0.06)) {
    return { ...base, action: 'variable-read', projects, times: random.int(1, 4), until: lasting(5) };
  }
  const action = scopes.includes('api') && random.chance(0.3) ? 'api-write' : 'api-read';
  return { ...base, action, projects, times: random.int(1, action === 'api-write' ? 5 : 30), until: lasting(30) };
}

const READS_FILES = new Set(['api', 'read_api', 'read_repository']);

type Base = Pick<GitlabCall, 'address' | 'credential' | 'owner' | 'from'>;

/** Fetches and pushes of one project; rarely a fresh check-out of many, as on a new computer. */
function withGit(random: Random, person: Person, base: Base, scopes: readonly string[], until: EpochMs): GitlabCall {
  if (random.chance(0.003)) {
    const projects = someOf(random, PROJECTS, random.int(8, 20));
    return { ...base, action: 'clone', projects, times: projects.length, until };
  }
  const mayPush = scopes.includes('write_repository') || scopes.includes('api');
  const action = mayPush && random.chance(0.35) ? 'push' : 'clone';
  return { ...base, action, projects: [random.pick(person.projects)], times: random.int(1, 8), until };
}

/** Without a token. Admins add members and webhooks, a few people export a project. */
function inTheBrowser(random: Random, person: Person, stay: Stay, from: EpochMs): GitlabCall {
  const base = { address: stay.address, credential: undefined, owner: person.id, from };
  const one = { ...base, projects: [random.pick(person.projects)], times: 1, until: from } as const;
  const luck = random.unit();
  if (luck < 0.004) return { ...one, action: 'project-export' };
  if (luck < (person.admin ? 0.05 : 0.012)) return { ...one, action: 'member-added' };
  if (luck < (person.admin ? 0.08 : 0.018)) return { ...one, action: 'webhook-created' };
  const projects = someOf(random, person.projects, random.int(1, 4));
  const until = Math.min(stay.until - 1, from + random.int(1, 60) * MINUTE);
  return { ...base, action: 'api-read', projects, times: random.int(5, 150), until };
}

/** Tokens made by hand within the story, each tried at once; who rotated one finds out what still had the old one. */
function tokensMade({ seed }: Cast, person: Person, days: readonly Stay[][]): GitlabCall[] {
  const random = randomFor(seed, `tokens-made/${person.id}`);
  return person.tokens.flatMap((token) => {
    const { id, createdAt } = token.credential;
    const stay = days.flat().find(({ from, until }) => from <= createdAt && createdAt < until);
    if (token.createdBy !== person.id || stay === undefined) return [];
    const place = { address: stay.address, owner: person.id, projects: [random.pick(person.projects)] } as const;
    const action = token.replaces === undefined ? 'token-created' : 'token-rotated';
    const then = (least: number, most: number) => {
      const at = createdAt + random.int(least * MINUTE, most * MINUTE);
      return { from: at, until: at, times: 1 };
    };
    const made: GitlabCall = {
      ...{ ...place, action, mints: id, credential: undefined },
      ...{ from: createdAt, until: createdAt, times: 1 },
    };
    const tried: GitlabCall = { ...place, ...firstTry(token), credential: id, ...then(1, 10) };
    const old: GitlabCall = {
      ...place,
      action: 'clone',
      credential: token.replaces,
      refusal: 'token_revoked',
      ...then(2, 50),
    };
    return token.replaces !== undefined && random.chance(0.6) ? [made, tried, old] : [made, tried];
  });
}

function firstTry({ use }: HeldToken): Pick<GitlabCall, 'action'> {
  return { action: use === 'git' ? 'clone' : 'api-read' };
}

/** A newcomer is let in by somebody who is there that day, and checks out everything the team works on. */
function welcomed(cast: Cast, newcomer: Person): GitlabCall[] {
  if (newcomer.firstDay === 0) return [];
  const { seed, places, people } = cast;
  const random = randomFor(seed, `welcome/${newcomer.id}`);
  const stay = workingDay(seed, places, newcomer, newcomer.firstDay).find(isAtDesk);
  const [token] = newcomer.tokens;
  const host = people
    .filter(({ firstDay }) => firstDay === 0)
    .flatMap(({ id, ...habits }) =>
      workingDay(seed, places, { ...habits, id }, newcomer.firstDay).map((at) => ({ id, at })),
    )
    .find(({ at }) => isAtDesk(at));
  if (stay === undefined || token === undefined || host === undefined) return [];
  const added = host.at.from + random.int(1, 15) * MINUTE;
  const cloned = token.credential.createdAt + random.int(5, 20) * MINUTE;
  return [
    {
      ...{ action: 'member-added', address: host.at.address, credential: undefined, owner: host.id },
      ...{ projects: [newcomer.projects[0]], from: added, until: added, times: 1 },
    },
    {
      ...{ action: 'clone', address: stay.address, credential: token.credential.id, owner: newcomer.id },
      ...{ projects: newcomer.projects, times: newcomer.projects.length, from: cloned, until: cloned + 10 * MINUTE },
    },
  ];
}

/** The newest token for that use which works at the instant. */
function tokenFor(person: Person, use: HeldToken['use'], at: EpochMs): HeldToken | undefined {
  return person.tokens.findLast((token) => token.use === use && isAlive(token.credential, at));
}
