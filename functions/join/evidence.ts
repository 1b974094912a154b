import type { CaseState } from '../core/case.ts';
import { unavailable } from '../core/coverage.ts';
import type { TokenEvidence } from '../core/evidence.ts';
import type { SightingReport } from '../core/sighting.ts';
import { EvidenceGapError } from '../runtime/errors.ts';

/** What Step Functions hands on when a step failed for good. */
export interface StepFailure {
  readonly Error: string;
  readonly Cause: string;
}

/** Where the step that extracts sightings stored them. */
export interface SightingReader {
  loadSightings(caseId: string, look: number): Promise<SightingReport | undefined>;
}

/** The reading of GitLab that a look is linked to; undefined where there is none. */
export type ReadEvidence = (caseId: string, look: number) => Promise<TokenEvidence | undefined>;

/**
 * The look's sightings. Where the step that extracts them failed for good, an empty list that says so: the case goes
 * on, and a later look may see more.
 */
export async function loadSightings(
  cases: SightingReader,
  state: CaseState,
  failure: StepFailure | undefined,
): Promise<SightingReport> {
  const stored = failure === undefined ? await cases.loadSightings(state.caseId, state.look) : undefined;
  return (
    stored ?? {
      sightings: [],
      whole: false,
      coverage: unavailable(reason(state.trigger === 'hunt' ? 'Axiom' : 'Cloudflare', failure)),
    }
  );
}

/** The look's GitLab reading; where there is none, an empty one whose coverage says that GitLab could not be asked. */
export async function loadEvidence(
  read: ReadEvidence,
  state: CaseState,
  failure: StepFailure | undefined,
): Promise<TokenEvidence> {
  const stored = failure === undefined ? await read(state.caseId, state.look) : undefined;
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

/** Reads a look's evidence through the link that the GitLab step left. */
export function readLinkedEvidence(
  cases: { loadReadingId(caseId: string, look: number): Promise<string | undefined> },
  readings: { load(readingId: string): Promise<TokenEvidence> },
): ReadEvidence {
  return async (caseId, look) => {
    const readingId = await cases.loadReadingId(caseId, look);
    if (readingId === undefined) return undefined;
    try {
      return await readings.load(readingId);
    } catch (error) {
      // Fails toward "could not look": a reading that is gone is no reading, and the coverage says so.
      if (error instanceof EvidenceGapError) return undefined;
      throw error;
    }
  };
}
