import type { EpochMs } from '../../../functions/core/time.ts';
import type { World } from './world.ts';

/** A webhook body to post, and what should come of it. */
export interface SampleDelivery {
  /** Short name for the trace. */
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The answer it should get, and the `token-abuse` pages its case should send. */
  readonly expected: { readonly status: 200 | 202; readonly pages: number };
}

/** Settings the sample needs, merged over `cdk.json`'s. */
export const SAMPLE_SETTINGS: Readonly<Record<string, unknown>> = {};

/** The built-in story, laid out around `start`. */
export function sampleWorld(start: EpochMs, seed = 1): World {
  throw new Error(`the sample for ${start}, ${seed} is not written yet`);
}

/** What to post to play the sample. */
export function sampleDeliveries(world: World): readonly SampleDelivery[] {
  return world.start === 0 ? [] : [];
}
