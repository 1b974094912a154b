import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { type IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
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
import { HURRIED, PATIENT, QUICK, task } from './workflow-task.ts';

/** The functions of the workflow, by what they do in it. */
export interface WorkflowTasks {
  readonly extract: NodeFunction;
  readonly queryGitlab: NodeFunction;
  readonly join: NodeFunction;
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
 * The one workflow all triggers start (design §2). It reads as the story of a case: extract, ask GitLab, join, explain,
 * page, wait, look again. Only ids, counts and decisions travel through it; nothing in it needs more than JSONPath,
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
    comment: 'Health first, then the next look; a page that no look could deliver ends the case as failed.',
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
    comment: 'One look begins: which addresses did Cloudflare see as bots, from the lead time before the spike to now.',
    retry: QUICK,
    onFailure: { path: '$.extractFailure', goTo: queryGitlab },
  });

  extract.next(queryGitlab).next(join).next(toExplain);
  analyze.next(toPage);
  page.next(next);
  next.when(Condition.booleanEquals('$.due.health', true), healthReport(scope, tasks.reportHealth, next));
  for (const { look, wait } of waits(scope, lookMinutes)) {
    next.when(Condition.numberEquals('$.look', look - 1), wait.next(extract));
  }
  next.when(Condition.booleanEquals('$.due.page', true), undelivered(scope)).otherwise(closed);
  return Chain.start(openCase(scope)).next(extract);
}

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
      'with the input of this one.',
  });
  return task(scope, 'Report broken pipeline', reportHealth, {
    comment: 'Unscored is not clean: the pipeline’s owner hears that this case has no answer.',
    retry: PATIENT,
    onFailure: { path: '$.healthFailure', goTo: broke },
  }).next(broke);
}

/** Everything the workflow may do, and nothing the states add to it: they would allow every version of a function. */
function workflowRole(scope: Construct, functions: readonly NodeFunction[]): IRole {
  const role = new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('states.amazonaws.com'),
    description: 'Latchkey workflow',
    inlinePolicies: {
      tasks: new PolicyDocument({
        statements: [
          new PolicyStatement({
            actions: ['lambda:InvokeFunction'],
            resources: functions.map(({ functionArn }) => functionArn),
          }),
        ],
      }),
      observation: new PolicyDocument({
        statements: [new PolicyStatement({ actions: [...LOG_DELIVERY_ACTIONS, ...TRACE_ACTIONS], resources: ['*'] })],
      }),
    },
  });
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'X-Ray and the delivery of vended logs know no resources to name (Step Functions guide, "cw-logs").',
  });
  return role.withoutPolicyUpdates();
}

const LOG_DELIVERY_ACTIONS = [
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
];

const TRACE_ACTIONS = [
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
];
