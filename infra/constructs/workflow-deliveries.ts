import { Fail, type IChainable, Pass, Result } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { NodeFunction } from './node-function.ts';
import { PATIENT, STEADY, task, UNRECORDED } from './workflow-task.ts';
import type { WorkflowTasks } from './workflow-tasks.ts';

/** Writes a hunt's report; failing to leaves its hour open, is told to the pipeline's owner, and stops no page. */
export function writtenReport(
  scope: Construct,
  tasks: Pick<WorkflowTasks, 'writeReport' | 'reportHealth'>,
  next: IChainable,
): IChainable {
  const unwritten = task(scope, 'Report unwritten hunt', tasks.reportHealth, {
    comment: 'Axiom did not take the report: the pipeline’s owner hears of it, and the next hunt writes it.',
    retry: PATIENT,
    onFailure: { path: '$.healthFailure', goTo: next },
  }).next(next);
  return task(scope, 'Write report', tasks.writeReport, {
    comment: 'The ranked findings of the hour go to Axiom, their manifest last; only then is the hour done.',
    retry: STEADY,
    onFailure: { path: '$.reportFailure', goTo: unwritten },
  }).next(next);
}

/**
 * Sends what the monitor found. Before it ends it either marks the alert as sent or leaves it for the next polls; failing
 * to, it stops no look.
 */
export function sentAlert(scope: Construct, sendAlert: NodeFunction, next: IChainable): IChainable {
  return task(scope, 'Send alert', sendAlert, {
    comment:
      'The attack, its analysis and its events go to the alert webhook. What it does not take the next polls try again, with growing pauses.',
    retry: UNRECORDED,
    onFailure: { path: '$.alertFailure', goTo: next },
  }).next(next);
}

/** Pages on-call; failing to is told to the pipeline's owner at once, and stops neither an alert nor a look. */
export function pageOnCall(
  scope: Construct,
  { page, reportHealth }: Pick<WorkflowTasks, 'page' | 'reportHealth'>,
  next: IChainable,
): IChainable {
  return task(scope, 'Page on-call', page, {
    comment: 'Sends what is due to PagerDuty and marks it as sent before it ends: a repeated try never pages twice.',
    retry: PATIENT,
    onFailure: { path: '$.pageFailure', goTo: undeliveredPage(scope, reportHealth, next) },
  }).next(next);
}

/** Tells the pipeline's owner about sources that failed or recovered; failing to tell delays no look and no page. */
export function healthReport(scope: Construct, reportHealth: NodeFunction, next: IChainable): IChainable {
  const failed = new Pass(scope, 'Health report failed', {
    comment: 'The alarm on the function tells; the case goes on as if it had been told.',
    result: Result.fromBoolean(false),
    resultPath: '$.due.health',
  }).next(next);
  return task(scope, 'Report pipeline health', reportHealth, {
    comment: 'A source could not be asked, or answers again: "nothing seen" is worth what this says.',
    retry: PATIENT,
    onFailure: { path: '$.healthFailure', goTo: failed },
  }).next(next);
}

// Tells the pipeline's owner at once that nobody was woken; each later look tries the page again.
function undeliveredPage(scope: Construct, reportHealth: NodeFunction, next: IChainable): IChainable {
  return task(scope, 'Report undelivered page', reportHealth, {
    comment: 'PagerDuty did not take the page: says so by the way health events go. Later looks try the page again.',
    retry: PATIENT,
    onFailure: { path: '$.healthFailure', goTo: next },
  }).next(next);
}

/** The end of a case whose page reached nobody. */
export function undelivered(scope: Construct): Fail {
  return new Fail(scope, 'Page undelivered', {
    comment: 'Page by hand: the findings are stored with the case.',
    error: 'PageUndelivered',
    cause: 'PagerDuty did not take the page at any look. Page by hand now; the findings are stored with the case.',
  });
}

/** The end of a case without an answer: the pipeline's owner hears of it. */
export function brokenPipeline(scope: Construct, reportHealth: NodeFunction): IChainable {
  const broke = new Fail(scope, 'Pipeline broke', {
    comment: 'Nothing is known about this case from here on.',
    error: 'PipelineBroke',
    cause:
      'Sightings and token uses could not be joined. Read the log group of function join, then start a new execution ' +
      'with the input of this one; an hour of a hunt is tried again by the next one, an alert of the monitor by later polls.',
  });
  return task(scope, 'Report broken pipeline', reportHealth, {
    comment: 'Unscored is not clean: the pipeline’s owner hears that this case has no answer.',
    retry: PATIENT,
    onFailure: { path: '$.healthFailure', goTo: broke },
  }).next(broke);
}
