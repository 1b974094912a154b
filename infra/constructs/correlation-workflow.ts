import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  Chain,
  Choice,
  Condition,
  DefinitionBody,
  Fail,
  type IChainable,
  LogLevel,
  Pass,
  Result,
  StateMachine,
  StateMachineType,
  Succeed,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { NodeFunction } from './node-function.ts';
import { workflowRole } from './workflow-role.ts';
import { HURRIED, PATIENT, QUICK, STEADY, task } from './workflow-task.ts';

/** The functions of the workflow, by what they do in it. */
export interface WorkflowTasks {
  readonly extract: NodeFunction;
  readonly queryGitlab: NodeFunction;
  readonly join: NodeFunction;
  readonly writeReport: NodeFunction;
  readonly analyze: NodeFunction;
  readonly page: NodeFunction;
  readonly reportHealth: NodeFunction;
}

export interface CorrelationWorkflowProps {
  readonly tasks: WorkflowTasks;
  /** Minutes after the first look at which the case is looked at again; ascending. */
  readonly lookMinutes: readonly number[];
  readonly logRetention: RetentionDays;
}

/**
 * The one workflow all triggers start (design §2). It reads as the story of a case: extract, ask GitLab, join, write a
 * hunt's report, explain, page, wait, look again. Only ids, counts and decisions travel through it; nothing in it needs more than JSONPath,
 * constants and `$`, so that the same definition also runs on one machine.
 */
export class CorrelationWorkflow extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, props: CorrelationWorkflowProps) {
    super(scope, id);
    const log = new LogGroup(this, 'Log', {
      // Below this prefix AWS's own deliveries do not use up the account's ten log resource policies.
      logGroupName: `/aws/vendedlogs/latchkey/${Stack.of(this).stackName}/workflow`,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.machine = new StateMachine(this, 'Machine', {
      definitionBody: DefinitionBody.fromChainable(story(this, props)),
      comment: 'Did an address that Cloudflare saw attacking us as a bot also hold one of our GitLab keys?',
      stateMachineType: StateMachineType.STANDARD,
      // The last look, and two hours for everything that may be tried again on the way.
      timeout: Duration.minutes((props.lookMinutes.at(-1) ?? 0) + 120),
      tracingEnabled: true,
      // With the data: it holds ids and counts, and is what one reads when a case went wrong.
      logs: { destination: log, level: LogLevel.ALL, includeExecutionData: true },
      role: workflowRole(this, Object.values(props.tasks)),
    });
  }
}

/** The graph. States are made from the last to the first, as each names the one that follows. */
function story(scope: Construct, { tasks, lookMinutes }: CorrelationWorkflowProps): Chain {
  const closed = new Succeed(scope, 'Case closed', {
    comment: 'Every look is done, and everything due was delivered. The output says what was found and decided.',
  });
  const next = new Choice(scope, 'What next?', {
    comment:
      'Health first, then the next look, which hunts do not have; a page that could not be delivered ends the case as failed.',
  });

  const page = task(scope, 'Page on-call', tasks.page, {
    comment: 'Sends what is due to PagerDuty and marks it as sent before it ends: a repeated try never pages twice.',
    retry: PATIENT,
    onFailure: { path: '$.pageFailure', goTo: undeliveredPage(scope, tasks.reportHealth, next) },
  });
  const toPage = new Choice(scope, 'Anything to page?', {
    comment: 'Decided by Join and score, never by the model. In shadow mode nothing is ever due.',
  })
    .when(Condition.booleanEquals('$.due.page', true), page)
    .otherwise(next);

  const analyze = task(scope, 'Analyze', tasks.analyze, {
    comment: 'A model puts the findings into words. It has seconds, decides nothing, and its failure delays no page.',
    retry: HURRIED,
    onFailure: { path: '$.analyzeFailure', goTo: toPage },
  });
  const toExplain = new Choice(scope, 'Anything to explain?', {
    comment: 'Findings that are new or changed at this look. Without any, the case is only stored.',
  })
    .when(Condition.booleanEquals('$.due.explain', true), analyze)
    .otherwise(toPage);

  const report = writtenReport(scope, tasks, toExplain);
  const toReport = new Choice(scope, 'A report to write?', {
    comment:
      'Hunts only, and only where Axiom and GitLab answered: an hour that was not read stays open for the next hunt.',
  })
    .when(Condition.booleanEquals('$.due.report', true), report)
    .otherwise(toExplain);

  const join = task(scope, 'Join and score', tasks.join, {
    comment: 'Joins sightings and token uses, scores, decides and stores. Without it there is no answer.',
    retry: QUICK,
    onFailure: { path: '$.failure', goTo: brokenPipeline(scope, tasks.reportHealth) },
  });
  const queryGitlab = task(scope, 'Query GitLab', tasks.queryGitlab, {
    comment: 'Which credentials acted in the window, from where. What could not be read is said in the coverage.',
    retry: QUICK,
    onFailure: { path: '$.gitlabFailure', goTo: join },
  });
  const extract = task(scope, 'Extract sightings', tasks.extract, {
    comment:
      'One look begins: which addresses acted as bots? Cloudflare is asked about a spike, from the lead time before it to now, Axiom about the hour of a hunt.',
    retry: QUICK,
    onFailure: { path: '$.extractFailure', goTo: queryGitlab },
  });

  const computed = new Choice(scope, 'Report already computed?', {
    comment: 'An earlier attempt at this hour stored its findings and could not write them: only the writing is left.',
  })
    .when(Condition.and(Condition.isPresent('$.hunt.resend'), Condition.booleanEquals('$.hunt.resend', true)), report)
    .otherwise(extract);

  extract.next(queryGitlab).next(join).next(toReport);
  analyze.next(toPage);
  page.next(next);
  next.when(Condition.booleanEquals('$.due.health', true), healthReport(scope, tasks.reportHealth, next));
  for (const { look, wait } of waits(scope, lookMinutes)) {
    next.when(Condition.and(HAS_LOOKS, Condition.numberEquals('$.look', look - 1)), wait.next(extract));
  }
  next.when(Condition.booleanEquals('$.due.page', true), undelivered(scope)).otherwise(closed);
  return Chain.start(openCase(scope)).next(computed);
}

/** A hunt looks once: what arrives later belongs to the hunt of the next hour. */
const HAS_LOOKS = Condition.not(Condition.stringEquals('$.trigger', 'hunt'));

/** The page links to its execution, and only the workflow knows its name. */
function openCase(scope: Construct): Pass {
  return new Pass(scope, 'Open case', {
    comment: 'Notes which execution this is, for the link on the page.',
    parameters: { 'id.$': '$$.Execution.Id' },
    resultPath: '$.execution',
  });
}

/**
 * One state for each later look, with its pause as a constant: the definition needs no arithmetic, and the console
 * shows which look a case waits for. Looks follow because evidence arrives late, on both sides.
 */
function waits(scope: Construct, lookMinutes: readonly number[]): { look: number; wait: Wait }[] {
  return lookMinutes.map((minutes, index) => {
    const look = index + 2;
    const pause = minutes - (lookMinutes[index - 1] ?? 0);
    return {
      look,
      wait: new Wait(scope, `Wait for look ${look}`, {
        time: WaitTime.duration(Duration.minutes(pause)),
        comment: `Look ${look} is ${minutes} minutes after the first; evidence arrives late.`,
      }),
    };
  });
}

/** Writes a hunt's report; failing to leaves its hour open, is told to the pipeline's owner, and stops no page. */
function writtenReport(scope: Construct, tasks: WorkflowTasks, next: Choice): IChainable {
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

/** Tells the pipeline's owner about sources that failed or recovered; failing to tell delays no look and no page. */
function healthReport(scope: Construct, reportHealth: NodeFunction, next: Choice): IChainable {
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

/** Tells the pipeline's owner at once that nobody was woken; each later look tries the page again. */
function undeliveredPage(scope: Construct, reportHealth: NodeFunction, next: Choice): IChainable {
  return task(scope, 'Report undelivered page', reportHealth, {
    comment: 'PagerDuty did not take the page: says so by the way health events go. Later looks try the page again.',
    retry: PATIENT,
    onFailure: { path: '$.healthFailure', goTo: next },
  }).next(next);
}

function undelivered(scope: Construct): Fail {
  return new Fail(scope, 'Page undelivered', {
    comment: 'Page by hand: the findings are stored with the case.',
    error: 'PageUndelivered',
    cause: 'PagerDuty did not take the page at any look. Page by hand now; the findings are stored with the case.',
  });
}

function brokenPipeline(scope: Construct, reportHealth: NodeFunction): IChainable {
  const broke = new Fail(scope, 'Pipeline broke', {
    comment: 'Nothing is known about this case from here on.',
    error: 'PipelineBroke',
    cause:
      'Sightings and token uses could not be joined. Read the log group of function join, then start a new execution ' +
      'with the input of this one; an hour of a hunt is tried again by the next one.',
  });
  return task(scope, 'Report broken pipeline', reportHealth, {
    comment: 'Unscored is not clean: the pipeline’s owner hears that this case has no answer.',
    retry: PATIENT,
    onFailure: { path: '$.healthFailure', goTo: broke },
  }).next(broke);
}
