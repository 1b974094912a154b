import type { CaseFile } from '../core/case-file.ts';
import { type EpochMs, toIso } from '../core/time.ts';

/** When the document is made, and by which deployment. */
export interface EvidenceFacts {
  readonly now: EpochMs;
  readonly environment: string;
}

/** Everything that is known about a case, as JSON. */
export function evidenceText(file: CaseFile, { now, environment }: EvidenceFacts): string {
  return JSON.stringify({ format: 'latchkey-case/1', madeAt: toIso(now), environment, ...file }, null, 1);
}
