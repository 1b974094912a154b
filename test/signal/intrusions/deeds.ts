import type { EpochMs } from '../../../functions/core/time.ts';
import type { Random } from '../../../infra/local/scenario/random.ts';
import { PROJECTS } from '../projects.ts';
import { someOf } from '../random-for.ts';
import type { CallAction, GitlabCall, SimCredential } from '../truth.ts';
import { Errand, type Thief } from './errand.ts';
import { allows } from './rights.ts';
import type { Scene } from './scene.ts';
import type { Loot } from './terrain.ts';

/** How far an intruder goes: looks whether it opens, takes a little in passing, or takes what there is. */
export type Zeal = 'look' | 'visit' | 'plunder';

/** Credentials in hand, and what was done with them. */
export interface Robbery {
  readonly calls: readonly GitlabCall[];
  readonly minted: readonly SimCredential[];
  /** When it was over. */
  readonly until: EpochMs;
}

/** A third of all intruders only look; the others read much and take what they can. */
export function someZeal(random: Random): Zeal {
  return random.chance(1 / 3) ? 'look' : 'plunder';
}

/** A stolen credential at work from one address, first use at `from`. */
export function rob(
  scene: Scene,
  loot: Loot,
  from: EpochMs,
  thief: Pick<Thief, 'address' | 'lateBy'>,
  zeal: Zeal = someZeal(scene.random),
): Robbery {
  const { credential } = loot;
  const errand = new Errand(scene, { ...thief, credential: credential.id, owner: credential.owner.id }, from);
  looks(scene, loot, errand, zeal === 'plunder');
  if (zeal === 'visit') takes(scene, loot, errand, scene.random.pick(TAKEN_IN_PASSING));
  if (zeal === 'plunder') for (const action of plan(scene.random)) takes(scene, loot, errand, action);
  const keeps = errand.minted.map((minted) => enjoys(scene, minted, errand.now, thief));
  return {
    calls: [...errand.calls, ...keeps.flatMap(({ calls }) => calls)],
    minted: errand.minted,
    until: errand.now,
  };
}

/** One deed that the credential is not there for, done once; whether it allows it is the caller's business. */
export function takes(scene: Scene, { credential, reach }: Loot, errand: Errand, action: CallAction): void {
  if (!allows(credential, action)) return;
  const { random } = scene;
  const some = (most: number) => someOf(random, reach, random.int(1, Math.min(most, reach.length)));
  switch (action) {
    case 'clone': {
      const projects = someOf(random, reach, random.int(Math.min(3, reach.length), Math.min(40, reach.length)));
      errand.does('clone', projects, projects.length, random.int(4000, 25_000));
      return;
    }
    case 'variable-read':
    case 'file-read': {
      const projects = some(10);
      errand.does(action, projects, projects.length * random.int(1, 3), random.int(1000, 8000));
      return;
    }
    case 'project-export': {
      const projects = some(3);
      errand.does(action, projects, projects.length, random.int(10_000, 60_000));
      return;
    }
    case 'token-created':
      errand.mintsProjectToken(random.pick(reach));
      return;
    default:
      errand.does(action, [random.pick(reach)], 1, 0);
  }
}

const TAKEN_IN_PASSING: readonly [CallAction, ...CallAction[]] = ['clone', 'file-read', 'api-read', 'clone'];

/** What most take, and what only some dare. */
function plan(random: Random): CallAction[] {
  const daring: readonly [CallAction, number][] = [
    ['clone', 0.85],
    ['variable-read', 0.4],
    ['file-read', 0.4],
    ['project-export', 0.15],
    ['webhook-created', 0.15],
    ['member-added', 0.15],
    ['token-created', 0.3],
  ];
  return daring.flatMap(([action, probability]) => (random.chance(probability) ? [action] : []));
}

/** Whose is it, and what does it open? A credential for repositories only is told no, or just used for one. */
function looks(scene: Scene, { credential, reach }: Loot, errand: Errand, thorough: boolean): void {
  const { random } = scene;
  if (allows(credential, 'api-read')) {
    const projects = someOf(random, reach, random.int(1, Math.min(thorough ? 25 : 4, reach.length)));
    errand.does('api-read', projects, random.int(3, thorough ? 80 : 12), random.int(1500, thorough ? 6000 : 20_000));
    return;
  }
  if (credential.kind !== 'deploy-token' && random.chance(0.4)) {
    errand.does('api-read', [reach[0]], random.int(1, 2), 1500, { refusal: 'insufficient_scope' });
  }
  const action = allows(credential, 'file-read') && random.chance(0.5) ? 'file-read' : 'clone';
  errand.does(action, [random.pick(reach)], random.int(1, 2), 20_000);
}

/** A token of the intruder's making is tried, and used when it is the better one. */
function enjoys(
  scene: Scene,
  minted: SimCredential,
  from: EpochMs,
  thief: Pick<Thief, 'address' | 'lateBy'>,
): Pick<Robbery, 'calls'> {
  if (!scene.random.chance(0.6)) return { calls: [] };
  return { calls: usesMinted(scene, minted, from, thief) };
}

/** The new token at work: a look around, then often a clone. */
export function usesMinted(
  scene: Scene,
  minted: SimCredential,
  from: EpochMs,
  thief: Pick<Thief, 'address' | 'lateBy'>,
): readonly GitlabCall[] {
  const reach: readonly [string, ...string[]] = minted.resource === undefined ? PROJECTS : [minted.resource];
  const errand = new Errand(scene, { ...thief, credential: minted.id, owner: minted.owner.id }, from);
  errand.does('api-read', [reach[0]], scene.random.int(2, 10), 4000);
  const loot: Loot = { credential: minted, reach, uses: [], habits: new Set(), networks: new Set() };
  if (scene.random.chance(0.7)) takes(scene, loot, errand, 'clone');
  return errand.calls;
}
