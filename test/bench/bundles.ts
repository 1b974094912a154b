import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { atMost, type Figure, median } from './figure.ts';

/** Those that ask GitLab. */
const GITBEAKER_STEPS: ReadonlySet<string> = new Set(['query-gitlab', 'start-hunt']);

/** Design §10. Gitbeaker alone is 235 kB and does not tree-shake (`reference/aws-platform.md` §2). */
const LARGEST_KB = 400;
const LARGEST_WITH_GITBEAKER_KB = 660;

/** Times the processor time of a process that loads nothing. One AWS client alone makes it 3.5 times. */
const SLOWEST_START = 5;
const SLOWEST_START_WITH_GITBEAKER = 6;
const STARTS = 9;

interface Bundle {
  readonly step: string;
  readonly file: string;
}

/** Size of each function's bundle in a cloud assembly, and how much longer Node takes to start with it loaded. */
export function bundleFigures(assemblyDirectory: string): Figure[] {
  const bundles = bundlesOf(assemblyDirectory);
  const ratios = startRatios(bundles);
  return bundles.flatMap(({ step, file }) => {
    const isLarge = GITBEAKER_STEPS.has(step);
    const size = { name: `bundle-size/${step}`, value: statSync(file).size / 1000, unit: 'kB' };
    const start = { name: `import-time/${step}`, value: ratios.get(file) ?? Number.NaN, unit: 'x empty module' };
    return [
      atMost(isLarge ? LARGEST_WITH_GITBEAKER_KB : LARGEST_KB, size),
      atMost(isLarge ? SLOWEST_START_WITH_GITBEAKER : SLOWEST_START, start),
    ];
  });
}

/** The functions of the template, each with its asset, as the asset's name lies in the function's code location. */
function bundlesOf(directory: string): Bundle[] {
  const template: unknown = JSON.parse(readFileSync(path.join(directory, 'Latchkey.template.json'), 'utf8'));
  const resources = Object.values(fieldOf(template, 'Resources') ?? {});
  const bundles = resources.flatMap((resource) => {
    const step = fieldOf(fieldOf(resource, 'Metadata'), 'latchkey:step');
    const key = fieldOf(fieldOf(fieldOf(resource, 'Properties'), 'Code'), 'S3Key');
    if (typeof step !== 'string' || typeof key !== 'string') return [];
    return [{ step, file: path.join(directory, `asset.${path.basename(key, '.zip')}`, 'index.mjs') }];
  });
  if (bundles.length === 0) throw new Error(`no function of the template in ${directory} names its step`);
  return bundles.sort((a, b) => (a.step < b.step ? -1 : 1));
}

function fieldOf(value: unknown, name: string): unknown {
  return Object.entries(typeof value === 'object' && value !== null ? value : {}).find(([key]) => key === name)?.[1];
}

/**
 * Processor time of a process up to the point where it has loaded the bundle, over that of one that loads an empty
 * module. Processor time, and taken in turn, so that a busy machine changes little.
 */
function startRatios(bundles: readonly Bundle[]): Map<string, number> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'latchkey-bench-'));
  try {
    const empty = path.join(scratch, 'empty.mjs');
    writeFileSync(empty, 'export {};\n');
    const files = [empty, ...bundles.map(({ file }) => file)];
    const times = new Map(files.map((file) => [file, [] as number[]]));
    for (let start = 0; start < STARTS; start++) for (const [file, all] of times) all.push(millisecondsToLoad(file));
    const base = median(times.get(empty) ?? []);
    return new Map(files.map((file) => [file, median(times.get(file) ?? []) / base]));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function millisecondsToLoad(file: string): number {
  const code = `await import(${JSON.stringify(pathToFileURL(file).href)});
    const { user, system } = process.threadCpuUsage(); process.stdout.write(String(user + system));`;
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(`${file} does not load: ${child.stderr}`);
  return Number(child.stdout) / 1000;
}
