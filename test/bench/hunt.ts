import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type EpochMs, HOUR, MINUTE, toIso } from '../../functions/core/time.ts';
import type { ExecutionView } from '../../infra/local/execution.ts';
import { isObject, objectAt, stringAt } from '../../infra/local/json.ts';
import { manyAddresses, withEvents, withFlagged } from '../../infra/local/scenario/axiom-builders.ts';
import { DATASETS, emptyWorld } from '../../infra/local/scenario/builders.ts';
import type { AxiomEvent, World } from '../../infra/local/scenario/world.ts';
import { type LocalStack, startLocalStack } from '../../infra/local/stack.ts';
import { atMost, type Figure } from './figure.ts';
import { peakMemoryOfChildren } from './peak-memory.ts';

/** Design §10: one hunt with this much, in functions whose heap is held to this. */
const FLAGGED = 1_000_000;
const TOKEN_USES = 300_000;
const HEAP_MB = 512;
/** What the function that holds the uses is deployed with: heap, code and buffers together stay below it. */
const DEPLOYED_MB = 1024;

const TOKENS = 25_000;
const SPANS = 4;
/** Tokens that were used from one of the flagged addresses, each with one request: far below any list's cut. */
const THIEVES = 200;

/**
 * The largest hunt there is, through the bundles with every function's heap held to {@link HEAP_MB}. What it should find is
 * known, so that a finding lost on the way shows.
 *
 * @param assemblyDir an assembly that hunts, with GitLab's logs
 */
export async function huntFigures(assemblyDir: string): Promise<Figure[]> {
  const small = await withSmallFunctions(assemblyDir);
  try {
    const end = Math.floor(Date.now() / HOUR) * HOUR;
    const { execution, found, peak } = await hunt(largestWorld(end), end, small);
    const seconds = execution.states.reduce((sum, { enteredAt, exitedAt }) => sum + lengthOf(enteredAt, exitedAt), 0);
    return [
      atMost(0, { name: 'hunt/lost-findings', value: THIEVES - found, unit: 'of 200' }),
      atMost(240, { name: 'hunt/whole', value: seconds, unit: 's' }),
      ...(peak === undefined ? [] : [atMost(DEPLOYED_MB, { name: 'hunt/peak-memory', value: peak, unit: 'MB' })]),
    ];
  } finally {
    await rm(small, { recursive: true, force: true });
  }
}

async function hunt(world: World, end: EpochMs, assemblyDir: string) {
  const stack = await startLocalStack({ waitScale: 0, assemblyDir, world });
  try {
    await fetch(`${stack.apiUrl}/local/hunt`, {
      method: 'POST',
      body: JSON.stringify({ time: toIso(end + 10 * MINUTE) }),
    });
    await stack.waitForIdle();
    const [execution] = stack.executions();
    if (execution === undefined) throw new Error('No hunt ran');
    explain(execution);
    return { execution, found: thievesFound(stack), peak: await peakMemoryOfChildren() };
  } finally {
    await stack.close();
  }
}

/** A hunt that did not read everything has no figures. */
function explain({ status, output, error }: ExecutionView): void {
  const coverage = objectAt(output, 'coverage');
  if (
    status !== 'SUCCEEDED' ||
    stringAt(coverage, 'axiom') !== 'complete' ||
    stringAt(coverage, 'logs') !== 'complete'
  ) {
    throw new Error(`The hunt ended ${status} ${error ?? ''} with coverage ${JSON.stringify(coverage)}`);
  }
}

function thievesFound(stack: LocalStack): number {
  const rows = stack.outbox().axiom['latchkey-correlations'] ?? [];
  return new Set(rows.flatMap((row) => (isObject(row) && row.kind === 'row' ? [row.credential_id] : []))).size;
}

function largestWorld(end: EpochMs): World {
  const within = { start: end - HOUR, end };
  const flagged = manyAddresses(FLAGGED);
  const crowd = withFlagged(emptyWorld(Date.now()), flagged, { within });
  /** The uses of one token and address lie in as many spans of a quarter of an hour, the tokens take turns in each. */
  const at = (index: number) =>
    within.start + (index % SPANS) * 15 * MINUTE + (Math.floor(index / SPANS) % (15 * 60)) * 1000;
  const uses = Array.from({ length: TOKEN_USES }, (_, index): AxiomEvent => {
    const pair = Math.floor(index / SPANS);
    const address = `10.${(pair >> 16) & 255}.${(pair >> 8) & 255}.${pair & 255}`;
    return logLine(at(index), 1 + (pair % TOKENS), address);
  });
  const thieves = Array.from({ length: THIEVES }, (_, index) => {
    const which = Math.floor(((index + 0.5) * FLAGGED) / THIEVES);
    // Each flagged address makes its one request in turn, evenly over the hour.
    const seen = within.start + Math.floor(((which + 0.5) * HOUR) / FLAGGED);
    return logLine(seen, 1_000_000 + index, flagged[which] ?? '');
  });
  return withEvents(crowd, DATASETS.gitlab, [...uses, ...thieves]);
}

function logLine(at: EpochMs, token: number, address: string): AxiomEvent {
  return {
    _time: at,
    time: toIso(at),
    status: 200,
    token_id: token,
    token_type: 'PersonalAccessToken',
    user_id: token,
    'meta.remote_ip': address,
    'meta.caller_id': 'GET /api/:version/projects',
  };
}

/** The assembly with less memory for every function; the local stack holds heaps to what the template says. */
async function withSmallFunctions(assemblyDir: string): Promise<string> {
  const copy = await mkdtemp(path.join(tmpdir(), 'latchkey-hunt-'));
  await cp(assemblyDir, copy, { recursive: true });
  const file = path.join(copy, 'Latchkey.template.json');
  const template = await readFile(file, 'utf8');
  await writeFile(file, template.replace(/"MemorySize": ?\d+/g, `"MemorySize":${HEAP_MB}`));
  return copy;
}

function lengthOf(enteredAt: string, exitedAt: string | undefined): number {
  return exitedAt === undefined ? 0 : (Date.parse(exitedAt) - Date.parse(enteredAt)) / 1000;
}
