import { Duration } from 'aws-cdk-lib';
import { type IChainable, JitterType, type RetryProps, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { ERROR_NAMES } from '../../functions/runtime/error-names.ts';
import type { NodeFunction } from './node-function.ts';

export interface TaskText {
  readonly comment: string;
  readonly retry: readonly RetryProps[];
  /** Where the failure is written, and who goes on with it. Nothing ends a case but the two Fail states. */
  readonly onFailure: { readonly path: string; readonly goTo: IChainable };
}

/**
 * A state that calls a function with the whole state of the case and takes the state it answers with. It cannot be made
 * without a time limit, a retry list and a way on.
 */
export function task(
  scope: Construct,
  title: string,
  run: NodeFunction,
  { comment, retry, onFailure }: TaskText,
): LambdaInvoke {
  // Later than the function's own timeout, so that Lambda's answer is what the execution shows.
  const timeout = (run.timeout ?? Duration.minutes(15)).plus(Duration.seconds(15));
  const state = LambdaInvoke.jsonPath(scope, title, {
    comment,
    lambdaFunction: run,
    payloadResponseOnly: true,
    retryOnServiceExceptions: false,
    taskTimeout: Timeout.duration(timeout),
  });
  for (const list of retry) state.addRetry(list);
  state.addCatch(onFailure.goTo, { resultPath: onFailure.path });
  return state;
}

/** Lambda itself failed or had no room; the function did not run, or did not answer. */
const LAMBDA_FAULTS = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.ClientExecutionTimeoutException',
];

/** Worth trying again by the product's own word for it. */
const PASSING: string[] = [ERROR_NAMES.transient, ERROR_NAMES.rateLimited];

const LAMBDA_RETRY: RetryProps = {
  errors: LAMBDA_FAULTS,
  interval: Duration.seconds(1),
  backoffRate: 2,
  maxAttempts: 5,
  maxDelay: Duration.seconds(30),
  jitterStrategy: JitterType.FULL,
};

/** Before a page: what fails here is the table or Lambda, and seconds count. */
export const QUICK: readonly RetryProps[] = [
  {
    errors: PASSING,
    interval: Duration.seconds(2),
    backoffRate: 2,
    maxAttempts: 3,
    maxDelay: Duration.seconds(15),
    jitterStrategy: JitterType.FULL,
  },
  LAMBDA_RETRY,
];

/** A function that died or ran out of time without an answer, by the names Lambda and Step Functions give it. */
const DIED = ['Lambda.Unknown', 'Sandbox.Timedout', 'Runtime.ExitError', 'States.Timeout'];

/** For words nobody may wait for. */
export const HURRIED: readonly RetryProps[] = [
  {
    errors: [...PASSING, ...LAMBDA_FAULTS],
    interval: Duration.seconds(1),
    maxAttempts: 1,
    jitterStrategy: JitterType.FULL,
  },
];

/**
 * For what must arrive: PagerDuty's limits are by the minute (reference/pagerduty.md §3). A function that died without
 * an answer is tried again, too, as what was sent is remembered.
 */
export const PATIENT: readonly RetryProps[] = [
  {
    errors: [...PASSING, ...DIED],
    interval: Duration.seconds(30),
    backoffRate: 2,
    maxAttempts: 3,
    maxDelay: Duration.seconds(300),
    jitterStrategy: JitterType.FULL,
  },
  LAMBDA_RETRY,
];

/**
 * For a hunt's report. A page waits behind it, so it gets about a minute of pauses: what Axiom does not take until then
 * the next hunt sends. A function that died is tried again, as readers keep one row of each key.
 */
export const STEADY: readonly RetryProps[] = [
  {
    errors: [...PASSING, ...DIED],
    interval: Duration.seconds(10),
    backoffRate: 2,
    maxAttempts: 3,
    maxDelay: Duration.seconds(60),
    jitterStrategy: JitterType.FULL,
  },
  LAMBDA_RETRY,
];

/**
 * For an alert. What the webhook does not take is tried again by later polls, with growing pauses; here only what left
 * no trace of that: a function that could not run or died without an answer, or could not store what became of the alert.
 */
export const UNRECORDED: readonly RetryProps[] = [
  {
    errors: [ERROR_NAMES.transient, ...DIED],
    interval: Duration.seconds(10),
    backoffRate: 2,
    maxAttempts: 3,
    maxDelay: Duration.seconds(30),
    jitterStrategy: JitterType.FULL,
  },
  LAMBDA_RETRY,
];
