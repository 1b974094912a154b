import type { CaseFilters, CaseListing, RunningExecution } from '../../core/case-list.ts';
import type { Incident } from '../../core/incident.ts';
import type { EpochMs } from '../../core/time.ts';

/** Everything the list of cases is made of. */
export interface ListPageFacts {
  /** The newest first. */
  readonly listings: readonly CaseListing[];
  readonly filters: CaseFilters;
  /** What is in flight, the newest first. Undefined: could not be asked, which is not "nothing runs". */
  readonly running: readonly RunningExecution[] | undefined;
  /** Of the cases listed, the newest first. Undefined: could not be read. */
  readonly incidents: readonly Incident[] | undefined;
  /** Where the list goes on with older cases; undefined where there are none. */
  readonly older: string | undefined;
  /** Reading ended before enough cases were found that meet the filters: there may be more behind {@link older}. */
  readonly stoppedEarly: boolean;
  /** Cases that are listed and whose entry could not be read, among those looked through. */
  readonly unread: number;
  /** This list is a continuation: newer cases are not on it. */
  readonly isContinued: boolean;
  /** The same list, filtered so, from the newest case on: a path with its own signature. */
  readonly hrefOf: (filters: CaseFilters) => string;
  /** The page of a case: a path with its own signature. */
  readonly caseHref: (caseId: string) => string;
  /** For how many days a case is kept (setting `retentionDays`). */
  readonly retentionDays: number;
  readonly now: EpochMs;
  /** Name of this deployment. */
  readonly environment: string;
}
