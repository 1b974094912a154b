import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Synthesized assemblies, bundles and all, shared by every test file of a run: the first that asks for one synthesizes
 * it, the others wait for it. As vitest's global setup this only makes the directory, and removes it at the end.
 */
export default function setup(): () => void {
  const directory = mkdtempSync(path.join(tmpdir(), 'latchkey-test-'));
  process.env[SHARED] = directory;
  // Whatever a test or the CDK leaves among temporary files goes with the run.
  process.env.TMPDIR = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}

/** Names the run's directory; worker processes inherit it. */
const SHARED = 'LATCHKEY_TEST_ASSEMBLIES';

/** CDK's own check of the template takes longer than the synthesis; `npm run synth` makes it. */
const FAST = { CDK_VALIDATION: 'false' };

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * The directory of a cloud assembly made by `infra/app.ts` as a child process, as the CDK command line runs it.
 * Do not write into it.
 * @param settings the whole of context `latchkey`; missing: `cdk.json`'s.
 * @throws Error with the app's output when it does not synthesize.
 */
export async function assembly(settings?: object): Promise<string> {
  const context = contextOf(settings);
  const root = sharedDirectory();
  const directory = path.join(root, createHash('sha256').update(context).digest('hex').slice(0, 16));
  if (await first(`${directory}.started`)) await synthesize(directory, context);
  else await finished(root, directory);
  if (existsSync(directory)) return directory;
  throw new Error(`infra/app.ts did not synthesize:\n${await readFile(failureOf(directory), 'utf8')}`);
}

/** The template of the one stack in an assembly, as plain JSON. */
export function readTemplate(directory: string): Record<string, Record<string, unknown>> {
  return JSON.parse(readFileSync(path.join(directory, 'Latchkey.template.json'), 'utf8'));
}

/** The context of `cdk.json` as JSON, with other settings where given; paths in the template as the CLI asks for them. */
export function contextOf(settings?: object): string {
  const { context } = JSON.parse(readFileSync(path.join(PROJECT, 'cdk.json'), 'utf8'));
  const latchkey = settings ?? context.latchkey;
  return JSON.stringify({ 'aws:cdk:enable-path-metadata': true, ...context, latchkey });
}

function sharedDirectory(): string {
  const shared = process.env[SHARED];
  if (shared !== undefined) return shared;
  // Without the global setup: one for this process alone.
  const undo = setup();
  process.once('exit', undo);
  return sharedDirectory();
}

async function first(directory: string): Promise<boolean> {
  try {
    await mkdir(directory);
    return true;
  } catch {
    // It exists: another test file got here before, and synthesizes.
    return false;
  }
}

async function synthesize(directory: string, context: string): Promise<void> {
  const building = `${directory}.building`;
  const { status, output } = await run({ CDK_OUTDIR: building, CDK_CONTEXT_JSON: context, ...FAST });
  if (status === 0) await rename(building, directory);
  else await writeFile(failureOf(directory), output);
}

function failureOf(directory: string): string {
  return `${directory}.failed`;
}

function finished(root: string, directory: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!existsSync(directory) && !existsSync(failureOf(directory))) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(root, look);
    look();
  });
}

/** The app with nothing of the caller's account in its environment. */
function run(variables: Readonly<Record<string, string>>): Promise<{ status: number | null; output: string }> {
  const { CDK_DEFAULT_ACCOUNT: _account, CDK_DEFAULT_REGION: _region, ...environment } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['infra/app.ts'], {
      cwd: PROJECT,
      env: { ...environment, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output: Buffer.concat(chunks).toString('utf8') }));
  });
}
