import type { CaseState } from '../core/case.ts';
import { unavailable } from '../core/coverage.ts';
import type { TokenEvidence } from '../core/evidence.ts';
import type { SightingReport } from '../core/sighting.ts';

/** What Step Functions hands on when a step failed for good. */
export interface StepFailure {
  readonly Error: string;
  readonly Cause: string;
}

/** What the two steps before this one stored. */
export interface EvidenceReader {
  loadSightings(caseId: string, look: number): Promise<SightingReport | undefined>;
  loadEvidence(caseId: string, look: number): Promise<TokenEvidence | undefined>;
}

/**
 * The look's sightings. Where the step that extracts them failed for good, an empty list that says so: the case goes
 * on, and a later look may see more.
 */
export async function loadSightings(
  cases: EvidenceReader,
  state: CaseState,
  failure: StepFailure | undefined,
): Promise<SightingReport> {
  const stored = failure === undefined ? await cases.loadSightings(state.caseId, state.look) : undefined;
  return stored ?? { sightings: [], whole: false, coverage: unavailable(reason('Cloudflare', failure)) };
}

/** The look's GitLab reading; where there is none, an empty one whose coverage says that GitLab could not be asked. */
export async function loadEvidence(
  cases: EvidenceReader,
  state: CaseState,
  failure: StepFailure | undefined,
): Promise<TokenEvidence> {
  const stored = failure === undefined ? await cases.loadEvidence(state.caseId, state.look) : undefined;
  if (stored !== undefined) return stored;
  const why = unavailable(reason('GitLab', failure));
  return {
    window: { start: Date.parse(state.window.start), end: Date.parse(state.window.end) },
    readAt: Date.parse(state.window.end),
    credentials: [],
    uses: [],
    coverage: { inventory: why, audit: why },
    realIpMissing: false,
  };
}

/** Only the error's name: its cause may hold anything. */
function reason(system: string, failure: StepFailure | undefined): string {
  return failure === undefined
    ? `${system} was not read at this look.`
    : `${system} could not be read at this look: the step ended with ${failure.Error}.`;
}
