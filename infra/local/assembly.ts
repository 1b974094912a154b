import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isObject, type JsonObject, mergeDeep, objectAt, parseJson, stringAt } from './json.ts';
import { UsageError } from './usage-error.ts';

/** A synthesized stack on disk: its template and where its function bundles lie. */
export interface Assembly {
  readonly directory: string;
  readonly stackName: string;
  readonly template: unknown;
  /** Absolute directory of each file asset, by the S3 key the template names. */
  readonly assets: ReadonlyMap<string, string>;
}

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** The app could not be synthesized. The message is what the app said. */
export class SynthError extends Error {
  override readonly name = 'SynthError';
}

/**
 * Synthesizes the app into a fresh directory, as a child process with this Node: several stacks may start from one
 * clone at once, and nobody's `cdk.out` is touched. Settings are merged over `cdk.json`'s in the order given.
 * @throws SynthError with the app's own words, for example a wrong setting.
 */
export async function synthesize(settings: readonly JsonObject[], signal?: AbortSignal): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'latchkey-assembly-'));
  const context = await localContext(settings);
  const variables = { CDK_OUTDIR: directory, CDK_CONTEXT_JSON: context };
  const { status, output } = await run(['infra/app.ts'], variables, signal);
  if (status === 0) return directory;
  await removeAssembly(directory);
  throw new SynthError(`The stack could not be synthesized:\n${plain(output)}`);
}

/** Removes what {@link synthesize} made. */
export async function removeAssembly(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}

/**
 * Reads a cloud assembly: the one stack's template and its file assets.
 * @throws Error naming the file that is missing or holds something else.
 */
export async function readAssembly(directory: string): Promise<Assembly> {
  const manifest = await readJson(path.join(directory, 'manifest.json'));
  const artifacts = Object.entries(objectAt(manifest, 'artifacts'));
  const stacks = artifacts.filter(([, artifact]) => stringAt(artifact, 'type') === 'aws:cloudformation:stack');
  const [stack] = stacks;
  if (stack === undefined || stacks.length > 1) {
    throw new Error(`${directory}: expected one stack in the cloud assembly, found ${stacks.length}`);
  }
  const [stackName, artifact] = stack;
  const templateFile = stringAt(objectAt(artifact, 'properties'), 'templateFile') ?? `${stackName}.template.json`;
  const assets = new Map<string, string>();
  for (const [, other] of artifacts) {
    if (stringAt(other, 'type') !== 'cdk:asset-manifest') continue;
    const file = stringAt(objectAt(other, 'properties'), 'file') ?? '';
    for (const [key, source] of assetsOf(await readJson(path.join(directory, file)))) {
      assets.set(key, path.resolve(directory, source));
    }
  }
  return { directory, stackName, template: await readJson(path.join(directory, templateFile)), assets };
}

/**
 * Settings from a file given on the command line.
 * @throws UsageError when it cannot be read or is no JSON object.
 */
export async function readSettingsFile(file: string): Promise<JsonObject> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    throw new UsageError(`--settings ${file}: cannot be read`);
  }
  const settings = parseJson(text);
  if (!isObject(settings)) throw new UsageError(`--settings ${file}: expected a JSON object`);
  return settings;
}

function assetsOf(manifest: unknown): [string, string][] {
  return Object.values(objectAt(manifest, 'files')).flatMap((file) => {
    const source = stringAt(objectAt(file, 'source'), 'path');
    if (source === undefined) return [];
    return Object.values(objectAt(file, 'destinations')).flatMap((destination): [string, string][] => {
      const key = stringAt(destination, 'objectKey');
      return key === undefined ? [] : [[key, source]];
    });
  });
}

async function localContext(settings: readonly JsonObject[]): Promise<string> {
  const context = objectAt(await readJson(path.join(PROJECT, 'cdk.json')), 'context');
  const base = objectAt(context, 'latchkey');
  const latchkey = settings.reduce<JsonObject>((merged, over) => mergeDeep(merged, over), base);
  // The command line tool would ask for path metadata too: it names each construct in what the local stack shows.
  return JSON.stringify({ 'aws:cdk:enable-path-metadata': true, ...context, latchkey });
}

async function readJson(file: string): Promise<unknown> {
  const value = parseJson(await readFile(file, 'utf8'));
  if (value === undefined) throw new Error(`${file}: holds no JSON`);
  return value;
}

function run(args: readonly string[], variables: Readonly<Record<string, string>>, signal?: AbortSignal) {
  return new Promise<{ status: number | null; output: string }>((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: PROJECT,
      // The caller's account and region have no place in a stack that stands here.
      env: { ...process.env, CDK_DEFAULT_ACCOUNT: undefined, CDK_DEFAULT_REGION: undefined, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(signal === undefined ? {} : { signal }),
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => {
      // An abort is an error too; the exit that follows it is what counts.
      if (child.pid === undefined) reject(error);
    });
    child.on('close', (status) => resolve({ status, output: Buffer.concat(chunks).toString('utf8') }));
  });
}

/** What the app said without the stack frames below it. */
function plain(output: string): string {
  const lines = output.split('\n').filter((line) => !/^\s+at /.test(line) && !/^Node\.js v/.test(line));
  return lines.join('\n').trim();
}
