import { MINUTE } from '../../core/time.ts';

/** The lengths, in minutes, of a span in which requests are counted together: none crosses a full hour. */
const SPAN_MINUTES = [15, 12, 10, 6, 5, 4, 3, 2, 1];

/**
 * The length of the spans in which requests are counted, in milliseconds: no longer than the slack (but for one of less
 * than a minute), so that a span matches what its requests would match one by one.
 */
export function spanFor(slackMs: number): number {
  return MINUTE * (SPAN_MINUTES.find((minutes) => minutes * MINUTE <= slackMs) ?? 1);
}
