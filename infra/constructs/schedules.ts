import { Annotations, Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { WINDOWS_PER_RUN } from '../../functions/core/hunt.ts';
import { longestPause } from '../hunt-schedule.ts';
import type { NodeFunction } from './node-function.ts';

export interface SchedulesProps {
  readonly startHunt: NodeFunction;
  /** An EventBridge cron expression, UTC. */
  readonly huntSchedule: string;
}

/**
 * What Latchkey does by the clock. EventBridge rules: they hand the instant they fired for to the function, so that a
 * run that is late or repeated is about the same hours.
 *
 * An event that cannot be delivered is dropped, without a dead-letter queue: nobody would read it, as the next run starts
 * every hour that is unfinished, and an alarm tells when no run comes. A run that fails is repeated twice by Lambda, as
 * it is for every asynchronous invocation; each hour is claimed before it is started, so a repetition starts none twice.
 */
export class Schedules extends Construct {
  constructor(scope: Construct, id: string, { startHunt, huntSchedule }: SchedulesProps) {
    super(scope, id);
    const rule = new Rule(this, 'HuntRule', {
      description: 'Hunts: starts a case for each hour that is due, and takes the inventory of credentials.',
      schedule: Schedule.expression(huntSchedule),
      targets: [new LambdaFunction(startHunt, { retryAttempts: 2, maxEventAge: Duration.hours(1) })],
    });
    if (longestPause(huntSchedule) > WINDOWS_PER_RUN * 60) {
      Annotations.of(rule).addWarningV2(
        'latchkey:huntsFallBehind',
        `hunt.schedule: ${huntSchedule} pauses longer than ${WINDOWS_PER_RUN} hours, and a run takes ${WINDOWS_PER_RUN} hours ` +
          'at most: hunts would fall behind and hours would be left out',
      );
    }
  }
}
