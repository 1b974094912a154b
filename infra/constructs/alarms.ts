import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { longestPause, shortestPause } from '../schedule.ts';
import type { NodeFunction } from './node-function.ts';
import type { MonitorSchedule } from './schedules.ts';

export interface AlarmsProps {
  readonly workflow: IStateMachine;
  readonly receiver: NodeFunction;
  readonly startHunt: NodeFunction;
  /** The cron expression that start-hunt is run by. */
  readonly huntSchedule: string;
  readonly monitor: MonitorSchedule;
  /** The functions of the workflow. */
  readonly tasks: readonly NodeFunction[];
  readonly api: HttpApi;
  /** SNS topic that hears of every alarm; '' when nobody does. */
  readonly topicArn: string;
}

interface AlarmText {
  /** What no longer works, for someone who has never seen this system. */
  readonly impact: string;
  readonly firstStep: string;
}

/** Watches Latchkey itself. Each alarm says what breaks and where to look first; the README repeats none of it. */
export class Alarms extends Construct {
  readonly #topic;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#topic = props.topicArn === '' ? undefined : Topic.fromTopicArn(this, 'Topic', props.topicArn);
    this.#watchWorkflow(props.workflow);
    for (const task of [props.receiver, ...props.tasks]) this.#watchErrors(task, COST_OF_FAILURE[task.step]);
    this.#watchHunts(props.startHunt, props.huntSchedule);
    this.#watchPolls(props.monitor);
    this.#watchFrontDoor(props.receiver, props.api);
  }

  #watchWorkflow(workflow: IStateMachine): void {
    this.#alarm('WorkflowFailed', workflow.metricFailed(PERIOD), 1, {
      impact: 'A case broke off: its findings may not be known, or a page did not reach PagerDuty.',
      firstStep: 'Open the failed execution in Step Functions; the state "Page undelivered" means: page by hand, now.',
    });
    this.#alarm('WorkflowTimedOut', workflow.metricTimedOut(PERIOD), 1, {
      impact: 'A case did not end in its time: later looks at it are missing.',
      firstStep: 'Open the execution in Step Functions and see which state it stood in.',
    });
  }

  #watchErrors(run: NodeFunction, { impact, firstStep }: Partial<AlarmText> = {}): void {
    this.#alarm(`${run.node.id}Errors`, run.metricErrors(PERIOD), 1, {
      impact: `Function ${run.step} failed. ${impact ?? 'The workflow tries again and goes on without what it could not learn.'}`,
      firstStep:
        firstStep ?? `Read the last error in the log group of function ${run.step}; its message names the cause.`,
    });
  }

  /** Nobody misses a hunt that never began: silence of the function that starts them is an alarm of its own. */
  #watchHunts(startHunt: NodeFunction, schedule: string): void {
    this.#watchErrors(startHunt, {
      impact:
        'Hours may wait to be hunted, and the inventory of credentials may be missing: times of token uses get vaguer. ' +
        'Lambda repeats it twice, and the next run catches up.',
    });
    const silence = silenceOf(schedule, 60);
    this.#alarm(
      'HuntsStopped',
      startHunt.metricInvocations({ period: silence.period, statistic: Stats.SUM }),
      1,
      {
        impact:
          `Function start-hunt has not been run for ${silence.words}: nothing is hunted and no inventory of credentials is taken. ` +
          'Only after the first deployment is this expected, until the first run.',
        firstStep:
          'Open the rule of the hunts in EventBridge and see that it is enabled and that its invocations do not fail.',
      },
      silence.alarm,
    );
  }

  /**
   * One failed poll loses nothing, as the next one reads the same hours; three in a row mean that nobody looks. A poll that
   * never began is watched for by itself: it leaves neither an error nor a point to count.
   */
  #watchPolls({ poll, schedule }: MonitorSchedule): void {
    const { period, count, words } = failuresOf(schedule);
    this.#alarm(
      'PollsFailed',
      poll.metricErrors({ period, statistic: Stats.SUM }),
      1,
      {
        impact: `${words}: no zone’s security events can be read or judged, and an attack would alert nobody.`,
        firstStep:
          'Read the last error in the log group of function poll-security-events: mostly Cloudflare’s token or its limits.',
      },
      { evaluationPeriods: count },
    );
    const silence = silenceOf(schedule, 5);
    this.#alarm(
      'PollsStopped',
      poll.metricInvocations({ period: silence.period, statistic: Stats.SUM }),
      1,
      {
        impact:
          `Function poll-security-events has not been run for ${silence.words}: an attack would alert nobody. ` +
          'Only after the first deployment is this expected, until the first poll.',
        firstStep:
          'Open the rule of the monitor in EventBridge and see that it is enabled and that its invocations are not throttled.',
      },
      silence.alarm,
    );
  }

  /** Throttles are watched where nobody tries again: the workflow repeats its own tasks, and fails when that is no use. */
  #watchFrontDoor(receiver: NodeFunction, api: HttpApi): void {
    this.#alarm('WebhookThrottled', receiver.metricThrottles(PERIOD), 1, {
      impact: 'Cloudflare’s alerts are turned away: spikes may go unseen.',
      firstStep: 'Look at the account’s concurrent executions of Lambda and raise the quota if they are used up.',
    });
    // Also all that tells of the functions that take streamed audit events and show cases: what they cannot do, they
    // answer with 5xx, and what breaks them API Gateway does.
    this.#alarm('WebhookFailures', api.metricServerError(PERIOD), 1, {
      impact:
        'Cloudflare’s alerts or streamed audit events could not be stored, or pages of cases could not be shown: spikes ' +
        'may go unseen unless Cloudflare sends them again, GitLab’s events are lost, and on-call cannot read the case.',
      firstStep:
        'See the route in the API’s access log and read the log group of the function behind it: receive-webhook, ' +
        'receive-audit-events, show-case or list-cases; 503 means that the table or the workflow refused.',
    });
    this.#alarm('WebhookRefusals', api.metricClientError(PERIOD), 20, {
      impact:
        'Many requests are refused: the secret at Cloudflare or GitLab is not ours, somebody is guessing it or links to ' +
        'cases, or more is streamed than is let through.',
      firstStep:
        'See route, status and address in the API’s access log; after a rotation keep both secrets for a while, and ' +
        'for status 429 of the stream raise webhook.streamRatePerSecond. Status 403 of the page of a case is a link that ' +
        'has ended or was made up.',
    });
  }

  #alarm(
    id: string,
    metric: IMetric,
    threshold: number,
    { impact, firstStep }: AlarmText,
    when: Partial<AlarmProps> = {},
  ): void {
    const alarm = new Alarm(this, id, {
      metric,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // Nothing happened is the normal state of a system that waits for attacks.
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...when,
      alarmDescription: `${impact} First step: ${firstStep}`,
    });
    if (this.#topic !== undefined) alarm.addAlarmAction(new SnsAction(this.#topic));
  }
}

const PERIOD = { period: Duration.minutes(5), statistic: Stats.SUM };

/** What a function's failure costs, where that is more than a look's evidence. */
const COST_OF_FAILURE: Readonly<Record<string, Partial<AlarmText>>> = {
  'write-report': {
    impact:
      'It is tried again; where that is no use, the hour is missing from the correlation dataset until the next hunt writes it.',
  },
  'send-alert': {
    impact: 'An alert of the monitor was not delivered; polls try it again, an hour apart at most, until it is.',
    firstStep:
      'Read the last error in the log group of function send-alert: it says what the webhook answered. The event "alert-webhook" of class pipeline-health is resolved once nothing is undelivered.',
  },
};

/** CloudWatch looks back a week at most, and a day where a period is shorter than an hour (PutMetricAlarm, `EvaluationPeriods`). */
const WEEK_HOURS = 168;

/** Failed polls in a row that are an alarm. */
const FAILED_POLLS = 3;

/**
 * Points in which each poll has one of its own, and how many failed ones in a row are told. A period without a poll is
 * passed over: CloudWatch takes the points before it instead. Where the days are not alike, or polls are far apart, no
 * such period exists, and each failed poll is told.
 */
function failuresOf(schedule: string): { period: Duration; count: number; words: string } {
  const pause = shortestPause(schedule);
  if (pause * FAILED_POLLS > WEEK_HOURS * 60) {
    return { period: Duration.days(1), count: 1, words: 'A poll failed' };
  }
  return { period: Duration.minutes(pause), count: FAILED_POLLS, words: 'Three polls in a row failed' };
}

/**
 * How long nothing may run before that is an alarm: two runs may be missed, the third is late by more than a delay
 * explains.
 * @param shortest minutes of the shortest period that is looked at
 */
function silenceOf(
  schedule: string,
  shortest: number,
): { period: Duration; words: string; alarm: Partial<AlarmProps> } {
  const pause = longestPause(schedule);
  const minutes = Math.min(60, Math.max(shortest, pause));
  const evaluationPeriods = Math.min(WEEK_HOURS, Math.ceil(pause / minutes) + 2);
  const silent = evaluationPeriods * minutes;
  return {
    period: Duration.minutes(minutes),
    words: silent % 60 === 0 ? `${silent / 60} hours` : `${silent} minutes`,
    alarm: {
      evaluationPeriods,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    },
  };
}
