import type { Match } from '../core/finding.ts';
import type { OperatorUse } from '../core/operators.ts';
import type { SightingReport } from '../core/sighting.ts';
import type { Window } from '../core/time.ts';

/** What a look saw, and how it goes together with the evidence from GitLab. */
export interface Related {
  /** The sightings with everything that was learned by asking back. */
  readonly seen: SightingReport;
  readonly matches: readonly Match[];
  /** The time that findings are judged by. */
  readonly window: Window;
  /** Hunts: keys of pairs that the hunt of the next window might see again (`core/pair-owner.ts`). */
  readonly lateKeys: readonly string[];
  /** Hunts: from which network operators' addresses people and machines worked. */
  readonly operators: readonly OperatorUse[];
}
