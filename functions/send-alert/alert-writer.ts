import { bodyOf, formatOf } from '../adapters/alert-webhook/format.ts';
import { composeAlert } from '../core/alert-message.ts';
import type { SendAlertServices } from './send-alert.ts';
import type { Settings } from './settings.ts';

/** Writes alerts as whoever listens at `url` takes them; undefined where alerts are switched off. */
export function alertWriter(
  format: Settings['alert']['format'],
  url: () => Promise<string>,
): SendAlertServices['write'] {
  if (format === 'off') return undefined;
  return async (facts) => bodyOf(composeAlert(facts), formatOf(format, await url()));
}
