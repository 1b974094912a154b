import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { CaseFiles } from '../../functions/adapters/dynamodb/case-files.ts';
import { CaseStore } from '../../functions/adapters/dynamodb/cases.ts';
import { Table } from '../../functions/adapters/dynamodb/table.ts';
import { type EpochMs, MINUTE, toIso } from '../../functions/core/time.ts';
import { type Clock, systemClock } from '../../functions/runtime/clock.ts';
import { readAssembly } from '../../infra/local/assembly.ts';
import type { LocalEvent } from '../../infra/local/events.ts';
import type { ExecutionView } from '../../infra/local/execution.ts';
import { arrayAt, isObject, type JsonObject, objectAt, parseJson, stringAt } from '../../infra/local/json.ts';
import { DATASETS, emptyWorld, withSpike, withTokenUse, ZONE } from '../../infra/local/scenario/builders.ts';
import { SAMPLE_SETTINGS } from '../../infra/local/scenario/sample.ts';
import type { World } from '../../infra/local/scenario/world.ts';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '../../infra/local/stack.ts';
import { startTables } from '../../infra/local/table.ts';
import { Template } from '../../infra/local/template.ts';
import { localClient } from '../contract/dynamodb/local-table.ts';
import { assembly } from '../support/assembly.ts';

/** The largest payload of a state (design §10). */
export const PAYLOAD_BYTES = 32 * 1024;

/** The stack that pages: the sample's settings, so that all these tests share one synthesis. */
function liveAssembly(): Promise<string> {
  return assembly({ ...SAMPLE_SETTINGS, mode: 'live' });
}

/** The stack that hunts with GitLab's logs beside its API. */
export function huntAssembly(): Promise<string> {
  const axiom = { cloudflareDataset: DATASETS.cloudflare, gitlabDataset: DATASETS.gitlab };
  return assembly({ ...SAMPLE_SETTINGS, axiom, mode: 'live' });
}

/** The stack as `cdk.json` has it: in shadow mode, and without a model. */
export function shadowAssembly(): Promise<string> {
  return assembly();
}

/** What one delivery was answered. */
export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

export interface DeliveryOptions {
  /** `null`: without the header. The right one without this option. */
  readonly secret?: string | null;
  readonly contentType?: string;
}

/** A running stack, and what it did so far. Closed at the end of the block that holds it (`await using`). */
export class Scene {
  readonly stack: LocalStack;
  /** Everything the stack told, oldest first. */
  readonly events: readonly LocalEvent[];
  readonly #hooks: ((event: LocalEvent) => void)[];

  constructor(stack: LocalStack, events: readonly LocalEvent[], hooks: ((event: LocalEvent) => void)[]) {
    this.stack = stack;
    this.events = events;
    this.#hooks = hooks;
  }

  /** Posts a body over HTTP, as Cloudflare would. Text and bytes go as they are, anything else as JSON. */
  async post(body: unknown, { secret = this.stack.webhookSecret, contentType }: DeliveryOptions = {}): Promise<Answer> {
    const response = await fetch(`${this.stack.apiUrl}/webhooks/cloudflare`, {
      method: 'POST',
      headers: {
        'content-type': contentType ?? 'application/json',
        ...(secret === null ? {} : { 'cf-webhook-auth': secret }),
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const answer = parseJson(await response.text());
    return { status: response.status, body: isObject(answer) ? answer : {} };
  }

  /** Posts an alert that opens a case, and waits until that case and every other one ended. */
  async investigate(alert: JsonObject = spikeAlert(this.stack.world)): Promise<ExecutionView> {
    const { status, body } = await this.post(alert);
    if (status !== 202) throw new Error(`The alert was answered ${status}: ${JSON.stringify(body)}`);
    return await this.caseOf(body);
  }

  /** Waits until every case ended; the one that an answer names. Throws where any state held too large a payload. */
  async caseOf({ caseId }: JsonObject): Promise<ExecutionView> {
    await this.stack.waitForIdle();
    const largest = Math.max(...this.payloadSizes());
    if (largest > PAYLOAD_BYTES) throw new Error(`A state held a payload of ${largest} bytes`);
    const found = this.stack.executions().find((execution) => execution.caseId === caseId);
    if (found === undefined) throw new Error(`No execution ran for case ${caseId}`);
    return found;
  }

  /** Fires the hunts' rule as EventBridge would at `time`, and waits until the hunts it started ended. */
  async hunt(time: EpochMs, more: JsonObject = {}): Promise<ExecutionView[]> {
    return await this.#fired('hunt', { time: toIso(time), ...more });
  }

  /**
   * Fires the monitor's rule as EventBridge would at `time`, and waits until the cases it started, and every other one,
   * ended. The poll asks about the hours before `time`.
   */
  async poll(time: EpochMs = systemClock.now()): Promise<ExecutionView[]> {
    return await this.#fired('monitor', { time: toIso(time) });
  }

  /** Alerts that the alert sink took, oldest first. */
  alerts(): JsonObject[] {
    return this.stack.outbox().alerts.flatMap(({ body }) => (isObject(body) ? [body] : []));
  }

  /** What was written to the correlation dataset, oldest first. */
  written(kind?: 'row' | 'run' | 'retracted'): JsonObject[] {
    const rows = this.stack.outbox().axiom['latchkey-correlations'] ?? [];
    return rows.filter((row): row is JsonObject => isObject(row) && (kind === undefined || row.kind === kind));
  }

  /** Rows as readers see them: the newest attempt of each key, and nothing that was retracted. */
  readable(): JsonObject[] {
    const newest = new Map<unknown, JsonObject>();
    for (const row of this.written()) {
      const known = newest.get(row.row_key);
      if (known === undefined || Number(row.attempt) > Number(known.attempt)) newest.set(row.row_key, row);
    }
    return [...newest.values()].filter(({ kind }) => kind === 'row');
  }

  /** Does something each time a state was left, before any later task begins; `visit` counts from 1. */
  after(state: string, work: (visit: number) => void): void {
    let visit = 0;
    this.#hooks.push((event) => {
      if (event.kind !== 'exited' || event.state !== state) return;
      visit += 1;
      work(visit);
    });
  }

  /** Events PagerDuty's stand-in accepted of class `token-abuse`, oldest first. */
  pages(): JsonObject[] {
    return this.#accepted().filter((body) => stringAt(objectAt(body, 'payload'), 'class') === 'token-abuse');
  }

  /** What PagerDuty was told about the pipeline's health, for example `trigger latchkey-health/gitlab`. */
  health(): string[] {
    return this.#accepted()
      .filter((body) => stringAt(body, 'dedup_key')?.startsWith('latchkey-health/'))
      .map((body) => `${stringAt(body, 'event_action')} ${stringAt(body, 'dedup_key')}`);
  }

  /** The output so far at every look of every case, in the order told. */
  looks(): JsonObject[] {
    return this.events.flatMap((event) => (event.kind === 'look' && isObject(event.output) ? [event.output] : []));
  }

  /** Size in bytes, as JSON, of every payload that went into or came out of a state. */
  payloadSizes(): number[] {
    return this.events.flatMap((event) => {
      if (event.kind === 'started') return [sizeOf(event.input)];
      return event.kind === 'exited' ? [sizeOf(event.output)] : [];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack.close();
  }

  async #fired(trigger: 'hunt' | 'monitor', firing: JsonObject): Promise<ExecutionView[]> {
    const response = await fetch(`${this.stack.apiUrl}/local/${trigger}`, {
      method: 'POST',
      body: JSON.stringify(firing),
    });
    const answer = parseJson(await response.text());
    if (response.status !== 200)
      throw new Error(`The ${trigger} was answered ${response.status}: ${JSON.stringify(answer)}`);
    await this.stack.waitForIdle();
    const ids = arrayAt(answer, 'executions');
    return this.stack.executions().filter(({ id }) => ids.includes(id));
  }

  #accepted(): JsonObject[] {
    return this.stack.outbox().pagerduty.flatMap(({ body }) => (isObject(body) ? [body] : []));
  }
}

/** What a stack kept in its table, read once the stack was closed. */
export interface KeptTable extends AsyncDisposable {
  readonly cases: CaseStore;
  /** Cases with all that is stored about them. */
  readonly files: CaseFiles;
  /** How many items the table holds. */
  count(): Promise<number>;
}

/** Opens the table that a stack kept in a directory (`dataDir`). The stack must be closed. */
export async function openKeptTable(directory: string): Promise<KeptTable> {
  const { template, stackName } = await readAssembly(await liveAssembly());
  const tables = new Template(template, { region: 'us-east-1', stackName }).ofType('AWS::DynamoDB::Table');
  const server = await startTables(tables, 'us-east-1', directory);
  const client = localClient(server.url);
  const tableName = tables[0]?.logicalId ?? '';
  const table = new Table({ client, tableName, clock: systemClock });
  return {
    cases: new CaseStore(table, 30),
    files: new CaseFiles(table),
    count: async () => (await client.send(new ScanCommand({ TableName: tableName, Select: 'COUNT' }))).Count ?? 0,
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      await server.close();
    },
  };
}

/** A directory that is gone at the end of the block that holds it. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'latchkey-e2e-'));
  return { path: directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

/** Starts the stack with nothing to wait for between looks and retries. By default it pages, and reaches stand-ins only. */
export async function openScene(
  options: Partial<LocalStackOptions> & Pick<LocalStackOptions, 'world'>,
): Promise<Scene> {
  const events: LocalEvent[] = [];
  const hooks: ((event: LocalEvent) => void)[] = [];
  const stack = await startLocalStack({
    waitScale: 0,
    assemblyDir: options.assemblyDir ?? (await liveAssembly()),
    ...options,
    onEvent: (event) => {
      events.push(event);
      for (const hook of hooks) hook(event);
    },
  });
  return new Scene(stack, events, hooks);
}

/** An address of the spike that nobody used a credential from. */
export const QUIET_BOT = '198.51.100.70';
/** An address of the spike that somebody's token was used from. */
export const BOT = '198.51.100.77';

/** A spike of two addresses; from one a personal token with scope `api`, id 4711, was used and its owner wrote twice. */
export function spikeWithIntruder(start: EpochMs = systemClock.now()): World {
  const audit = ['project_created', 'deploy_key_added'];
  const world = withSpike(emptyWorld(start), { addresses: [QUIET_BOT, BOT] });
  return withTokenUse(world, { tokenId: 4711, address: BOT, at: start - 5 * MINUTE, audit });
}

/** Cloudflare's alert about the spike of a world's first zone. Another correlation is another alert. */
export function spikeAlert({ start, cloudflare }: World, correlation = '2099428449234980864'): JsonObject {
  const [zone = ZONE] = cloudflare.zones;
  return {
    name: 'Bot spike',
    text: `Bot traffic of ${zone.name} rose above its baseline.`,
    data: { zone_name: zone.name, zone_tag: zone.id, alert_start_time: toIso(start - 10 * MINUTE), severity: 'INFO' },
    ts: Math.floor(start / 1000),
    account_id: cloudflare.account.id,
    policy_id: 'f174e90afafe4643bbbc4a0ed4fc8415',
    policy_name: 'Bot spike',
    alert_type: 'bot_traffic_basic_alert',
    alert_correlation_id: correlation,
    alert_event: 'ALERT_STATE_EVENT_START',
  };
}

/** The stand-ins' time: the machine's, moved on by what a test says. */
export interface MovableClock extends Clock {
  forward(ms: number): void;
}

export function movableClock(): MovableClock {
  let ahead = 0;
  return {
    ...systemClock,
    now: () => systemClock.now() + ahead,
    forward: (ms) => {
      ahead += ms;
    },
  };
}

function sizeOf(payload: unknown): number {
  return Buffer.byteLength(JSON.stringify(payload) ?? '');
}
