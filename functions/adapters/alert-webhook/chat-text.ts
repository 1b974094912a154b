import { labelText } from '../../core/hostile-text.ts';

/**
 * Makes text that others wrote safe to show in a chat, whatever its markup: no link, no mention, no tag. Hosts of the
 * monitored zone stay readable: a link to one's own site is nobody's trap.
 */
export type Inert = (text: string, maxLength: number) => string;

/** @param zone Name of the monitored zone; anything but a plain host name counts as none. */
export function inertFor(zone: string | undefined): Inert {
  const own = zone === undefined || !/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(zone) ? undefined : disarmedHost(zone);
  return (text, maxLength) => {
    // Secrets were taken out before; ids that look like some are to stay.
    const inert = labelText(text.replace(OTHER_DOTS, '[.]'), maxLength);
    return own === undefined ? inert : inert.replace(own, (host) => host.replaceAll('[.]', '.'));
  };
}

/** What browsers take for the dot of a host name, too. */
const OTHER_DOTS = /[\u3002\uFF0E\uFF61]/g;

/** The zone or a host of it as `labelText` writes it, where it is no part of a longer name. */
function disarmedHost(zone: string): RegExp {
  const name = `(?:[a-z0-9-]{1,63}\\[\\.\\])*${zone.replaceAll('.', '\\[\\.\\]')}`;
  return new RegExp(`(?<![\\p{L}\\p{N}_.\\]-])${name}(?![\\p{L}\\p{N}_-]|\\[?\\.\\]?[\\p{L}\\p{N}_-])`, 'gu');
}

/** The text with its HTML control characters as entities, never ending inside of one. */
export function escaped(text: string, maxLength: number): string {
  const whole = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  if (whole.length <= maxLength) return whole;
  const cut = whole.slice(0, maxLength - 1).replace(/&[a-z]{0,4}$/, '');
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}…`;
}
