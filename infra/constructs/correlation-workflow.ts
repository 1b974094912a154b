import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  Chain,
  Choice,
  Condition,
  DefinitionBody,
  type IChainable,
  LogLevel,
  Pass,
  StateMachine,
  StateMachineType,
  Succeed,
  type TaskStateBase,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import {
  brokenPipeline,
  healthReport,
  pageOnCall,
  sentAlert,
  undelivered,
  writtenReport,
} from './workflow-deliveries.ts';
import { workflowRole } from './workflow-role.ts';
import { HURRIED, QUICK, task } from './workflow-task.ts';
import type { WorkflowTasks } from './workflow-tasks.ts';

export interface CorrelationWorkflowProps {
  readonly tasks: WorkflowTasks;
  /** Minutes after the first look at which the case is looked at again; ascending. */
  readonly lookMinutes: readonly number[];
  readonly logRetention: RetentionDays;
}

/**
 * The one workflow all triggers start (design §2). It reads as the story of a case: extract, ask GitLab, join, write a
 * hunt's report, explain, page, alert, wait, look again. Only ids, counts and decisions travel through it; nothing in it
 * needs more than JSONPath, constants and `$`, so that the same definition also runs on one machine.
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
      'Health first, then the next look, which hunts and repeated alerts do not have; a page that could not be delivered ends the case as failed.',
  });
  const alert = sentAlert(scope, tasks.sendAlert, next);
  const toSend = new Choice(scope, 'Anything to send?', {
    comment: 'Cases of a monitor only: the attack at the first look, and what later looks found. In shadow mode, too.',
  })
    .when(Condition.booleanEquals('$.due.alert', true), alert)
    .otherwise(next);

  const toPage = new Choice(scope, 'Anything to page?', {
    comment: 'Decided by Join and score, never by the model. In shadow mode nothing is ever due.',
  })
    .when(Condition.booleanEquals('$.due.page', true), pageOnCall(scope, tasks, toSend))
    .otherwise(toSend);

  const analyze = task(scope, 'Analyze', tasks.analyze, {
    comment: 'A model puts the findings into words. It has seconds, decides nothing, and its failure delays no page.',
    retry: HURRIED,
    onFailure: { path: '$.analyzeFailure', goTo: toPage },
  });
  const toExplain = new Choice(scope, 'Anything to explain?', {
    comment: 'Findings that are new or changed at this look, or an attack to tell of. Else the case is only stored.',
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

  const extract = evidence(scope, tasks, toReport);
  const computed = new Choice(scope, 'Report already computed?', {
    comment: 'An earlier attempt at this hour stored its findings and could not write them: only the writing is left.',
  })
    .when(isSet('$.hunt.resend'), report)
    .otherwise(extract);
  const onlyAlert = new Choice(scope, 'Only an alert to send?', {
    comment:
      'An earlier execution of this case did everything but deliver its alert. It stays the one the alert links to.',
  })
    .when(isSet('$.monitor.resend'), alert)
    .otherwise(openCase(scope).next(computed));

  analyze.next(toPage);
  next.when(Condition.booleanEquals('$.due.health', true), healthReport(scope, tasks.reportHealth, next));
  for (const { look, wait } of waits(scope, lookMinutes)) {
    next.when(Condition.and(...HAS_LOOKS, Condition.numberEquals('$.look', look - 1)), wait.next(extract));
  }
  next.when(Condition.booleanEquals('$.due.page', true), undelivered(scope)).otherwise(closed);
  return Chain.start(onlyAlert);
}

/** Holds where the field is there and true: a choice that compares a field that is not there fails its execution. */
function isSet(path: string): Condition {
  return Condition.and(Condition.isPresent(path), Condition.booleanEquals(path, true));
}

/** A hunt looks once: what arrives later belongs to the hunt of the next hour. A repeated alert is sent, and that is all. */
const HAS_LOOKS = [
  Condition.not(Condition.stringEquals('$.trigger', 'hunt')),
  Condition.not(isSet('$.monitor.resend')),
];

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

/** What a look reads and what it comes to: answers with the state it begins with. */
function evidence(scope: Construct, tasks: WorkflowTasks, next: IChainable): TaskStateBase {
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
      'One look begins: which addresses acted as bots? Cloudflare is asked about a spike or a monitor’s events, from the lead time before to now, Axiom about the hour of a hunt.',
    retry: QUICK,
    onFailure: { path: '$.extractFailure', goTo: queryGitlab },
  });
  extract.next(queryGitlab).next(join).next(next);
  return extract;
}
