import type { Alert } from './alert.ts';
import type { AlertOrder } from './alert-order.ts';
import type { Analysis } from './analysis.ts';
import type { CaseState, Trigger } from './case.ts';
import type { Coverage } from './coverage.ts';
import { worstFirst } from './evidence-ids.ts';
import type { Finding } from './finding.ts';
import type { Incident, PageOrder } from './incident.ts';
import type { MonitorFilter } from './monitor.ts';
import type { EventsPicture } from './security-events.ts';
import type { SightingReport } from './sighting.ts';
import type { EpochMs } from './time.ts';
import type { TokenUse } from './token-use.ts';
import type { Traffic } from './traffic.ts';

/** Everything that is stored about one case, as somebody reads it who was not there. */
export interface CaseFile {
  readonly caseId: string;
  readonly trigger: Trigger;
  readonly openedAt: EpochMs;
  /** Missing: opened, and no look was joined yet. */
  readonly state?: CaseState;
  /** What a Cloudflare notification said; spikes only. */
  readonly alert?: Alert;
  /** Which security events the case is about; monitors only. */
  readonly filter?: MonitorFilter;
  /** When notifications said that the attack ended, oldest first. */
  readonly ends: readonly EpochMs[];
  /** Oldest first; a look that stored nothing is missing. */
  readonly looks: readonly CaseLook[];
  /** What was ordered from PagerDuty, the oldest look first. */
  readonly pages: readonly CasePageOrder[];
  /** What was ordered from the alert webhook, the oldest look first; monitors only. */
  readonly alerts: readonly CaseAlertOrder[];
  /** Those of the state's incidents that could be read. */
  readonly incidents: readonly Incident[];
  /** What GitLab knew at the newest look that has a reading, of the credentials found. */
  readonly uses?: CredentialUses;
  /** What is stored and could not be read, one plain sentence each: it is not "nothing". */
  readonly unread: readonly string[];
}

/** What one look stored. A missing part was not stored, which is not the same as empty. */
export interface CaseLook {
  /** 1 is the first; 0 holds what a monitor's poll saw that began the case. */
  readonly look: number;
  /** When its coverage was last stored, which is when it was joined. */
  readonly at?: EpochMs;
  readonly sightings?: SightingReport;
  readonly traffic?: Traffic;
  readonly findings?: readonly Finding[];
  readonly coverage?: Coverage;
  readonly analysis?: Analysis;
  readonly picture?: EventsPicture;
}

/** A page or silent update, and when PagerDuty accepted it. */
export interface CasePageOrder {
  readonly order: PageOrder;
  readonly look: number;
  readonly sentAt?: EpochMs;
}

/** An alert, and when the alert webhook took it. */
export interface CaseAlertOrder extends AlertOrder {
  readonly sentAt?: EpochMs;
}

/** Every use of some credentials that one reading of GitLab holds, the unsuspicious ones too. */
export interface CredentialUses {
  readonly readAt: EpochMs;
  /** The oldest first; at most {@link USES_KEPT} of each credential, those of matched networks before others. */
  readonly uses: readonly TokenUse[];
  /** Uses of these credentials beyond those kept. */
  readonly leftOut: number;
}

/** The most uses of one credential that a case file holds. */
export const USES_KEPT = 200;

/** Of each credential the newest finding of any look, the worst first: what a page of the case is about. */
export function currentFindings({ looks }: Pick<CaseFile, 'looks'>): Finding[] {
  const newest = new Map(looks.flatMap(({ findings }) => findings ?? []).map((one) => [one.credential.id, one]));
  return worstFirst([...newest.values()]);
}

/** The newest look that stored a part of that name, or undefined where none did. */
export function newestWith<Part extends keyof CaseLook>(
  { looks }: CaseFile,
  part: Part,
): (CaseLook & { readonly [Name in Part]-?: NonNullable<CaseLook[Name]> }) | undefined {
  return looks.findLast((look): look is CaseLook & { readonly [Name in Part]-?: NonNullable<CaseLook[Name]> } => {
    return look[part] !== undefined;
  });
}
