import { count } from './amount-text.ts';
import type { MonitorCase } from './case.ts';
import type { EventsPicture } from './security-events.ts';
import { HOUR, MINUTE } from './time.ts';

/** How long the span of the poll was, as `24 h` or `40 min`; empty where it cannot be told. */
export function pollSpan({ window }: Pick<MonitorCase, 'window'>): string {
  return spanText(Date.parse(window.end) - Date.parse(window.start));
}

/** {@link pollSpan} of what was read at a look. */
export function pictureSpan({ window }: Pick<EventsPicture, 'window'>): string {
  return spanText(window.end - window.start);
}

/** Whether a look read as long a span as the poll, as people would tell it: totals of both mean the same then. */
export function isSpanOfPoll(picture: Pick<EventsPicture, 'window'>, monitor: Pick<MonitorCase, 'window'>): boolean {
  return pictureSpan(picture) === pollSpan(monitor);
}

function spanText(length: number): string {
  if (!Number.isFinite(length)) return '';
  return length >= HOUR ? `${count(length / HOUR)} h` : `${count(length / MINUTE)} min`;
}
