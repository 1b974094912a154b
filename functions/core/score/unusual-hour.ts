import { plural } from '../amount-text.ts';
import { hourOf } from '../days-seen.ts';
import { daysOnNetwork, isExactlyTimed } from '../token-use.ts';
import { ENOUGH_DAYS, part, type ScoreRule } from './network-evidence.ts';

/** An hour more is overtime; three are another time zone. */
const HARMLESS = 1;
const FULL = 3;

/**
 * Used hours away from any hour of the day (UTC) at which it or its owner worked before, where they never worked: a late
 * night at home is none of our business.
 */
export const unusualHour: ScoreRule = ({ credential, network, matches }, weight) => {
  const { habits } = credential;
  if (habits === undefined || habits.days < ENOUGH_DAYS || habits.hours.length === 0) return undefined;
  if (daysOnNetwork(credential, network) > 0) return undefined;
  let farthest = { hour: 0, distance: 0 };
  for (const { use } of matches) {
    if (use.strength === 'refused' || !isExactlyTimed(use)) continue;
    const hour = hourOf(use.at.notAfter);
    const distance = Math.min(...habits.hours.map((usual) => apart(hour, usual)));
    const isFarther = distance > farthest.distance || (distance === farthest.distance && hour < farthest.hour);
    if (isFarther) farthest = { hour, distance };
  }
  const { hour, distance } = farthest;
  if (distance <= HARMLESS) return undefined;
  const sentence = `Neither it nor its owner worked within ${plural(distance - 1, 'hour', 'hours')} of ${hour}:00 UTC before.`;
  return part('unusual-hour', `${hour} h`, weight, (distance - HARMLESS) / (FULL - HARMLESS), sentence);
};

/** Hours between two hours of the day, the shorter way round. */
function apart(a: number, b: number): number {
  const distance = Math.abs(a - b);
  return Math.min(distance, 24 - distance);
}
