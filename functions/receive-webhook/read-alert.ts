import { findAddresses } from '../core/address.ts';
import type { Alert } from '../core/alert.ts';
import { DAY, type EpochMs, toIso } from '../core/time.ts';
import { definedOf, type Envelope } from './envelope.ts';
import { countOf, textsOf, timeOf, wordOf } from './fields.ts';

/** The state in which an alert says that it is over (`reference/cloudflare.md` §1.1). */
const END = 'ALERT_STATE_EVENT_END';
/** As far back as Cloudflare's tables reach at most (`reference/cloudflare.md` §4.2). */
const OLDEST_START = 31 * DAY;
/** UTF-16 code units of text kept with the case, and texts of `data` that go into it. */
const TEXT_LENGTH = 32_000;
const TEXTS = 500;
/** No documented alert names an address (`reference/cloudflare.md` §2.2): those that do are few. */
const ADDRESSES = 200;

/** Whether the notification says that an attack is over. */
export function isEnd(envelope: Envelope): boolean {
  return envelope.event === END;
}

/** When the attack began as the notification has it, uncorrected: its own start time, else when it was sent. */
export function statedStart(envelope: Envelope): EpochMs | undefined {
  return timeOf(envelope.data, 'alert_start_time', 'start_time') ?? envelope.sentAt;
}

/**
 * What the notification says, in the order of `reference/cloudflare.md` §2.3. A start in the future or more than 31 days
 * back is moved to the nearer of the two and noted: a wrong clock must not cost a case.
 */
export function readAlert(envelope: Envelope, now: EpochMs): Alert {
  const { data } = envelope;
  const notes: string[] = [];
  const startedAt = plausibleStart(statedStart(envelope), now, notes);
  const text = textOf(envelope);
  return {
    ...definedOf({
      alertType: envelope.alertType,
      event: envelope.event,
      correlation: envelope.correlation,
      endedAt: plausibleEnd(envelope, startedAt, now),
      zoneId: zoneIdOf(wordOf(data, 'zone_tag', 'zone_id')),
      zoneName: hostOf(wordOf(data, 'zone_name', 'target_zone_name')),
      hostname: hostOf(wordOf(data, 'target_hostname', 'hostname')),
      count: countOf(data, 'events_count', 'requests_per_second'),
      ruleId: wordOf(data, 'rule_id', 'ruleset_id'),
      link: linkOf(wordOf(data, 'dashboard_link')),
    }),
    startedAt,
    text,
    addresses: findAddresses(text, ADDRESSES),
    receivedAt: now,
    notes,
  };
}

function plausibleStart(stated: EpochMs | undefined, now: EpochMs, notes: string[]): EpochMs {
  if (stated === undefined) {
    notes.push('The alert names no start; the time it arrived is taken.');
    return now;
  }
  if (stated > now) {
    notes.push(`The alert names a start in the future (${toIso(stated)}); the time it arrived is taken.`);
    return now;
  }
  if (stated < now - OLDEST_START) {
    notes.push(`The alert names a start more than 31 days back (${toIso(stated)}); 31 days back is taken.`);
    return now - OLDEST_START;
  }
  return stated;
}

function plausibleEnd(envelope: Envelope, startedAt: EpochMs, now: EpochMs): EpochMs | undefined {
  const stated =
    timeOf(envelope.data, 'alert_end_time', 'end_time') ?? (isEnd(envelope) ? (envelope.sentAt ?? now) : undefined);
  return stated === undefined || stated < startedAt ? undefined : Math.min(stated, now);
}

function zoneIdOf(word: string | undefined): string | undefined {
  const id = word?.toLowerCase() ?? '';
  return /^[0-9a-f]{32}$/.test(id) ? id : undefined;
}

/** A host or zone name, lower-case and without its root dot; undefined for what cannot be one. */
function hostOf(word: string | undefined): string | undefined {
  const name = word?.toLowerCase().replace(/\.$/, '') ?? '';
  return name.length <= 253 && /^[\p{L}\p{N}*_-][\p{L}\p{N}._-]*$/u.test(name) ? name : undefined;
}

/** Links are shown to on-call: https, and Cloudflare's own dashboard, or none. The scheme may be missing (§2.3). */
function linkOf(word: string | undefined): string | undefined {
  if (word === undefined) return undefined;
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(word) ? word : `https://${word}`);
  const ours = url?.protocol === 'https:' && /(?:^|\.)cloudflare\.com$/.test(url.hostname) && url.username === '';
  return url !== null && ours ? url.href : undefined;
}

function textOf({ text, data }: Envelope): string {
  const lines = textsOf(data, TEXTS).map((found) => `${found.name}: ${found.text}`);
  return [text, ...lines].join('\n').slice(0, TEXT_LENGTH);
}
