import { type EpochMs, HOUR, MINUTE } from '../../functions/core/time.ts';
import type { Places } from './places.ts';
import { randomFor } from './random-for.ts';
import { dayStart, isWeekend, STORY_DAYS } from './span.ts';
import type { Person } from './staff.ts';
import type { SimCredential } from './truth.ts';

/** A pipeline whose jobs clone and call the API with a job token of whoever started it. */
export interface Pipeline {
  readonly credential: SimCredential;
  /** Who started it: the token's owner. */
  readonly owner: number;
  readonly project: string;
  /** The runner, canonical text. */
  readonly address: string;
  readonly from: EpochMs;
  readonly until: EpochMs;
}

/** Pipelines on the fixed and the autoscaled runners, by `from`. A job token dies an hour after its pipeline began. */
export function makePipelines(seed: number, places: Places, staff: readonly Person[]): Pipeline[] {
  const random = randomFor(seed, 'pipelines');
  const pipelines: Pipeline[] = [];
  for (let day = 0; day < STORY_DAYS; day += 1) {
    const there = staff.filter(({ firstDay }) => firstDay <= day);
    const count = isWeekend(day) ? random.int(4, 8) : random.int(20, 30);
    for (let number = 0; number < count; number += 1) {
      const person = there[random.int(0, there.length - 1)];
      if (person === undefined) continue;
      const runners = random.chance(0.4) ? places.autoscaledRunners : places.fixedRunners;
      const from =
        dayStart(day) + (random.int(9 * 60, 18 * 60) - person.utcOffset * 60) * MINUTE + random.int(0, 59_999);
      const address = random.pick(runners.addresses);
      const until = from + random.int(4, 45) * MINUTE;
      const credential = jobToken(70_000 + pipelines.length, person, from);
      pipelines.push({ credential, owner: person.id, project: random.pick(person.projects), address, from, until });
    }
  }
  return pipelines.sort((a, b) => a.from - b.from);
}

function jobToken(number: number, { id, username }: Person, at: EpochMs): SimCredential {
  const life = { createdAt: at, expiresAt: at + HOUR };
  return { id: `job/${number}`, kind: 'ci-job', owner: { id, username }, enterprise: true, ...life };
}
