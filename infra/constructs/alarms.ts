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
import { longestPause } from '../hunt-schedule.ts';
import type { NodeFunction } from './node-function.ts';

export interface AlarmsProps {
  readonly workflow: IStateMachine;
  readonly receiver: NodeFunction;
  readonly startHunt: NodeFunction;
  /** The cron expression that start-hunt is run by. */
  readonly huntSchedule: string;
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

  #watchErrors(
    run: NodeFunction,
    impact = 'The workflow tries again and goes on without what it could not learn.',
  ): void {
    this.#alarm(`${run.node.id}Errors`, run.metricErrors(PERIOD), 1, {
      impact: `Function ${run.step} failed. ${impact}`,
      firstStep: `Read the last error in the log group of function ${run.step}; its message names the cause.`,
    });
  }

  /** Nobody misses a hunt that never began: silence of the function that starts them is an alarm of its own. */
  #watchHunts(startHunt: NodeFunction, schedule: string): void {
    this.#watchErrors(
      startHunt,
      'Hours may wait to be hunted, and the inventory of credentials may be missing: times of token uses get vaguer. ' +
        'Lambda repeats it twice, and the next run catches up.',
    );
    const hours = hoursWithoutHunt(schedule);
    this.#alarm(
      'HuntsStopped',
      startHunt.metricInvocations({ period: Duration.hours(1), statistic: Stats.SUM }),
      1,
      {
        impact:
          `Function start-hunt has not been run for ${hours} hours: nothing is hunted and no inventory of credentials is taken. ` +
          'Only after the first deployment is this expected, until the first run.',
        firstStep:
          'Open the rule of the hunts in EventBridge and see that it is enabled and that its invocations do not fail.',
      },
      {
        evaluationPeriods: hours,
        comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
        treatMissingData: TreatMissingData.BREACHING,
      },
    );
  }

  /** Throttles are watched where nobody tries again: the workflow repeats its own tasks, and fails when that is no use. */
  #watchFrontDoor(receiver: NodeFunction, api: HttpApi): void {
    this.#alarm('WebhookThrottled', receiver.metricThrottles(PERIOD), 1, {
      impact: 'Cloudflare’s alerts are turned away: spikes may go unseen.',
      firstStep: 'Look at the account’s concurrent executions of Lambda and raise the quota if they are used up.',
    });
    this.#alarm('WebhookFailures', api.metricServerError(PERIOD), 1, {
      impact: 'Cloudflare’s alerts could not be stored: spikes may go unseen unless Cloudflare sends them again.',
      firstStep: 'Read the log group of function receive-webhook; 503 means that the table or the workflow refused.',
    });
    this.#alarm('WebhookRefusals', api.metricClientError(PERIOD), 20, {
      impact: 'Many webhook requests are refused: the secret at Cloudflare is not ours, or somebody is guessing it.',
      firstStep: 'See status and address in the API’s access log; after a rotation keep both secrets for a while.',
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
const COST_OF_FAILURE: Readonly<Record<string, string>> = {
  'write-report':
    'It is tried again; where that is no use, the hour is missing from the correlation dataset until the next hunt writes it.',
};

/** CloudWatch looks back a week at most (PutMetricAlarm, `EvaluationPeriods`). */
const WEEK_HOURS = 168;

/** Two runs may be missed: the third is late by more than a delay explains. */
function hoursWithoutHunt(schedule: string): number {
  return Math.min(WEEK_HOURS, Math.ceil(longestPause(schedule) / 60) + 2);
}
