import { toIso } from '../../functions/core/time.ts';
import { type Clock, systemClock } from '../../functions/runtime/clock.ts';
import { type Assembly, readAssembly, removeAssembly, synthesize } from './assembly.ts';
import { startAwsEndpoint } from './aws-endpoint.ts';
import { AwsError } from './aws-error.ts';
import { CaseOpener } from './case-opener.ts';
import { readVariables } from './env-file.ts';
import type { LocalEvent } from './events.ts';
import type { ExecutionView } from './execution.ts';
import { callerCredentials } from './function-environment.ts';
import { FunctionPool } from './function-pool.ts';
import { startHttpFront } from './http-front.ts';
import { readRoutes } from './http-routes.ts';
import { type JsonObject, parseJson } from './json.ts';
import type { Outbox } from './local-routes.ts';
import { decideOutside, type OutsidePlan } from './outside.ts';
import { type OutsideSystems, type StandInFaults, type StandIns, startOutside } from './outside-systems.ts';
import { RuleTimer } from './rule-timer.ts';
import { huntTimeOf } from './scenario/hunt-time.ts';
import { SAMPLE_SETTINGS, sampleWorld } from './scenario/sample.ts';
import type { World } from './scenario/world.ts';
import { startTables } from './table.ts';
import { LOCAL_ACCOUNT, Template } from './template.ts';
import { WorkflowRunner } from './workflow-runner.ts';

export interface LocalStackOptions {
  /** Multiplies Wait states and retry pauses. */
  readonly waitScale: number;
  /** What the stand-ins serve; the built-in sample, laid out around now, without it. */
  readonly world?: World;
  /** Merged over `cdk.json`'s `latchkey`, and over the sample's where Cloudflare and GitLab are stand-ins. */
  readonly settings?: JsonObject;
  /** Port of the HTTP front; any free one without it. */
  readonly port?: number;
  /** The variables that configure outside systems (design §5); nothing of this process's without it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly envFile?: string;
  /** Keep the table here. */
  readonly dataDir?: string;
  readonly livePaging?: boolean;
  readonly liveModel?: boolean;
  /** The built-in sample will be posted to this stack: nothing live may be reached. */
  readonly playsSample?: boolean;
  /** Fire the template's scheduled rules on their timer. */
  readonly runRules?: boolean;
  /** A cloud assembly made before (`synthesize`); its settings are baked in, so `settings` has no place beside it. */
  readonly assemblyDir?: string;
  readonly clock?: Clock;
  /** Aborted: the start stops where it is, and what was started is closed. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: LocalEvent) => void;
  readonly faults?: StandInFaults;
}

/** The stack on this machine. */
export interface LocalStack {
  readonly apiUrl: string;
  readonly webhookSecret: string;
  /** For `X-Gitlab-Event-Streaming-Token`. */
  readonly streamingToken: string;
  readonly plan: OutsidePlan;
  readonly world: World;
  readonly standIns: StandIns;
  /** The table holds an earlier run's cases: what was paged then is not paged again (design §8). */
  readonly remembers: boolean;
  /** What the start-up has to say: one sentence each. */
  readonly notes: readonly string[];
  executions(): readonly ExecutionView[];
  execution(id: string): ExecutionView | undefined;
  /** Resolves when no execution runs. */
  waitForIdle(): Promise<void>;
  /** Fires the scheduled rules at their times from now on. Returns a sentence for each that cannot be run here. */
  runRules(): readonly string[];
  outbox(): Outbox;
  /** Stops everything, the functions under way too. */
  close(): Promise<void>;
}

const REGION = 'us-east-1';

const REMEMBERS = 'the table holds the cases of an earlier run: what was paged then is not paged again';

/**
 * Stands the synthesized stack up: its functions' bundles, its state machine, its routes, its table and its rules, with
 * stand-ins for the outside systems that are not configured.
 * @throws UsageError for contradicting options or variables, SynthError when the app refuses its settings, Error for a
 *   template the local stack cannot run.
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  await using cleanup = new AsyncDisposableStack();
  const clock = options.clock ?? systemClock;
  const emit = options.onEvent ?? (() => {});
  const variables = readVariables(options.env ?? {}, options.envFile);
  const plan = decideOutside(variables, {
    livePaging: options.livePaging ?? false,
    liveModel: options.liveModel ?? false,
    playsSample: options.playsSample ?? false,
  });
  const assembly = await assemblyFor(options, plan, cleanup);
  const template = new Template(assembly.template, { region: REGION, stackName: assembly.stackName });
  const world = options.world ?? sampleWorld(clock.now());
  const outside = await startOutside(plan, world, clock, options.faults);
  cleanup.defer(() => outside.close());
  const tables = await startTables(template.ofType('AWS::DynamoDB::Table'), REGION, options.dataDir);
  cleanup.defer(() => tables.close());

  const machine: { workflow?: WorkflowRunner } = {};
  const aws = await startAwsEndpoint({
    secrets: outside.secrets,
    region: REGION,
    accountId: LOCAL_ACCOUNT,
    executions: {
      start: ({ stateMachineArn, input, name }) => workflowAt(machine.workflow, stateMachineArn).start(input, name),
      describe: (arn) => machine.workflow?.describe(arn),
      list: (stateMachineArn) => workflowAt(machine.workflow, stateMachineArn).descriptions(),
      history: (arn, withData) => machine.workflow?.history(arn)?.events(withData),
    },
  });
  cleanup.defer(() => aws.close());
  const front = await startHttpFront(options.port ?? 0);
  cleanup.defer(() => front.close());
  const functions = new FunctionPool(
    template,
    assembly,
    surroundingsOf(options, plan, outside, { tables: tables.url, aws: aws.url, front: front.url }),
    emit,
  );
  cleanup.defer(() => functions.close());
  const messages = messagesOf(outside, emit);
  const ingests = ingestsOf(outside, emit);
  const workflow = workflowOf(template, options.waitScale, clock, functions, (event) => {
    if (event.kind === 'exited') ingests();
    emit(event);
    if (event.kind === 'exited') messages();
  });
  machine.workflow = workflow;
  cleanup.defer(() => workflow.close());
  const rules = new RuleTimer({ template, clock, functions, workflow });
  cleanup.defer(async () => rules.stop());

  const outbox = () => outboxOf(outside);
  const opener = new CaseOpener(tables, REGION, clock);
  cleanup.defer(async () => opener.close());
  front.serve({
    routes: readRoutes(template),
    clock,
    invoke: (arn, event) => functions.invoke(arn, event),
    local: {
      executions: () => workflow.list(),
      execution: (id) => workflow.find(id),
      outbox,
      fire: (trigger, firing) => rules.fire(trigger, firing),
      defaultTime: (trigger) => (trigger === 'hunt' && hasScenario(plan) ? toIso(huntTimeOf(world)) : undefined),
    },
    caseQuery: (match) => opener.queryFor(match),
  });
  // Before everything behind it: nothing comes in any more while that ends.
  cleanup.defer(() => front.close());
  const unscheduled = options.runRules ? rules.run() : [];
  const closing = cleanup.move();
  return {
    apiUrl: front.url,
    webhookSecret: plan.webhookSecret.value,
    streamingToken: plan.streamingToken.value,
    plan,
    world,
    standIns: outside.standIns,
    remembers: tables.wasThere,
    notes: [...plan.notes, ...(tables.wasThere ? [REMEMBERS] : []), ...unscheduled],
    executions: () => workflow.list(),
    execution: (id) => workflow.find(id),
    waitForIdle: () => workflow.idle(),
    runRules: () => rules.run(),
    outbox,
    close: () => closing.disposeAsync(),
  };
}

async function assemblyFor(
  options: LocalStackOptions,
  plan: OutsidePlan,
  cleanup: AsyncDisposableStack,
): Promise<Assembly> {
  if (options.assemblyDir !== undefined) {
    if (options.settings) throw new Error('settings: they are part of the cloud assembly that was given');
    return readAssembly(options.assemblyDir);
  }
  const isSample = plan.cloudflare.kind === 'stand-in' && plan.gitlab.kind === 'stand-in';
  // Always live: the pager is a stand-in unless asked otherwise (design §8).
  const settings = [isSample ? SAMPLE_SETTINGS : {}, options.settings ?? {}, { mode: 'live' }];
  const directory = await synthesize(settings, options.signal);
  cleanup.defer(() => removeAssembly(directory));
  options.signal?.throwIfAborted();
  return readAssembly(directory);
}

function surroundingsOf(
  options: LocalStackOptions,
  plan: OutsidePlan,
  outside: OutsideSystems,
  urls: { readonly tables: string; readonly aws: string; readonly front: string },
) {
  return {
    outside: { ...outside.variables, LATCHKEY_CASES_URL: urls.front },
    endpoints: {
      AWS_ENDPOINT_URL_DYNAMODB: urls.tables,
      AWS_ENDPOINT_URL_SFN: urls.aws,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: urls.aws,
      ...(outside.modelUrl === undefined ? {} : { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: outside.modelUrl }),
    },
    modelCredentials:
      options.liveModel && plan.bedrock.kind !== 'stand-in' ? callerCredentials(options.env ?? {}) : undefined,
  };
}

/** Whether hunts read anything of the world: of two real systems the current hour is asked. */
function hasScenario({ gitlab, axiom }: OutsidePlan): boolean {
  return gitlab.kind === 'stand-in' || axiom.kind === 'stand-in';
}

function workflowAt(workflow: WorkflowRunner | undefined, arn: string): WorkflowRunner {
  if (workflow?.arn === arn) return workflow;
  throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
}

function workflowOf(
  template: Template,
  waitScale: number,
  clock: Clock,
  functions: FunctionPool,
  onEvent: (event: LocalEvent) => void,
): WorkflowRunner {
  const [machine, ...others] = template.ofType('AWS::StepFunctions::StateMachine');
  if (machine === undefined || others.length > 0) throw new Error('The local stack runs exactly one state machine');
  return new WorkflowRunner({
    arn: template.arn(machine.logicalId),
    definition: parseJson(String(machine.properties.DefinitionString)),
    waitScale,
    clock,
    invoke: (arn, input) => functions.invoke(arn, input),
    onEvent,
  });
}

/** Tells of each event that PagerDuty's stand-in, and each alert that the sink accepted since it was asked last. */
function messagesOf({ standIns }: OutsideSystems, emit: (event: LocalEvent) => void): () => void {
  const told = { pages: 0, alerts: 0 };
  return () => {
    const pages = standIns.pagerduty?.accepted.slice(told.pages) ?? [];
    const alerts = standIns.alerts?.accepted.slice(told.alerts) ?? [];
    Object.assign(told, { pages: told.pages + pages.length, alerts: told.alerts + alerts.length });
    for (const page of pages) emit({ kind: 'pager-event', ...page });
    for (const alert of alerts) emit({ kind: 'alert-sent', ...alert });
  };
}

/** Tells how much Axiom's stand-in took since it was asked last, where it took anything. */
function ingestsOf({ standIns: { axiom } }: OutsideSystems, emit: (event: LocalEvent) => void): () => void {
  const told = { events: 0, requests: 0 };
  return () => {
    if (axiom === undefined) return;
    const taken = Object.values(axiom.ingested).reduce((sum, events) => sum + events.length, 0);
    const asked = axiom.seen.filter(({ target }) => target.includes('/ingest')).length;
    const [events, requests] = [taken - told.events, asked - told.requests];
    Object.assign(told, { events: taken, requests: asked });
    if (events > 0) emit({ kind: 'axiom-ingest', events, requests });
  };
}

function outboxOf({ standIns }: OutsideSystems): Outbox {
  const entries = (accepted: readonly { at: number; body: unknown }[] = []) =>
    accepted.map(({ at, body }) => ({ at: toIso(at), body }));
  return {
    pagerduty: entries(standIns.pagerduty?.accepted),
    alerts: entries(standIns.alerts?.accepted),
    axiom: standIns.axiom?.ingested ?? {},
  };
}
