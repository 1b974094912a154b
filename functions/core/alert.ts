import type { EpochMs } from './time.ts';

/**
 * What a Cloudflare notification says, whichever envelope it came in (`reference/cloudflare.md` §1–2). Everything in it
 * was written by others and most of it may be missing; only the times and the text are certain.
 */
export interface Alert {
  /** Cloudflare's `alert_type`, for example `clickhouse_alert_fw_anomaly`. Unknown types are kept as they came. */
  readonly alertType?: string;
  /** Cloudflare's `alert_event`, for example `ALERT_STATE_EVENT_START`. */
  readonly event?: string;
  /** Opaque: a UUID in the documentation, a 19-digit number in a live capture. */
  readonly correlation?: string;
  /** When the attack began by the alert, else when the notification was sent, else when it was received. */
  readonly startedAt: EpochMs;
  /** When it ended, where the alert says so. */
  readonly endedAt?: EpochMs;
  /** 32 lower-case hex digits. */
  readonly zoneId?: string;
  readonly zoneName?: string;
  readonly hostname?: string;
  /** Events or requests per second, by the alert type; its own store, so never equal to what GraphQL counts. */
  readonly count?: number;
  readonly ruleId?: string;
  /** Absolute `https:` link into the dashboard. */
  readonly link?: string;
  /** The alert's own sentence and the texts of its data, one a line, bounded. Hostile text. */
  readonly text: string;
  /** Address literals found in `text` by `findAddresses`, as written there; bounded. */
  readonly addresses: readonly string[];
  readonly receivedAt: EpochMs;
  /** What had to be guessed or corrected while reading it, one sentence each. */
  readonly notes: readonly string[];
}
