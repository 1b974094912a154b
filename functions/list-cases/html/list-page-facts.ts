import type { CaseFilters, CaseListing, RunningNow } from '../../core/case-list.ts';
import type { Incident } from '../../core/incident.ts';
import type { EpochMs } from '../../core/time.ts';

/** Everything the list of cases is made of. */
export interface ListPageFacts {
  /** The newest first, each as its own state is. */
  readonly listings: readonly CaseListing[];
  /** Ids of those whose state could not be read: they are as they were last listed. */
  readonly asListed: ReadonlySet<string>;
  /** How many of them were listed as something else than their state is. Filters go by what was listed. */
  readonly outrun: number;
  readonly filters: CaseFilters;
  /** What is in flight. Undefined: could not be asked, which is not "nothing runs". */
  readonly running: RunningNow | undefined;
  readonly incidents: ListedIncidents;
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
  /** When a case is looked at again, in minutes after its first look (setting `looks.minutes`). */
  readonly lookMinutes: readonly number[];
  readonly now: EpochMs;
  /** Name of this deployment. */
  readonly environment: string;
}

/** Incidents of the cases listed. */
export interface ListedIncidents {
  /** Those that were read, the newest first. */
  readonly shown: readonly Incident[];
  /** How many the cases name. */
  readonly total: number;
  /** Of those that were to be read: not stored (any more), or broken for good. */
  readonly gone: number;
  /** Of those that were to be read: could not be read now. */
  readonly unread: number;
  /** A case has more incidents than a list names. */
  readonly more: boolean;
}
