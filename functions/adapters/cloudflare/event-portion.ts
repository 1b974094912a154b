import { type EpochMs, HOUR, MINUTE, toIso, type Window } from '../../core/time.ts';
import { EvidenceGapError } from '../../runtime/errors.ts';
import type { NodeLimits } from './capabilities.ts';
import { nameOf } from './rung.ts';
import { latestWindow } from './windows.ts';
import type { ZoneRef } from './zones.ts';

/** How much of a zone's security events is asked for at once. */
export interface Portion {
  readonly window: Window;
  /** Of how many rows a page may have, this part is asked for: one in so many. */
  readonly divisor: number;
  /** Without what a client, or a rule's author, can make long. */
  readonly withoutTexts: boolean;
  readonly halvings: number;
}

/** 16 kB each, and the answer is too large long before its rows are many. */
const LONG_TEXTS: readonly string[] = ['clientRequestPath', 'description'];
const SHRINK = 4;
const HALVINGS = 3;
/** A window shorter than wanted by no more than that is the margin that Cloudflare's limits need. */
const NOTABLE_MS = 5 * MINUTE;

export function wholePortion(window: Window): Portion {
  return { window, divisor: 1, withoutTexts: false, halvings: 0 };
}

/**
 * What to ask for where that was too much at once: fewer rows, then no long texts, and only then fewer hours, the newest
 * ones, as they are what an alert is about. Undefined: it stays too much.
 * @param fixed The window stays as it is
 */
export function smaller(portion: Portion, fixed = false): Portion | undefined {
  const { window, halvings } = portion;
  if (portion.divisor === 1) return { ...portion, divisor: SHRINK };
  if (!portion.withoutTexts) return { ...portion, withoutTexts: true };
  if (fixed || halvings >= HALVINGS) return undefined;
  const half = Math.floor((window.end - window.start) / 2000) * 1000;
  return half <= 0
    ? undefined
    : { ...portion, window: { start: window.end - half, end: window.end }, halvings: halvings + 1 };
}

/** Those of the fields that the portion asks for. */
export function fieldsOf(portion: Portion, fields: readonly string[]): readonly string[] {
  return portion.withoutTexts ? fields.filter((field) => !LONG_TEXTS.includes(field)) : fields;
}

/** Rows of a page, where the node or our memory allows so many. */
export function rowsIn(portion: Portion, most: number): number {
  return Math.max(1, Math.floor(most / portion.divisor));
}

/**
 * The newest part of the window that the node keeps and tells at once (`reference/cloudflare.md` §13.8).
 * @throws EvidenceGapError when it keeps nothing of it
 */
export function newestPart(window: Window, limits: NodeLimits, now: EpochMs): Window {
  const latest = latestWindow(window, limits, now);
  if (latest === undefined)
    throw new EvidenceGapError('Cloudflare keeps no security events of this zone for that long');
  return latest.window;
}

/** The reason for a window much shorter than the wanted one. */
export function shorterThan(wanted: Window, read: Window, zone: ZoneRef): string[] {
  if (read.start - wanted.start <= NOTABLE_MS) return [];
  const hours = (span: Window) => Math.round((10 * (span.end - span.start)) / HOUR) / 10;
  return [
    `For ${nameOf(zone)} Cloudflare told the security events of ${hours(read)} h, not of ${hours(wanted)} h: nothing before ${toIso(read.start)} was read.`,
  ];
}

/** What people are told where a portion left long texts out. */
export function withoutTexts(zone: ZoneRef): string {
  return `${nameOf(zone)}: paths and descriptions of events were left out, as an answer with them was too large.`;
}
