import { DAY, type EpochMs, MINUTE } from '../../../functions/core/time.ts';
import type { CallAction, GitlabCall, SimCredential } from '../truth.ts';
import type { Scene } from './scene.ts';

/** Somebody at the keyboard (or a script) with a credential: one thing done after the other from one address. */
export interface Thief {
  readonly address: string;
  /** `Credential.id`; undefined in a browser session. */
  readonly credential: string | undefined;
  readonly owner: number;
  /** Milliseconds by which every source shows it late. */
  readonly lateBy?: number;
}

type Projects = readonly [string, ...string[]];

/** Writes down what a thief does, in order of time. */
export class Errand {
  readonly calls: GitlabCall[] = [];
  readonly minted: SimCredential[] = [];
  readonly #scene: Scene;
  readonly #thief: Thief;
  /** When the next deed begins. */
  now: EpochMs;

  constructor(scene: Scene, thief: Thief, from: EpochMs) {
    this.#scene = scene;
    this.#thief = thief;
    this.now = Math.round(from);
  }

  /** `times` requests, the first one now, about `everyMs` apart; then a short pause. */
  does(action: CallAction, projects: Projects, times: number, everyMs: number, more: Partial<GitlabCall> = {}): this {
    const until = this.now + (times === 1 ? 0 : Math.round((times - 1) * everyMs));
    const { address, credential, owner, lateBy } = this.#thief;
    const late = lateBy === undefined ? {} : { lateBy };
    this.calls.push({ from: this.now, until, times, address, credential, owner, action, projects, ...late, ...more });
    this.now = until;
    return this.waits(2000, 40_000);
  }

  waits(leastMs: number, mostMs: number): this {
    this.now += this.#scene.random.int(Math.round(leastMs), Math.round(mostMs));
    return this;
  }

  /** A project token of the intruder's making, with a bot user of its own. */
  mintsProjectToken(project: string): SimCredential {
    const { random } = this.#scene;
    const number = this.#scene.number();
    const credential: SimCredential = {
      id: `token/${number}`,
      kind: 'project',
      name: random.pick(['deploy', 'ci', 'sync', 'renovate-2', 'backup']),
      scopes: ['api', 'write_repository'],
      owner: { id: number, username: `project_${number % 997}_bot_${random.hex(32)}`, bot: true },
      accessLevel: 40,
      resource: project,
      createdAt: this.now,
      expiresAt: this.now + 364 * DAY,
      active: true,
      enterprise: false,
    };
    return this.#mints(credential, project);
  }

  /** A personal token, as anybody can make one for the account whose session they hold. */
  mintsPersonalToken(of: SimCredential, project: string): SimCredential {
    const credential: SimCredential = {
      id: `token/${this.#scene.number()}`,
      kind: 'personal',
      name: this.#scene.random.pick(['laptop', 'cli', 'git', 'test']),
      scopes: ['api'],
      owner: of.owner,
      createdAt: this.now,
      expiresAt: this.now + 30 * DAY,
      active: true,
      enterprise: of.enterprise,
    };
    return this.#mints(credential, project);
  }

  #mints(credential: SimCredential, project: string): SimCredential {
    this.does('token-created', [project], 1, MINUTE, { mints: credential.id });
    this.minted.push(credential);
    return credential;
  }
}
