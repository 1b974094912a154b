import type { AlertMessage } from '../../core/alert-message.ts';
import type { RawEvent } from '../../core/alert-metrics.ts';

/** Named in every body; another where a field changes its meaning or goes. New fields may come without. */
const SCHEMA = 'latchkey.alert/1';

/** Bytes of a body as JSON in UTF-8: what queues and functions behind webhooks commonly take. */
export const GENERIC_BYTES = 256_000;
/** Room for the note about what was left out, and for the longer number. */
const NOTE_BYTES = 256;

/**
 * The whole alert as JSON, described by `generic.schema.json` beside this file. At most {@link GENERIC_BYTES}: the
 * smallest groups of raw events are left out first, and counted. Texts are clean but not escaped.
 */
export function genericBody(message: AlertMessage): object {
  const { groups, leftOut, more } = message.rawEvents;
  const empty = bodyWith(message, [], leftOut + groups.length, more);
  const kept = fitting(groups, GENERIC_BYTES - NOTE_BYTES - bytesOf(empty));
  if (kept.length === groups.length) return bodyWith(message, groups, leftOut, more);
  const cut = groups.length - kept.length;
  const note = `The ${cut} smallest of ${groups.length} groups of raw events were left out, to stay within ${GENERIC_BYTES} bytes.`;
  return bodyWith({ ...message, notes: [...message.notes, note] }, kept, leftOut + cut, more);
}

function bodyWith(message: AlertMessage, groups: readonly RawEvent[], leftOut: number, more: boolean): object {
  const { version: _, metrics, gitlab, gitlabWindow, rawEvents: __, ...rest } = message;
  return {
    schema: SCHEMA,
    ...rest,
    gitlab: { ...gitlab, window: gitlabWindow },
    metrics: Object.fromEntries(metrics.map(({ name, ...metric }) => [name, metric])),
    rawEvents: { groups, leftOut, more },
  };
}

/** The first groups whose JSON, with a comma each, has at most so many bytes. */
function fitting(groups: readonly RawEvent[], bytes: number): readonly RawEvent[] {
  let left = bytes;
  const end = groups.findIndex((group) => {
    left -= bytesOf(group) + 1;
    return left < 0;
  });
  return end === -1 ? groups : groups.slice(0, end);
}

function bytesOf(value: object): number {
  return Buffer.byteLength(JSON.stringify(value), 'utf8');
}
