import { type EpochMs, MINUTE } from '../../functions/core/time.ts';
import { type Clock, systemClock } from '../../functions/runtime/clock.ts';
import type { LocalEvent } from '../../infra/local/events.ts';
import type { JsonObject } from '../../infra/local/json.ts';
import { emptyWorld, withSpike, withTokenUse, ZONE } from '../../infra/local/scenario/builders.ts';
import type { World } from '../../infra/local/scenario/world.ts';
import { startLocalStack } from '../../infra/local/stack.ts';
import { faults } from '../../infra/local/stand-ins/stand-in.ts';
import { atMost, type Figure, median } from './figure.ts';
import { GB_SECOND, REQUEST, TRANSITION } from './prices.ts';

/** Milliseconds each answer of an outside system takes: long beside our own work, as it is in life. */
const ANSWER_MS = 300;
const ROUNDS = 5;
interface Span {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/**
 * The way of a spike through the bundles and the real definition. Webhook to page is given as a ratio to the time the
 * outside systems were being waited for, warm, so that the machine's speed matters little.
 *
 * @param assemblyDir an assembly whose settings need no model
 */
export async function pipelineFigures(assemblyDir: string): Promise<Figure[]> {
  const waits: Span[] = [];
  const clock = recordingClock(waits);
  const events: LocalEvent[] = [];
  const slow = faults({ slowMs: ANSWER_MS });
  const addresses = Array.from({ length: ROUNDS + 1 }, (_, index) => `198.51.100.${index + 1}`);
  await using stack = closing(
    await startLocalStack({
      waitScale: 0,
      assemblyDir,
      world: spikeOf(addresses, clock.now()),
      clock,
      faults: { cloudflare: slow, gitlab: slow, pagerduty: slow },
      onEvent: (event) => events.push(event),
    }),
  );
  const { gitlab } = stack.standIns;
  const ratios: number[] = [];
  for (const [round, address] of addresses.entries()) {
    // A thief of its own for each round, as nobody is paged twice for one.
    if (gitlab !== undefined) gitlab.world = withThief(gitlab.world, address);
    const posted = Date.now();
    await post(stack.apiUrl, stack.webhookSecret, alert(stack.world, round));
    await stack.waitForIdle();
    const page = events.findLast((event) => event.kind === 'pager-event');
    // The first round starts every function cold.
    if (round > 0 && page?.kind === 'pager-event') ratios.push((page.at - posted) / waited(waits, posted, page.at));
  }
  const execution = stack.executions()[0];
  const transitions = execution?.states.length ?? Number.NaN;
  return [
    atMost(1.15, { name: 'webhook-to-page/outside-answers', value: median(ratios), unit: 'ratio' }),
    atMost(32, { name: 'state-payload/largest', value: largestPayload(events) / 1024, unit: 'KB' }),
    atMost(1.5, { name: 'cost/1000-spikes', value: 1000 * costOf(transitions, events, ROUNDS + 1), unit: 'USD' }),
  ];
}

function recordingClock(waits: Span[]): Clock {
  return {
    now: systemClock.now,
    sleep: async (ms, signal) => {
      const from = systemClock.now();
      await systemClock.sleep(ms, signal);
      if (ms === ANSWER_MS) waits.push({ from, to: systemClock.now() });
    },
  };
}

function spikeOf(addresses: readonly string[], start: EpochMs): World {
  return withSpike(emptyWorld(start), { addresses });
}

function withThief(world: World, address: string): World {
  const audit = ['ci_variable_created', 'project_export_file_download_started'];
  return withTokenUse(world, { address, at: world.start - 8 * MINUTE, audit });
}

function alert({ start }: World, round: number): JsonObject {
  return {
    name: 'spike',
    text: 'Bot traffic rose above its baseline.',
    data: { zone_tag: ZONE.id, zone_name: ZONE.name, alert_start_time: new Date(start - 10 * MINUTE).toISOString() },
    ts: Math.floor(start / 1000),
    alert_type: 'bot_traffic_basic_alert',
    alert_correlation_id: `round-${round}`,
    alert_event: 'ALERT_STATE_EVENT_START',
  };
}

async function post(apiUrl: string, secret: string, body: JsonObject): Promise<void> {
  const response = await fetch(`${apiUrl}/webhooks/cloudflare`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'cf-webhook-auth': secret },
    body: JSON.stringify(body),
  });
  if (response.status !== 202) throw new Error(`The alert was answered ${response.status}`);
}

/** Milliseconds in which at least one outside system was being waited for: the critical path outside. */
function waited(waits: readonly Span[], from: EpochMs, to: EpochMs): number {
  let total = 0;
  let reached = from;
  for (const span of [...waits].sort((a, b) => a.from - b.from)) {
    const begin = Math.max(span.from, reached);
    const end = Math.min(span.to, to);
    if (end > begin) total += end - begin;
    reached = Math.max(reached, end);
  }
  return total;
}

function largestPayload(events: readonly LocalEvent[]): number {
  let largest = 0;
  for (const event of events) {
    if (event.kind === 'exited') largest = Math.max(largest, Buffer.byteLength(JSON.stringify(event.output ?? null)));
  }
  return largest;
}

/** Workflow and functions of one spike with all its looks; every task at the memory of the largest function. */
function costOf(transitions: number, events: readonly LocalEvent[], spikes: number): number {
  const tasks = events.flatMap((event) => (event.kind === 'exited' && event.type === 'Task' ? [event.ms] : []));
  const seconds = tasks.reduce((sum, ms) => sum + ms, 0) / 1000 / spikes;
  return transitions * TRANSITION + seconds * (1769 / 1024) * GB_SECOND + (tasks.length / spikes + 1) * REQUEST;
}

function closing<T extends { close(): Promise<void> }>(stack: T): T & AsyncDisposable {
  return Object.assign(stack, { [Symbol.asyncDispose]: () => stack.close() });
}
