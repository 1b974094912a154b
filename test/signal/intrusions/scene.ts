import type { EpochMs } from '../../../functions/core/time.ts';
import type { Random } from '../../../infra/local/scenario/random.ts';
import type { Places } from '../places.ts';
import type { GitlabCall, SimCredential, WebActivity, WebClient } from '../truth.ts';
import type { Loot, Terrain } from './terrain.ts';

/** Where and when one intrusion is played. */
export interface Scene {
  readonly terrain: Terrain;
  readonly places: Places;
  readonly random: Random;
  /** When it is to begin, about. */
  readonly at: EpochMs;
  /** What this intruder goes for on the web. */
  readonly target: { readonly zone: string; readonly host: string };
  /** An intrusion by somebody else that this one falls into: the same storm, the same carrier NAT. */
  readonly amid: Attack | undefined;
  /**
   * A credential to steal: live for a day to come (a job's: for its hour), worth something, its owner left alone for 8
   * days before and after. No owner twice in one scene. Latchkey's own and jobs' only when asked for. Undefined:
   * nobody fits.
   */
  steal(fits?: (loot: Loot) => boolean, among?: 'tokens' | 'jobs' | 'own'): Loot | undefined;
  /** A number for a credential or account of the intruder's making; no other scene has it. */
  number(): number;
}

/** What an intruder did. */
export interface Attack {
  readonly web: readonly WebActivity[];
  readonly calls: readonly GitlabCall[];
  /** Credentials of the intruder's making, and old ones that only the intruder still has. */
  readonly credentials?: readonly SimCredential[];
  /** Who sent no request to a site, and is somewhere all the same. */
  readonly clients?: readonly WebClient[];
  /** `Credential.id` of a browser session, which is in no call. */
  readonly session?: string;
}

/** One way to break in; undefined where the scene has nothing for it (another time may). */
export type Play = (scene: Scene) => Attack | undefined;
