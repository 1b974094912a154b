import type { CaseFile } from '../../core/case-file.ts';
import type { EpochMs } from '../../core/time.ts';

/** Everything the page of one case is made of; each of its sections takes all of it. */
export interface CasePageFacts {
  readonly file: CaseFile;
  readonly now: EpochMs;
  /** Milliseconds that a sighting and a use may lie apart (setting `window.slackMinutes`). */
  readonly slack: number;
  /** Minutes after the first look at which there are more (setting `looks.minutes`). */
  readonly lookMinutes: readonly number[];
  /** Score from which a finding pages (setting `page.threshold`). */
  readonly threshold: number;
  /** Root of the GitLab site; undefined: no links there. */
  readonly gitlabUrl: string | undefined;
  /** Name of this deployment. */
  readonly environment: string;
  /** Where the whole evidence can be had as JSON: a path with its own signature. */
  readonly evidenceHref: string;
  /** Until when all of the case is kept; missing where that is not known. */
  readonly keptUntil?: EpochMs;
  /** Axiom dataset of Cloudflare's requests (setting `axiom.cloudflareDataset`); missing: no query for it is shown. */
  readonly axiomDataset?: string | undefined;
  /** Its column of client addresses, where that is not Logpush's `ClientIP`. */
  readonly axiomAddressField?: string | undefined;
}
