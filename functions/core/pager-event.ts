/** A PagerDuty Events v2 event without its routing key (`reference/pagerduty.md` §1). */
export interface PagerEvent {
  readonly event_action: 'trigger' | 'resolve';
  /** At most {@link DEDUP_KEY_LENGTH} characters. The same key and routing key is the same alert. */
  readonly dedup_key: string;
  /** Triggers only. */
  readonly payload?: PagerPayload;
  readonly links?: readonly { readonly href: string; readonly text: string }[];
  readonly client?: string;
  readonly client_url?: string;
}

export interface PagerPayload {
  /** At most {@link SUMMARY_LENGTH} characters: the title of the alert. */
  readonly summary: string;
  readonly source: string;
  readonly severity: 'critical' | 'warning';
  /** ISO 8601, UTC. */
  readonly timestamp: string;
  readonly component: string;
  readonly group: string;
  readonly class: 'token-abuse' | 'pipeline-health';
  readonly custom_details: Readonly<Record<string, unknown>>;
}

/** Limits of `reference/pagerduty.md` §1, in UTF-16 code units. */
export const SUMMARY_LENGTH = 1024;
export const DEDUP_KEY_LENGTH = 255;

/** The largest event we send, in bytes with its routing key. PagerDuty takes 512 kB; people read far less. */
export const EVENT_BYTES = 64 * 1024;
