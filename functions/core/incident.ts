import type { EpochMs } from './time.ts';

/** What on-call sees as one thing. Stored per incident; claims (credential → incident) are stored beside it. */
export interface Incident {
  readonly id: string;
  readonly openedAt: EpochMs;
  /** When it last took evidence; it takes more until 24 h after that, and 7 days after opening at most. */
  readonly lastEvidenceAt: EpochMs;
  /** Case that opened it. */
  readonly caseId: string;
  /** Credential ids that reached page level in it, sorted. */
  readonly pagedCredentials: readonly string[];
  /** Every credential id in it, sorted. */
  readonly credentials: readonly string[];
  /** From where those that were paged were seen, by owner (`core/same-news.ts`), sorted. Missing: of nobody known. */
  readonly pagedPlaces?: readonly string[];
  /** Fingerprints of all evidence it holds (`Finding.evidence`), sorted. */
  readonly evidence: readonly string[];
  /** Notifying pages so far; the n-th has `dedup_key` `<id>/<n>`. */
  readonly pages: number;
  /** Who ordered each page, by its number: `<caseId>#<look>`. */
  readonly pagedBy?: Readonly<Record<number, string>>;
  /** Paged credentials whose page PagerDuty never accepted, sorted: whoever sees one of them next pages it again. */
  readonly undeliveredCredentials?: readonly string[];
  /** A younger incident bridged to an older one points there, and takes neither evidence nor pages any more. */
  readonly linkedTo?: string;
  /** Optimistic lock: each write names the version it read. */
  readonly version: number;
}

/** One event to send to PagerDuty: a page that notifies, or a silent update of an alert that is already open. */
export interface PageOrder {
  readonly incidentId: string;
  /** `<incidentId>/<n>`. */
  readonly dedupKey: string;
  readonly kind: 'page' | 'update';
  /** Credential ids to present, the worst first. */
  readonly credentials: readonly string[];
  /** Those of them that nobody was told of before, sorted; pages only. */
  readonly paging?: readonly string[];
  /** Why it is sent now, for the event's details. */
  readonly why: string;
}
