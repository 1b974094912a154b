import type { MonitorCase } from './case.ts';
import type { EventsPicture } from './security-events.ts';

/** How well a number is known. */
export interface Precision {
  /** An estimate from samples. */
  readonly estimated: boolean;
  /** There may be more. */
  readonly lowerBound: boolean;
}

/** How well a monitor's total is known, by the poll that counted it. */
export function pollPrecision({ isEstimate, isLowerBound }: MonitorCase): Precision {
  return { estimated: isEstimate, lowerBound: isLowerBound };
}

/** How well the total is known that a look counted. */
export function readPrecision({ sampleInterval, totalIsLowerBound }: EventsPicture): Precision {
  return { estimated: sampleInterval > 1, lowerBound: totalIsLowerBound };
}

/** A whole number with its thousands grouped: `1,204`. */
export function count(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}

/** `1 address`, `2 addresses`. */
export function plural(number: number, one: string, many: string): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** A number that says how well it is known: `1,204`, `about 1,204`, `at least about 1,204`. */
export function amount(number: number, { estimated, lowerBound }: Precision): string {
  return `${lowerBound ? 'at least ' : ''}${estimated ? 'about ' : ''}${count(number)}`;
}
