import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { Alarms } from './constructs/alarms.ts';
import { CorrelationWorkflow } from './constructs/correlation-workflow.ts';
import { FrontApi } from './constructs/front-api.ts';
import type { CodeOf } from './constructs/function-bundles.ts';
import type { NodeFunction } from './constructs/node-function.ts';
import { type MonitorSchedule, Schedules } from './constructs/schedules.ts';
import { StateTable } from './constructs/state-table.ts';
import { Functions } from './functions.ts';
import type { Settings } from './settings.ts';

export interface LatchkeyStackProps extends StackProps {
  readonly settings: Settings;
  /** Gives each step its code. */
  readonly code: CodeOf;
}

/** Everything Latchkey is on AWS, but for the secrets' values. */
export class LatchkeyStack extends Stack {
  constructor(scope: Construct, id: string, { settings, code, ...props }: LatchkeyStackProps) {
    super(scope, id, props);
    const table = new StateTable(this, 'State');
    const {
      receiveWebhook: receiver,
      receiveAuditEvents: streamReceiver,
      startHunt,
      pollSecurityEvents: poll,
      showCase: caseViewer,
      listCases: caseLister,
      ...tasks
    } = new Functions(this, { settings, code, table });
    // The enumeration's values are the days themselves, and the setting allows no others.
    const logRetention: RetentionDays = settings.logRetentionDays;
    const { machine } = new CorrelationWorkflow(this, 'Workflow', {
      tasks,
      lookMinutes: settings['looks.minutes'],
      logRetention,
    });
    receiver.bindStateMachineStart(machine);
    startHunt.bindStateMachineStart(machine);
    startHunt.bindExecutionStatus(machine, 'hunt-');
    poll.bindStateMachineStart(machine);
    poll.bindExecutionStatus(machine, 'monitor-');
    caseLister.bindExecutionHistory(machine);
    const huntSchedule = settings['hunt.schedule'];
    const monitor = monitorOf(poll, settings);
    new Schedules(this, 'Schedules', { startHunt, huntSchedule, monitor });
    const { api, url } = new FrontApi(this, 'Webhooks', {
      receiver,
      throttle: { rateLimit: settings['webhook.ratePerSecond'], burstLimit: settings['webhook.burst'] },
      streamReceiver,
      streamThrottle: {
        rateLimit: settings['webhook.streamRatePerSecond'],
        burstLimit: settings['webhook.streamBurst'],
      },
      caseViewer,
      caseLister,
      logRetention,
    });
    // What people are sent leads to the case.
    for (const sender of [tasks.page, tasks.sendAlert]) sender.addEnvironment('LATCHKEY_CASES_URL', url);
    this.#output('WorkflowArn', machine.stateMachineArn, 'The state machine: one execution for each case');
    this.#output('TableName', table.tableName, 'The table with every case; it stays when the stack goes');
    this.#output('StartHuntName', startHunt.functionName, FORCED_HUNT);
    new Alarms(this, 'Alarms', {
      workflow: machine,
      receiver,
      startHunt,
      huntSchedule,
      monitor,
      tasks: Object.values(tasks),
      api,
      topicArn: settings['alarms.topicArn'],
    });
  }

  #output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}

/** Without filters nothing is watched; alerts that wait for another try, and health events that stand, still come to an end. */
function monitorOf(poll: NodeFunction, settings: Settings): MonitorSchedule {
  const isOff = settings['monitor.filters'].length === 0;
  return {
    poll,
    schedule: isOff ? 'rate(1 hour)' : settings['monitor.schedule'],
    windowHours: settings['monitor.windowHours'],
  };
}

const FORCED_HUNT =
  'Starts hunts; to hunt an hour again: aws lambda invoke with the payload {"time":"<ISO 8601 UTC>","force":true}';
