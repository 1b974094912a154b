import { DAY, type EpochMs, HOUR, MINUTE } from '../../functions/core/time.ts';
import type { Random } from '../../infra/local/scenario/random.ts';
import type { Machine } from './bot-users.ts';
import { isAlive } from './credentials.ts';
import type { Cast } from './organisation.ts';
import { PROJECTS } from './projects.ts';
import { randomFor, someOf } from './random-for.ts';
import { dayStart, isWeekend, STORY_DAYS } from './span.ts';
import type { CallAction, GitlabCall } from './truth.ts';

/** What bot users, clusters and pipelines do in GitLab by day and night. */
export function machinesInGitlab(cast: Cast): GitlabCall[] {
  const { seed, machines, previews, deployers } = cast;
  const all = [...machines, ...previews, ...deployers];
  return [...all.flatMap((machine) => new Shift(seed, machine, previews).work()), ...pipelineCalls(cast)];
}

/** A machine at work: its routine, told as one call after the other. */
class Shift {
  readonly #random: Random;
  readonly #machine: Machine;
  readonly #previews: readonly Machine[];
  readonly #calls: GitlabCall[] = [];
  /** How long after a rotation somebody puts the new token in its place. */
  readonly #lag: number;

  constructor(seed: number, machine: Machine, previews: readonly Machine[]) {
    this.#random = randomFor(seed, `machine/${machine.id}`);
    this.#machine = machine;
    this.#previews = previews;
    this.#lag = this.#random.int(1, 40) * MINUTE;
  }

  work(): GitlabCall[] {
    const random = this.#random;
    const routine = ROUTINES[this.#machine.work];
    const times = { offset: random.int(0, 50) * MINUTE, hours: random.int(2, 4) };
    for (let day = 0; day < STORY_DAYS; day += 1) routine(this, random, day, times);
    return this.#calls;
  }

  get machine(): Machine {
    return this.#machine;
  }

  /** The machine whose token this one is to make on that day. */
  previewOf(day: number): Machine | undefined {
    return this.#previews[day];
  }

  /** One kind of call, with whichever token the machine was given by then: after a rotation, the old one for a while. */
  does(action: CallAction, from: EpochMs, deed: Deed): void {
    const { tokens, addresses, projects, id } = this.#machine;
    const given = tokens.findLast(({ credential, replaces }) => {
      return credential.createdAt + (replaces === undefined ? 0 : this.#lag) <= from;
    });
    if (given === undefined) return;
    const { credential } = given;
    const isRevoked = credential.revokedAt !== undefined && credential.revokedAt <= from;
    if (!isRevoked && !isAlive(credential, from)) return;
    const { times = 1, lasts = 0, address = this.#random.pick(addresses), mints } = deed;
    this.#calls.push({
      ...{ action, address, credential: credential.id, owner: id, from, until: from + lasts, times },
      projects: deed.projects ?? [this.#random.pick(projects)],
      ...(isRevoked ? { refusal: 'token_revoked' } : mints === undefined ? {} : { mints }),
    });
  }
}

interface Deed {
  readonly projects?: readonly [string, ...string[]];
  readonly times?: number;
  readonly lasts?: number;
  readonly address?: string;
  readonly mints?: string;
}

type Routine = (shift: Shift, random: Random, day: number, rhythm: { offset: number; hours: number }) => void;

const ROUTINES: Record<Machine['work'], Routine> = {
  /** A look every few hours, told what to write by what it found. */
  vendor: (shift, random, day, { offset, hours }) => {
    const { machine } = shift;
    const scopes = machine.tokens[0].credential.scopes ?? [];
    for (let hour = 0; hour < 24; hour += hours) {
      const at = dayStart(day) + hour * HOUR + offset + random.int(0, 8 * MINUTE);
      const projects = someOf(random, machine.projects, random.int(1, 6));
      if (scopes.some((scope) => scope === 'api' || scope === 'read_api')) {
        shift.does('api-read', at, { projects, times: random.int(3, 80), lasts: random.int(1, 50) * MINUTE });
      }
      if (scopes.includes('api') && random.chance(0.3)) {
        shift.does('api-write', at + MINUTE, { projects, times: random.int(1, 6), lasts: random.int(1, 10) * MINUTE });
      }
      if (scopes.includes('read_repository') && random.chance(scopes.length === 1 ? 0.8 : 0.2)) {
        shift.does('clone', at + 2 * MINUTE, { projects, times: projects.length, lasts: 5 * MINUTE });
      }
      if (scopes.includes('write_repository') && random.chance(0.25)) {
        shift.does('push', at + 4 * MINUTE, { times: random.int(1, 4), lasts: 5 * MINUTE });
      }
      if (scopes.includes('api') && random.chance(0.001)) shift.does('webhook-created', at + 5 * MINUTE, {});
    }
  },
  /** Clones a share of all projects every night and asks for news by day. */
  scanner: (shift, random, day) => {
    const [address] = shift.machine.addresses;
    const projects = someOf(random, PROJECTS, 20);
    const night = dayStart(day) + 2 * HOUR + random.int(0, 20) * MINUTE;
    shift.does('clone', night, { projects, times: projects.length, lasts: 40 * MINUTE, address });
    for (let hour = 5; hour < 24; hour += 3) {
      const at = dayStart(day) + hour * HOUR + random.int(0, 30) * MINUTE;
      shift.does('api-read', at, { projects, times: random.int(20, 120), lasts: 15 * MINUTE, address });
    }
  },
  release: (shift, random, day) => {
    const count = isWeekend(day) ? random.int(0, 1) : random.int(1, 4);
    for (let number = 0; number < count; number += 1) {
      const at = dayStart(day) + random.int(8 * 60, 18 * 60) * MINUTE;
      const scopes = shift.machine.tokens[0].credential.scopes ?? [];
      const address = random.pick(shift.machine.addresses);
      if (scopes.includes('api')) shift.does('api-read', at, { times: random.int(2, 20), lasts: 2 * MINUTE, address });
      shift.does('push', at + 3 * MINUTE, { times: random.int(1, 2), lasts: MINUTE, address });
      if (scopes.includes('api')) shift.does('api-write', at + 5 * MINUTE, { times: random.int(1, 3), address });
    }
  },
  /** Reads every state of affairs, makes the day's preview token, and on many days a webhook or a member. */
  terraform: (shift, random, day) => {
    const address = random.pick(shift.machine.addresses);
    const start = dayStart(day) + 4 * HOUR + random.int(0, 6) * MINUTE;
    shift.does('api-read', start, { projects: PROJECTS, times: random.int(300, 600), lasts: 25 * MINUTE, address });
    const some = someOf(random, PROJECTS, random.int(10, 25));
    shift.does('variable-read', start + 2 * MINUTE, {
      projects: some,
      times: 2 * some.length,
      lasts: 10 * MINUTE,
      address,
    });
    const preview = shift.previewOf(day);
    if (preview !== undefined) {
      const [{ credential }] = preview.tokens;
      shift.does('token-created', credential.createdAt, { projects: preview.projects, mints: credential.id, address });
    }
    const after = start + 27 * MINUTE;
    if (random.chance(0.5)) shift.does('webhook-created', after, { address });
    if (random.chance(0.5)) shift.does('member-added', after + MINUTE, { address });
    shift.does('api-write', after + 2 * MINUTE, { times: random.int(2, 20), lasts: 3 * MINUTE, address });
    if (isWeekend(day)) return;
    const noon = dayStart(day) + random.int(10 * 60, 15 * 60) * MINUTE;
    shift.does('api-read', noon, { projects: PROJECTS, times: random.int(300, 600), lasts: 20 * MINUTE });
    shift.does('variable-read', noon + MINUTE, { projects: some, times: some.length, lasts: 8 * MINUTE });
  },
  /** Lives for two days after it was made. */
  preview: (shift, random, day) => {
    const { createdAt } = shift.machine.tokens[0].credential;
    const age = dayStart(day + 1) - createdAt;
    if (age < 0 || age > 2 * DAY) return;
    for (let number = 0; number < random.int(2, 5); number += 1) {
      const at = dayStart(day) + random.int(5 * 60, 20 * 60) * MINUTE;
      shift.does('clone', at, { times: random.int(1, 3), lasts: 2 * MINUTE });
      shift.does('api-read', at + 3 * MINUTE, { times: random.int(3, 30), lasts: 10 * MINUTE });
    }
  },
  /** Fetches every few minutes, which is told by the hour. */
  cluster: (shift, random, day, { offset }) => {
    const { projects } = shift.machine;
    for (let hour = 0; hour < 24; hour += 1) {
      const at = dayStart(day) + hour * HOUR + offset;
      shift.does('clone', at, { projects, times: random.int(18, 24), lasts: 59 * MINUTE });
    }
  },
  backup: (shift, random, day) => {
    const at = dayStart(day) + 1.5 * HOUR + random.int(0, 5) * MINUTE;
    shift.does('clone', at, { projects: PROJECTS, times: PROJECTS.length, lasts: random.int(70, 110) * MINUTE });
  },
  mirror: (shift, random, day, { offset }) => {
    const { projects } = shift.machine;
    for (let hour = 0; hour < 24; hour += 1) {
      const at = dayStart(day) + hour * HOUR + offset;
      shift.does('clone', at, { projects, times: projects.length, lasts: 6 * MINUTE });
      if (random.chance(0.25)) shift.does('push', at + 8 * MINUTE, { times: random.int(1, 3), lasts: MINUTE });
    }
  },
  /** Twice a working day, at the same times. */
  report: (shift, random, day, { offset, hours }) => {
    if (isWeekend(day)) return;
    for (const hour of [5 + hours, 13 + hours]) {
      const at = dayStart(day) + hour * HOUR + offset;
      const projects = someOf(random, shift.machine.projects, random.int(3, 10));
      shift.does('api-read', at, { projects, times: random.int(50, 400), lasts: random.int(4, 25) * MINUTE });
    }
  },
  deploy: (shift, random, day) => {
    for (let number = 0; number < random.int(2, 6); number += 1) {
      shift.does('clone', dayStart(day) + random.int(0, 24 * 60 - 5) * MINUTE, {
        times: random.int(1, 3),
        lasts: MINUTE,
      });
    }
  },
};

/** Jobs clone their project, ask the API for a few things and now and then read a file of another project. */
function pipelineCalls({ seed, pipelines }: Cast): GitlabCall[] {
  const random = randomFor(seed, 'pipeline-calls');
  return pipelines.flatMap(({ credential, owner, project, address, from, until }) => {
    const base = { address, credential: credential.id, owner, projects: [project] } as const;
    const began = from + random.int(10, 90) * 1000;
    const jobs = random.int(1, 6);
    const calls: GitlabCall[] = [
      { ...base, action: 'clone', from: began, until: jobs === 1 ? began : until - MINUTE, times: jobs },
      { ...base, action: 'api-read', from: began + MINUTE, until: until - 1, times: random.int(2, 15) },
    ];
    const another = { ...base, projects: [random.pick(PROJECTS)], from: began + 2 * MINUTE, until: until - 1 } as const;
    return random.chance(0.12) ? [...calls, { ...another, action: 'file-read', times: random.int(1, 3) }] : calls;
  });
}
