import { Annotations, Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { WINDOWS_PER_RUN } from '../../functions/core/hunt.ts';
import { longestPause } from '../schedule.ts';
import type { NodeFunction } from './node-function.ts';

export interface SchedulesProps {
  readonly startHunt: NodeFunction;
  /** An EventBridge cron expression, UTC. */
  readonly huntSchedule: string;
  readonly monitor: MonitorSchedule;
}

export interface MonitorSchedule {
  readonly poll: NodeFunction;
  /** An EventBridge rate or cron expression, UTC. */
  readonly schedule: string;
  /** Hours of security events that a poll reads. */
  readonly windowHours: number;
}

/**
 * What Latchkey does by the clock. EventBridge rules: they hand the instant they fired for to the function, so that a
 * run that is late or repeated is about the same hours.
 *
 * An event that cannot be delivered is dropped, without a dead-letter queue: nobody would read it, as the next run starts
 * every hour that is unfinished, or reads every event of the monitor's hours, and an alarm tells when no run comes.
 */
export class Schedules extends Construct {
  constructor(scope: Construct, id: string, { startHunt, huntSchedule, monitor }: SchedulesProps) {
    super(scope, id);
    this.#hunt(startHunt, huntSchedule);
    this.#poll(monitor);
  }

  /**
   * A run that fails is repeated twice by Lambda, as it is for every asynchronous invocation; each hour is claimed before
   * it is started, so a repetition starts none twice.
   */
  #hunt(startHunt: NodeFunction, schedule: string): void {
    const rule = new Rule(this, 'HuntRule', {
      description: 'Hunts: starts a case for each hour that is due, and takes the inventory of credentials.',
      schedule: Schedule.expression(schedule),
      targets: [new LambdaFunction(startHunt, { retryAttempts: 2, maxEventAge: Duration.hours(1) })],
    });
    if (longestPause(schedule) > WINDOWS_PER_RUN * 60) {
      Annotations.of(rule).addWarningV2(
        'latchkey:huntsFallBehind',
        `hunt.schedule: ${schedule} pauses longer than ${WINDOWS_PER_RUN} hours, and a run takes ${WINDOWS_PER_RUN} hours ` +
          'at most: hunts would fall behind and hours would be left out',
      );
    }
  }

  /** Never repeated, here nor by Lambda: the next poll reads the same hours. Two polls at once alert once, by their claims. */
  #poll({ poll, schedule, windowHours }: MonitorSchedule): void {
    const rule = new Rule(this, 'MonitorRule', {
      description: 'The monitor: reads the security events of the last hours and starts a case where they alert.',
      schedule: Schedule.expression(schedule),
      targets: [new LambdaFunction(poll, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
    });
    if (longestPause(schedule) > windowHours * 60) {
      Annotations.of(rule).addWarningV2(
        'latchkey:eventsUnread',
        `monitor.schedule: ${schedule} pauses longer than the ${windowHours} hours of monitor.windowHours that a poll ` +
          'reads: events in between would be read by nobody',
      );
    }
  }
}
