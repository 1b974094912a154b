import { DAY, type EpochMs, HOUR, MINUTE } from '../../../functions/core/time.ts';
import type { Random } from './random.ts';
import { CAST, DRIPS, TOKENS } from './sample-cast.ts';
import type { Holder } from './sample-people.ts';
import type { TrueUse } from './world.ts';

/** Every true use of a token, up to `start` and a little beyond: ordinary ones by habit, and the story's. */
export function usesOf(holder: Holder, start: EpochMs, random: Random): TrueUse[] {
  const { createdAt, expiresAt, revokedAt } = holder.token;
  const end = Math.min(expiresAt ?? start + 2 * HOUR, revokedAt ?? start + 2 * HOUR, start + 2 * HOUR);
  const lived = (use: TrueUse) => use.at >= createdAt && use.at < end;
  return [...ordinary(holder, start, random), ...told(holder.token.id, start)].filter(lived);
}

/** A place now and then over the last days; tokens in daily use also within the last hour. */
function ordinary({ habit, places, token }: Holder, start: EpochMs, random: Random): TrueUse[] {
  const main = places[0] ?? CAST.office;
  if (habit === 'dormant') {
    return random.chance(0.5) ? [] : [{ at: token.createdAt + random.int(1, 60) * HOUR, address: main }];
  }
  const uses: TrueUse[] = [];
  const days = token.id === TOKENS.stale ? 75 : 9;
  const until = token.id === TOKENS.stale ? start - 61 * DAY : start - 3 * HOUR;
  for (let at = start - days * DAY; at < until; at += random.int(5, 30) * HOUR) {
    const address = random.chance(0.8) ? main : (places.at(-1) ?? main);
    uses.push({ at: at + random.int(0, 3 * HOUR), address });
  }
  const busy = habit !== 'home' && habit !== 'story';
  if (busy || (habit === 'home' && random.chance(0.4))) {
    for (let at = start - random.int(40, 70) * MINUTE; at < start + 70 * MINUTE; at += random.int(7, 23) * MINUTE) {
      uses.push({ at, address: main });
    }
  }
  return uses;
}

/** What the story's tokens did. Nothing here is later than `start`: a later look finds nothing new. */
function told(id: number, start: EpochMs): TrueUse[] {
  const [first, second] = CAST.intruder;
  const ago = (minutes: number, address: string): TrueUse => ({ at: start - Math.round(minutes * MINUTE), address });
  switch (id) {
    case TOKENS.stolen:
      return [ago(9, first), ago(6.4, second), ago(4.9, first), ago(3.1, second)];
    case TOKENS.belowTheCut:
      return [ago(6, CAST.belowTheCut)];
    case TOKENS.neighbour:
      return [ago(7.5, CAST.neighbourToken)];
    case TOKENS.stale:
      return [{ at: start - 60 * DAY, address: CAST.stale }];
    case TOKENS.unscored:
      return [ago(8, CAST.unscored)];
    case TOKENS.worker:
      return [ago(5, CAST.worker)];
    case TOKENS.solver:
      return [ago(6.5, CAST.solvers[0])];
    case TOKENS.drip:
      return DRIPS.map((minutes) => ago(minutes, CAST.drip));
    default:
      return [];
  }
}
