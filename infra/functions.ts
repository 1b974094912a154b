import { Duration, type Stack } from 'aws-cdk-lib';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import type { CodeOf } from './constructs/function-bundles.ts';
import { modelAccess } from './constructs/model-permission.ts';
import { functionNetwork } from './constructs/network.ts';
import { type FunctionNetwork, NodeFunction, type TableAccess } from './constructs/node-function.ts';
import { Secrets } from './constructs/secrets.ts';
import type { StateTable } from './constructs/state-table.ts';
import { FunctionVariables } from './function-variables.ts';
import { pickSettings, type Settings } from './settings.ts';
import type { Step } from './steps.ts';

export interface FunctionsProps {
  readonly settings: Settings;
  /** Gives each step its code. */
  readonly code: CodeOf;
  readonly table: StateTable;
}

/** The functions of the stack, each with what it reads, is told and may do; but for what only others make possible. */
export class Functions {
  readonly #stack: Stack;
  readonly #settings: Settings;
  readonly #code: CodeOf;
  readonly #table: StateTable;
  readonly #network: FunctionNetwork | undefined;
  readonly #secrets: Secrets;
  readonly #variables: FunctionVariables;
  readonly receiveWebhook: NodeFunction;
  readonly receiveAuditEvents: NodeFunction;
  readonly startHunt: NodeFunction;
  readonly pollSecurityEvents: NodeFunction;
  readonly extract: NodeFunction;
  readonly queryGitlab: NodeFunction;
  readonly join: NodeFunction;
  readonly writeReport: NodeFunction;
  readonly analyze: NodeFunction;
  readonly page: NodeFunction;
  readonly sendAlert: NodeFunction;
  readonly reportHealth: NodeFunction;
  readonly showCase: NodeFunction;
  readonly listCases: NodeFunction;

  constructor(stack: Stack, { settings, code, table }: FunctionsProps) {
    this.#stack = stack;
    this.#settings = settings;
    this.#code = code;
    this.#table = table;
    this.#network = functionNetwork(stack, settings);
    this.#secrets = new Secrets(stack, 'Secrets');
    this.#variables = new FunctionVariables(settings, stack.stackName);
    this.receiveWebhook = this.#makeReceiveWebhook();
    this.receiveAuditEvents = this.#makeReceiveAuditEvents();
    this.startHunt = this.#makeStartHunt();
    this.pollSecurityEvents = this.#makePollSecurityEvents();
    this.extract = this.#makeExtract();
    this.queryGitlab = this.#makeQueryGitlab();
    this.join = this.#makeJoin();
    this.writeReport = this.#makeWriteReport();
    this.analyze = this.#makeAnalyze();
    this.page = this.#makePage();
    this.sendAlert = this.#makeSendAlert();
    this.reportHealth = this.#makeReportHealth();
    this.showCase = this.#makeShowCase();
    this.listCases = this.#makeListCases();
  }

  #makeReceiveWebhook(): NodeFunction {
    const receiver = this.#function('ReceiveWebhook', 'receive-webhook', {
      description: 'Checks and stores a webhook of Cloudflare and opens a case.',
      reads: ['mode', 'retentionDays', 'cloudflare.zones', 'window.leadMinutes'],
      timeout: Duration.seconds(15),
      environment: this.#variables.pager,
    });
    receiver.bindSecret('LATCHKEY_SECRET_CLOUDFLARE_WEBHOOK', this.#secrets.cloudflareWebhook);
    receiver.bindSecret('LATCHKEY_SECRET_PAGERDUTY', this.#secrets.pagerduty);
    return receiver;
  }

  /** There without a stream, too: it refuses everything while no streaming token is stored. */
  #makeReceiveAuditEvents(): NodeFunction {
    const receiver = this.#function('ReceiveAuditEvents', 'receive-audit-events', {
      description: 'Checks and stores audit events that GitLab streams.',
      reads: ['retentionDays'],
      timeout: Duration.seconds(25),
      // Each event may come by itself, and a trace of each would cost more than everything else about it.
      tracing: Tracing.DISABLED,
    });
    receiver.bindSecret('LATCHKEY_SECRET_GITLAB_STREAMING', this.#secrets.gitlabStreaming);
    return receiver;
  }

  #makeStartHunt(): NodeFunction {
    const startHunt = this.#function('StartHunt', 'start-hunt', {
      description: 'Takes the inventory of credentials and opens a case for each hour to be hunted.',
      reads: [
        ...['mode', 'retentionDays', 'gitlab.groups', 'gitlab.ca', 'match'],
        ...['hunt.delayMinutes', 'axiom.cloudflareDataset'],
      ],
      // A large GitLab within its rate limits, as for query-gitlab.
      timeout: Duration.seconds(300),
      memorySize: 1024,
      environment: { ...this.#variables.gitlabUrl, ...this.#variables.pager },
      network: this.#network,
    });
    startHunt.bindSecret('LATCHKEY_SECRET_GITLAB', this.#secrets.gitlab);
    startHunt.bindSecret('LATCHKEY_SECRET_PAGERDUTY', this.#secrets.pagerduty);
    return startHunt;
  }

  /** There without a monitor, too: only the rule that would run it is not. */
  #makePollSecurityEvents(): NodeFunction {
    const poll = this.#function('PollSecurityEvents', 'poll-security-events', {
      description: 'Reads the security events of every zone and opens a case where they alert.',
      reads: ['mode', 'retentionDays', 'cloudflare.zones', ...MONITORING, 'alert.format'],
      // Over before the next poll.
      timeout: Duration.seconds(50),
      // A trace of each poll that saw nothing would cost more than the poll; one that saw something starts a traced execution.
      tracing: Tracing.DISABLED,
      // A poll that failed or waited is not repeated: the next one reads the same hours.
      retryAttempts: 0,
      maxEventAge: Duration.minutes(1),
      environment: { ...this.#variables.cloudflareUrl, ...this.#variables.pager },
      network: this.#network,
    });
    poll.bindSecret('LATCHKEY_SECRET_CLOUDFLARE', this.#secrets.cloudflare);
    poll.bindSecret('LATCHKEY_SECRET_PAGERDUTY', this.#secrets.pagerduty);
    return poll;
  }

  #makeExtract(): NodeFunction {
    const extract = this.#function('Extract', 'extract', {
      description: 'Asks Cloudflare, or for a hunt Axiom, which addresses acted as bots in the window.',
      reads: [
        ...['retentionDays', 'cloudflare.zones', 'cloudflare.maxAddressesPerZone', 'gitlab.hosts', 'match'],
        ...['window.slackMinutes', 'hunt.latenessMinutes', 'monitor.windowHours', 'monitor.limit'],
        ...CLOUDFLARE_IN_AXIOM,
      ],
      timeout: Duration.seconds(120),
      memorySize: 1024,
      environment: { ...this.#variables.cloudflareUrl, ...this.#variables.gitlabUrl, ...this.#variables.axiomUrls },
      network: this.#network,
    });
    extract.bindSecret('LATCHKEY_SECRET_CLOUDFLARE', this.#secrets.cloudflare);
    this.#bindAxiom(extract, 'axiom.cloudflareDataset');
    return extract;
  }

  #makeQueryGitlab(): NodeFunction {
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
      environment: { ...this.#variables.gitlabUrl, ...this.#variables.axiomUrls },
      network: this.#network,
    });
    queryGitlab.bindSecret('LATCHKEY_SECRET_GITLAB', this.#secrets.gitlab);
    this.#bindAxiom(queryGitlab, 'axiom.gitlabDataset');
    return queryGitlab;
  }

  #makeJoin(): NodeFunction {
    const join = this.#function('Join', 'join', {
      description: 'Joins sightings with token uses, scores and decides.',
      reads: [
        ...['mode', 'retentionDays', 'cloudflare.zones', 'cloudflare.maxAddressesPerZone', 'gitlab.hosts'],
        ...['window.slackMinutes', 'match', 'knownEgress', 'ownEgress', 'looks', 'page', 'verdict', 'score'],
        ...['hunt.page', 'hunt.probableScore', 'hunt.delayMinutes', 'hunt.overlapMinutes', 'hunt.latenessMinutes'],
        ...CLOUDFLARE_IN_AXIOM,
        'alert.format',
      ],
      timeout: Duration.seconds(120),
      // One whole processor: this is the function that computes.
      memorySize: 1769,
      environment: { ...this.#variables.cloudflareUrl, ...this.#variables.gitlabUrl, ...this.#variables.axiomUrls },
      network: this.#network,
    });
    join.bindSecret('LATCHKEY_SECRET_CLOUDFLARE', this.#secrets.cloudflare);
    this.#bindAxiom(join, 'axiom.cloudflareDataset');
    return join;
  }

  /** There without Axiom, too, as the workflow is one graph; nothing leads to it then. */
  #makeWriteReport(): NodeFunction {
    const writeReport = this.#function('WriteReport', 'write-report', {
      description: 'Writes the ranked findings of a hunt to Axiom and closes its hour.',
      reads: ['retentionDays', 'axiom.reportDataset'],
      timeout: Duration.seconds(120),
      // It holds what was learned of every credential.
      memorySize: 1024,
      environment: this.#variables.axiomUrls,
      network: this.#network,
    });
    this.#bindAxiom(writeReport, 'axiom.cloudflareDataset');
    return writeReport;
  }

  #makeAnalyze(): NodeFunction {
    const access = modelAccess(this.#stack, this.#settings['analysis.model'], this.#settings['analysis.region']);
    const analyze = this.#function('Analyze', 'analyze', {
      description: 'Lets a model put the findings into words; without one, a template.',
      settings: { ...this.#settings, 'analysis.region': access?.region ?? '' },
      reads: ['retentionDays', 'analysis'],
    });
    analyze.bindModel(access);
    return analyze;
  }

  #makePage(): NodeFunction {
    const page = this.#function('Page', 'page', {
      description: 'Sends what is due to PagerDuty, once.',
      reads: ['retentionDays', 'casePage'],
      timeout: Duration.seconds(60),
      // GitLab's address is for the links on the page; nothing is asked there.
      environment: { ...this.#variables.pager, ...this.#variables.gitlabUrl },
      network: this.#network,
    });
    page.bindSecret('LATCHKEY_SECRET_PAGERDUTY', this.#secrets.pagerduty);
    return page;
  }

  #makeSendAlert(): NodeFunction {
    const sendAlert = this.#function('SendAlert', 'send-alert', {
      description: 'Sends what the monitor found to the alert webhook.',
      reads: ['retentionDays', 'alert', 'casePage'],
      // The webhook's address is a secret. One that stands here wins: whoever runs the function elsewhere sets it.
      environment: { ALERT_WEBHOOK_URL: '', ...this.#variables.gitlabUrl, ...this.#variables.environment },
      network: this.#network,
    });
    if (this.#settings['alert.format'] !== 'off') {
      sendAlert.bindSecret('LATCHKEY_SECRET_ALERT_WEBHOOK', this.#secrets.alertWebhook);
    }
    return sendAlert;
  }

  #makeReportHealth(): NodeFunction {
    const reportHealth = this.#function('ReportHealth', 'report-health', {
      description: 'Tells the pipeline’s owner about sources that failed or recovered.',
      reads: ['retentionDays', 'looks'],
      environment: this.#variables.pager,
    });
    reportHealth.bindSecret('LATCHKEY_SECRET_PAGERDUTY', this.#secrets.pagerduty);
    return reportHealth;
  }

  /** In no network: it asks nobody but AWS, and changes nothing there. */
  #makeShowCase(): NodeFunction {
    return this.#function('ShowCase', 'show-case', {
      description: 'Shows a case to whoever has a link that was signed for it.',
      reads: ['retentionDays', 'looks', 'window.slackMinutes', 'page.threshold'],
      table: 'read',
      // API Gateway waits for 30 s. The largest case takes one whole processor some 8 s to read, to draw or to write as
      // JSON: what it has costs only while somebody looks.
      timeout: Duration.seconds(25),
      memorySize: 1769,
      environment: { ...this.#variables.gitlabUrl, ...this.#variables.axiomColumn, ...this.#variables.environment },
    });
  }

  /** In no network either, for the same reason. */
  #makeListCases(): NodeFunction {
    return this.#function('ListCases', 'list-cases', {
      description: 'Shows the list of cases, and what runs, to whoever has a link that was signed for it.',
      reads: ['retentionDays', 'looks'],
      table: 'read',
      timeout: Duration.seconds(25),
      memorySize: 1024,
      environment: { ...this.#variables.environment },
    });
  }

  /** Every step keeps its part of a case in the table, but for what only shows it. */
  #function(
    id: string,
    step: Step,
    { settings = this.#settings, reads, table = 'readwrite', ...props }: StepProps,
  ): NodeFunction {
    const made = new NodeFunction(this.#stack, id, {
      step,
      code: this.#code(step),
      settings: pickSettings(settings, reads),
      logRetention: this.#settings.logRetentionDays,
      ...props,
    });
    made.bindTable(this.#table, table);
    return made;
  }

  /** Axiom's token is read only by functions that have a dataset to ask or to report on. */
  #bindAxiom(asks: NodeFunction, dataset: 'axiom.cloudflareDataset' | 'axiom.gitlabDataset'): void {
    if (this.#settings[dataset] !== '') asks.bindSecret('LATCHKEY_SECRET_AXIOM', this.#secrets.axiom);
  }
}

/** What is watched, and when that alerts: all of the group but when polls run, which only their rule needs. */
const MONITORING = [
  ...['monitor.filters', 'monitor.windowHours', 'monitor.limit', 'monitor.alertOn', 'monitor.factor'],
  ...['monitor.floor', 'monitor.coolDownMinutes', 'monitor.gitlabMinutes'],
];

/** What says which requests of Cloudflare lie where in Axiom. */
const CLOUDFLARE_IN_AXIOM = ['axiom.cloudflareDataset', 'axiom.cloudflarePreset', 'axiom.cloudflareFields'];

interface StepProps {
  readonly description: string;
  /** Settings and groups of settings the step's schema asks for. */
  readonly reads: readonly string[];
  readonly settings?: Settings;
  /** What it may do with the table; missing: read and write. */
  readonly table?: TableAccess;
  readonly timeout?: Duration;
  readonly memorySize?: number;
  readonly tracing?: Tracing;
  readonly retryAttempts?: number;
  readonly maxEventAge?: Duration;
  readonly environment?: Record<string, string>;
  readonly network?: FunctionNetwork | undefined;
}
