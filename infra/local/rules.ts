import { randomUUID } from 'node:crypto';
import { arrayAt, parseJson, stringAt } from './json.ts';
import { LOCAL_ACCOUNT, type Resource, type Template } from './template.ts';

/** A scheduled EventBridge rule of the template. */
export interface Rule {
  readonly path: string;
  readonly arn: string;
  readonly schedule: string;
  readonly targets: readonly { readonly arn: string; readonly input: string | undefined }[];
}

/** The enabled rules with a schedule, in the template's order. */
export function readRules(template: Template): Rule[] {
  return template.ofType('AWS::Events::Rule').flatMap((resource) => {
    const schedule = stringAt(resource.properties, 'ScheduleExpression');
    if (schedule === undefined || stringAt(resource.properties, 'State') === 'DISABLED') return [];
    return [{ path: resource.path, arn: template.arn(resource.logicalId), schedule, targets: targetsOf(resource) }];
  });
}

/** The rule of a trigger: the one whose construct is named after it. */
export function ruleOf(rules: readonly Rule[], trigger: string): Rule | undefined {
  return rules.find((rule) => rule.path.toLowerCase().includes(trigger));
}

/** What EventBridge hands to a target at this instant: its own input where the rule gives one, else the event. */
export function eventOfRule(rule: Rule, target: Rule['targets'][number], at: number, region: string): unknown {
  if (target.input !== undefined) return parseJson(target.input) ?? target.input;
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: LOCAL_ACCOUNT,
    // EventBridge writes whole seconds.
    time: `${new Date(at).toISOString().slice(0, 19)}Z`,
    region,
    resources: [rule.arn],
    detail: {},
  };
}

/**
 * Milliseconds from `now` until the schedule's next instant, UTC. `rate(…)` counts from `now`; `cron(…)` is understood
 * where it says only minutes (a number, a list, a step, or every one) and everything else is open; undefined otherwise.
 */
export function untilNext(schedule: string, now: number): number | undefined {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule);
  if (rate?.[1] !== undefined && rate[2] !== undefined) return Number(rate[1]) * (UNIT_MS[rate[2]] ?? MINUTE_MS);
  const minutes = minutesOf(schedule);
  if (minutes === undefined || minutes.size === 0) return undefined;
  let next = Math.floor(now / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  while (!minutes.has(new Date(next).getUTCMinutes())) next += MINUTE_MS;
  return next - now;
}

const MINUTE_MS = 60_000;
const UNIT_MS: Readonly<Record<string, number>> = { minute: MINUTE_MS, hour: 60 * MINUTE_MS, day: 1440 * MINUTE_MS };

function minutesOf(schedule: string): Set<number> | undefined {
  const field = /^cron\((\S+) \* [*?] [*?] [*?] \*\)$/.exec(schedule)?.[1];
  if (field === undefined) return undefined;
  const step = /^(\*|\d+)(?:\/(\d+))?$/.exec(field);
  if (step?.[2] !== undefined || field === '*') {
    const from = step?.[1] === '*' ? 0 : Number(step?.[1] ?? 0);
    const by = Math.max(1, Number(step?.[2] ?? 1));
    return new Set(Array.from({ length: 60 }, (_, minute) => minute).filter((m) => m >= from && (m - from) % by === 0));
  }
  return /^\d+(,\d+)*$/.test(field) ? new Set(field.split(',').map(Number)) : undefined;
}

function targetsOf(resource: Resource): Rule['targets'] {
  return arrayAt(resource.properties, 'Targets').map((target) => ({
    arn: stringAt(target, 'Arn') ?? '',
    input: stringAt(target, 'Input'),
  }));
}
