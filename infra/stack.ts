import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { Alarms } from './constructs/alarms.ts';
import { CorrelationWorkflow } from './constructs/correlation-workflow.ts';
import type { CodeOf } from './constructs/function-bundles.ts';
import { modelAccess } from './constructs/model-permission.ts';
import { functionNetwork } from './constructs/network.ts';
import { type FunctionNetwork, NodeFunction } from './constructs/node-function.ts';
import { Schedules } from './constructs/schedules.ts';
import { Secrets } from './constructs/secrets.ts';
import { StateTable } from './constructs/state-table.ts';
import { WebhookApi } from './constructs/webhook-api.ts';
import { pickSettings, type Settings } from './settings.ts';

/** Every function of the stack: a folder below `functions` with a `handler.ts`. */
export const STEPS = [
  'receive-webhook',
  'start-hunt',
  'extract',
  'query-gitlab',
  'join',
  'write-report',
  'analyze',
  'page',
  'report-health',
] as const;

type Step = (typeof STEPS)[number];

export interface LatchkeyStackProps extends StackProps {
  readonly settings: Settings;
  /** Gives each step its code. */
  readonly code: CodeOf;
}

/** Everything Latchkey is on AWS, but for the secrets' values. */
export class LatchkeyStack extends Stack {
  readonly #settings: Settings;
  readonly #code: CodeOf;
  readonly #network: FunctionNetwork | undefined;
  readonly #table: StateTable;
  readonly #secrets: Secrets;

  constructor(scope: Construct, id: string, { settings, code, ...props }: LatchkeyStackProps) {
    super(scope, id, props);
    this.#settings = settings;
    this.#code = code;
    this.#network = functionNetwork(this, settings);
    this.#table = new StateTable(this, 'State');
    this.#secrets = new Secrets(this, 'Secrets');

    const tasks = {
      extract: this.#extract(),
      queryGitlab: this.#queryGitlab(),
      join: this.#join(),
      writeReport: this.#writeReport(),
      analyze: this.#analyze(),
      page: this.#page(),
      reportHealth: this.#reportHealth(),
    };
    const logRetention = this.#logRetention;
    const { machine } = new CorrelationWorkflow(this, 'Workflow', {
      tasks,
      lookMinutes: settings['looks.minutes'],
      logRetention,
    });
    const receiver = this.#receiveWebhook();
    receiver.bindStateMachineStart(machine);
    const startHunt = this.#startHunt();
    startHunt.bindStateMachineStart(machine);
    startHunt.bindExecutionStatus(machine, 'hunt-');
    new Schedules(this, 'Schedules', { startHunt, huntSchedule: settings['hunt.schedule'] });
    const { api } = new WebhookApi(this, 'Webhooks', {
      receiver,
      ratePerSecond: settings['webhook.ratePerSecond'],
      burst: settings['webhook.burst'],
      logRetention,
    });
    this.#output('WorkflowArn', machine.stateMachineArn, 'The state machine: one execution for each case');
    this.#output('TableName', this.#table.tableName, 'The table with every case; it stays when the stack goes');
    this.#output('StartHuntName', startHunt.functionName, FORCED_HUNT);
    new Alarms(this, 'Alarms', {
      workflow: machine,
      receiver,
      startHunt,
      huntSchedule: settings['hunt.schedule'],
      tasks: Object.values(tasks),
      api,
      topicArn: settings['alarms.topicArn'],
    });
  }

  #receiveWebhook(): NodeFunction {
    const receiver = this.#function('ReceiveWebhook', 'receive-webhook', {
      description: 'Checks and stores a webhook of Cloudflare and opens a case.',
      reads: ['mode', 'retentionDays', 'cloudflare.zones', 'window.leadMinutes'],
      timeout: Duration.seconds(15),
      environment: this.#pager,
    });
    receiver.bindSecret('LATCHKEY_SECRET_CLOUDFLARE_WEBHOOK', this.#secrets.cloudflareWebhook);
    receiver.bindSecret('LATCHKEY_SECRET_PAGERDUTY', this.#secrets.pagerduty);
    return receiver;
  }

  #startHunt(): NodeFunction {
    const startHunt = this.#function('StartHunt', 'start-hunt', {
      description: 'Takes the inventory of credentials and opens a case for each hour to be hunted.',
      reads: [
        ...['mode', 'retentionDays', 'gitlab.groups', 'gitlab.ca', 'match'],
        ...['hunt.delayMinutes', 'axiom.cloudflareDataset'],
      ],
      // A large GitLab within its rate limits, as for query-gitlab.
      timeout: Duration.seconds(300),
      memorySize: 1024,
      environment: { ...this.#gitlabUrl, ...this.#pager },
      network: this.#network,
    });
    startHunt.bindSecret('LATCHKEY_SECRET_GITLAB', this.#secrets.gitlab);
    startHunt.bindSecret('LATCHKEY_SECRET_PAGERDUTY', this.#secrets.pagerduty);
    return startHunt;
  }

  #extract(): NodeFunction {
    const extract = this.#function('Extract', 'extract', {
      description: 'Asks Cloudflare, or for a hunt Axiom, which addresses acted as bots in the window.',
      reads: [
        ...['retentionDays', 'cloudflare.zones', 'cloudflare.maxAddressesPerZone', 'gitlab.hosts', 'match'],
        ...['window.slackMinutes', 'hunt.latenessMinutes', ...CLOUDFLARE_IN_AXIOM],
      ],
      timeout: Duration.seconds(120),
      memorySize: 1024,
      environment: { ...this.#cloudflareUrl, ...this.#gitlabUrl, ...this.#axiomUrls },
      network: this.#network,
    });
    extract.bindSecret('LATCHKEY_SECRET_CLOUDFLARE', this.#secrets.cloudflare);
    this.#bindAxiom(extract, 'axiom.cloudflareDataset');
    return extract;
  }

  #queryGitlab(): NodeFunction {
    const queryGitlab = this.#function('QueryGitlab', 'query-gitlab', {
      description: 'Asks GitLab which credentials acted in the window, and from where.',
      reads: [
        ...['retentionDays', 'gitlab.groups', 'gitlab.ca', 'window.slackMinutes', 'match'],
        ...[
          'axiom.gitlabDataset',
          'axiom.gitlabFields',
          'hunt.overlapMinutes',
          'hunt.delayMinutes',
          'hunt.latenessMinutes',
        ],
      ],
      // A large GitLab within its rate limits; what cannot be read in this time is partial coverage.
      timeout: Duration.seconds(300),
      memorySize: 1024,
      environment: { ...this.#gitlabUrl, ...this.#axiomUrls },
      network: this.#network,
    });
    queryGitlab.bindSecret('LATCHKEY_SECRET_GITLAB', this.#secrets.gitlab);
    this.#bindAxiom(queryGitlab, 'axiom.gitlabDataset');
    return queryGitlab;
  }

  #join(): NodeFunction {
    const join = this.#function('Join', 'join', {
      description: 'Joins sightings with token uses, scores and decides.',
      reads: [
        ...['mode', 'retentionDays', 'cloudflare.zones', 'cloudflare.maxAddressesPerZone', 'gitlab.hosts'],
        ...['window.slackMinutes', 'match', 'knownEgress', 'ownEgress', 'looks', 'page', 'verdict', 'score'],
        ...['hunt.page', 'hunt.delayMinutes', 'hunt.overlapMinutes', 'hunt.latenessMinutes', ...CLOUDFLARE_IN_AXIOM],
      ],
      timeout: Duration.seconds(120),
      // One whole processor: this is the function that computes.
      memorySize: 1769,
      environment: { ...this.#cloudflareUrl, ...this.#gitlabUrl, ...this.#axiomUrls },
      network: this.#network,
    });
    join.bindSecret('LATCHKEY_SECRET_CLOUDFLARE', this.#secrets.cloudflare);
    this.#bindAxiom(join, 'axiom.cloudflareDataset');
    return join;
  }

  /** There without Axiom, too, as the workflow is one graph; nothing leads to it then. */
  #writeReport(): NodeFunction {
    const writeReport = this.#function('WriteReport', 'write-report', {
      description: 'Writes the ranked findings of a hunt to Axiom and closes its hour.',
      reads: ['retentionDays', 'axiom.reportDataset'],
      timeout: Duration.seconds(120),
      environment: this.#axiomUrls,
      network: this.#network,
    });
    this.#bindAxiom(writeReport, 'axiom.cloudflareDataset');
    return writeReport;
  }

  #analyze(): NodeFunction {
    const access = modelAccess(this, this.#settings['analysis.model'], this.#settings['analysis.region']);
    const analyze = this.#function('Analyze', 'analyze', {
      description: 'Lets a model put the findings into words; without one, a template.',
      settings: { ...this.#settings, 'analysis.region': access?.region ?? '' },
      reads: ['retentionDays', 'analysis'],
    });
    analyze.bindModel(access);
    return analyze;
  }

  #page(): NodeFunction {
    const page = this.#function('Page', 'page', {
      description: 'Sends what is due to PagerDuty, once.',
      reads: ['retentionDays'],
      timeout: Duration.seconds(60),
      // GitLab's address is for the links on the page; nothing is asked there.
      environment: { ...this.#pager, ...this.#gitlabUrl },
      network: this.#network,
    });
    page.bindSecret('LATCHKEY_SECRET_PAGERDUTY', this.#secrets.pagerduty);
    return page;
  }

  #reportHealth(): NodeFunction {
    const reportHealth = this.#function('ReportHealth', 'report-health', {
      description: 'Tells the pipeline’s owner about sources that failed or recovered.',
      reads: ['retentionDays', 'looks'],
      environment: this.#pager,
    });
    reportHealth.bindSecret('LATCHKEY_SECRET_PAGERDUTY', this.#secrets.pagerduty);
    return reportHealth;
  }

  /** Every step keeps its part of a case in the table. */
  #function(id: string, step: Step, { settings = this.#settings, reads, ...props }: StepProps): NodeFunction {
    const made = new NodeFunction(this, id, {
      step,
      code: this.#code(step),
      settings: pickSettings(settings, reads),
      logRetention: this.#logRetention,
      ...props,
    });
    made.bindTable(this.#table, 'readwrite');
    return made;
  }

  /** Axiom's token is read only by functions that have a dataset to ask or to report on. */
  #bindAxiom(asks: NodeFunction, dataset: 'axiom.cloudflareDataset' | 'axiom.gitlabDataset'): void {
    if (this.#settings[dataset] !== '') asks.bindSecret('LATCHKEY_SECRET_AXIOM', this.#secrets.axiom);
  }

  #output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }

  get #cloudflareUrl() {
    return { CLOUDFLARE_API_URL: this.#settings['cloudflare.apiUrl'] };
  }

  /** Both at all times, the second empty where there is none: whoever runs a function elsewhere sets what it declares. */
  get #axiomUrls() {
    return { AXIOM_URL: this.#settings['axiom.url'], AXIOM_EDGE_URL: this.#settings['axiom.edgeUrl'] };
  }

  /** Where events go, and what this deployment is called on them. */
  get #pager() {
    return { PAGERDUTY_EVENTS_URL: this.#settings['pagerduty.eventsUrl'], LATCHKEY_ENVIRONMENT: this.stackName };
  }

  get #gitlabUrl() {
    return { GITLAB_URL: this.#settings['gitlab.url'] };
  }

  /** The enumeration's values are the days themselves, and the setting allows no others. */
  get #logRetention(): RetentionDays {
    return this.#settings.logRetentionDays;
  }
}

/** What says which requests of Cloudflare lie where in Axiom. */
const CLOUDFLARE_IN_AXIOM = ['axiom.cloudflareDataset', 'axiom.cloudflarePreset', 'axiom.cloudflareFields'];

const FORCED_HUNT =
  'Starts hunts; to hunt an hour again: aws lambda invoke with the payload {"time":"<ISO 8601 UTC>","force":true}';

interface StepProps {
  readonly description: string;
  /** Settings and groups of settings the step's schema asks for. */
  readonly reads: readonly string[];
  readonly settings?: Settings;
  readonly timeout?: Duration;
  readonly memorySize?: number;
  readonly environment?: Record<string, string>;
  readonly network?: FunctionNetwork | undefined;
}
