const DAY_MINUTES = 24 * 60;

/**
 * Longest time between two runs of an EventBridge rate or cron expression, in minutes; infinite where it does not run on
 * every day alike.
 */
export function longestPause(schedule: string): number {
  return Math.max(...pausesOf(schedule));
}

/** The shortest one, in minutes; infinite likewise. */
export function shortestPause(schedule: string): number {
  return Math.min(...pausesOf(schedule));
}

function pausesOf(schedule: string): readonly number[] {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule) ?? [];
  return count === undefined ? pausesOfCron(schedule) : [Number(count) * (UNIT_MINUTES[unit] ?? 1)];
}

const UNIT_MINUTES: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: DAY_MINUTES };

function pausesOfCron(schedule: string): readonly number[] {
  const [minutes = '', hours = '', ...days] = schedule.slice('cron('.length, -1).split(' ');
  if (days.some((field) => field !== '*' && field !== '?')) return [Number.POSITIVE_INFINITY];
  const runs = valuesOf(hours, 24).flatMap((hour) => valuesOf(minutes, 60).map((minute) => hour * 60 + minute));
  const [first] = runs;
  if (first === undefined) return [Number.POSITIVE_INFINITY];
  return runs.map((run, index) => (runs[index + 1] ?? first + DAY_MINUTES) - run);
}

/** What a field stands for, ascending and below `count`. */
function valuesOf(field: string, count: number): number[] {
  const parts = field.split(',').map((part) => stepsOf(part, count));
  return Array.from({ length: count }, (_, value) => value).filter((value) =>
    parts.some(({ from, to, step }) => value >= from && value <= to && (value - from) % step === 0),
  );
}

// One part of a field: `*`, `5`, `1-5`, or any of them with a step, as in `5/15`.
function stepsOf(part: string, count: number): { from: number; to: number; step: number } {
  const [range = '', step] = part.split('/');
  const [from, to] = range === '*' ? [0, count - 1] : range.split('-').map(Number);
  const last = to ?? (step === undefined ? from : count - 1);
  return { from: from ?? 0, to: last ?? 0, step: Number(step ?? 1) };
}
