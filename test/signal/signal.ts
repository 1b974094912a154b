import '../../infra/check-node.js';
import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { whyEvents } from './explain.ts';
import { falsePagesOf, recallOf } from './metrics.ts';
import { EVIDENCE_MIXES, type EvidenceMix } from './observed.ts';
import { plotSvg } from './plot.ts';
import { type PlayedMonth, playAll } from './pool.ts';
import { kindEvents, summaryEvent, textReport } from './report.ts';
import { reducedEvent, reducedMisses } from './stand-ins/reduced-report.ts';
import { playReducedSet, type ReducedRow } from './stand-ins/reduced-set.ts';
import { missedGoals, summarize } from './summary.ts';

/**
 * `npm run signal [-- --json] [--seed N] [--months M] [--mix NAME]… [--plot FILE] [--why] [--fast]`: how good the
 * detection is on labelled stories of one organisation, beside the rules that others use. Plays the stories of `M` seeds
 * from `N` on under every evidence mix, or the named ones, and then a few scenes of the first through the synthesized
 * stack; `--fast` leaves these out. A table, or JSON lines; `--plot` writes an SVG, `--why` tells of every missed intrusion
 * and false page. Exits 1 when a goal is missed, or a scene wakes nobody where the fast mode does.
 *
 * Weights are tuned on seeds 1 to 20; what is reported is measured on 101 to 120, the default.
 */
const options = readOptions();

const first = wholeNumber('seed', options.seed);
const count = wholeNumber('months', options.months);
const seeds = Array.from({ length: count }, (_, index) => first + index);
const mixes = options.mix.length === 0 ? EVIDENCE_MIXES : [...new Set(options.mix)].map(mixNamed);
if (options.plot !== undefined) checkWritable(options.plot);

const played: PlayedMonth[] = [];
await playAll(seeds, mixes, (month) => {
  played.push(month);
  if (options.json) tell(monthEvent(month));
  process.stderr.write(progress(month, played.length));
});
// Workers are done in any order; what is reported does not depend on it.
played.sort((a, b) => a.seed - b.seed);

const summaries = mixes.map((mix) => {
  const months = played.filter((month) => month.mix === mix.name);
  return summarize(
    mix,
    months.map(({ result }) => result),
  );
});
const scenes: ReducedRow[] = [];
const missed = summaries.flatMap(missedGoals);
if (!options.fast) missed.push(...(await sceneMisses()));

if (options.why) for (const event of played.flatMap(whyEvents)) tell(event);
if (options.json) {
  for (const event of summaries.flatMap(kindEvents)) tell(event);
  for (const scene of scenes) tell(reducedEvent(scene));
  for (const goal of missed) tell({ event: 'missed-goal', goal });
  for (const summary of summaries) tell(summaryEvent(summary));
} else {
  console.log(textReport(summaries, missed, scenes));
}
if (missed.length > 0) process.exitCode = 1;
if (options.plot !== undefined) writeFileSync(options.plot, plotSvg(summaries));

/** Plays the scenes; what does not go through the stack at all is a goal missed, and the rest is reported still. */
async function sceneMisses(): Promise<string[]> {
  try {
    const played = await playReducedSet(first, (row) => {
      process.stderr.write(
        `through the stack: ${row.kind.padEnd(20)} ${row.agrees ? 'agrees' : 'disagrees'}, ${row.seconds} s\n`,
      );
    });
    scenes.push(...played);
    return reducedMisses(played);
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.stack : thrown}\n`);
    return ['the scenes could not be played through the stack'];
  }
}

function tell(event: object): void {
  console.log(JSON.stringify(event));
}

function monthEvent({ seed, mix, result, ms }: PlayedMonth): object {
  const { intrusions, recalled } = recallOf([result]);
  return { event: 'month', seed, mix, intrusions, recalled, falsePages: falsePagesOf(result.run), ms: Math.round(ms) };
}

function progress({ seed, mix, result, ms }: PlayedMonth, done: number): string {
  const { intrusions, recalled } = recallOf([result]);
  const figures = `${recalled}/${intrusions} recalled, ${falsePagesOf(result.run)} false pages`;
  return `${done}/${seeds.length * mixes.length} seed ${seed} ${mix.padEnd(20)} ${figures}, ${(ms / 1000).toFixed(1)} s\n`;
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        seed: { type: 'string', default: '101' },
        months: { type: 'string', default: '20' },
        mix: { type: 'string', multiple: true, default: [] },
        plot: { type: 'string' },
        why: { type: 'boolean', default: false },
        fast: { type: 'boolean', default: false },
      },
    }).values;
  } catch (thrown) {
    const [what = ''] = (thrown instanceof Error ? thrown.message : `${thrown}`).split(/\. |\n/, 1);
    return fail(`${what}; allowed are --json, --seed N, --months M, --mix NAME, --plot FILE, --why and --fast.`);
  }
}

/** Refuses before anything is played what could not be written after it. */
function checkWritable(path: string): void {
  try {
    accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
  } catch {
    fail(`--plot "${path}" cannot be written: its folder must exist, and be writable.`);
  }
  if (statSync(existsSync(path) ? path : dirname(path)).isDirectory() === existsSync(path)) {
    fail(`--plot "${path}" must be a file in a folder.`);
  }
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  return fail(`--${option} must be a whole number above 0, not "${text}".`);
}

function mixNamed(name: string): EvidenceMix {
  const names = EVIDENCE_MIXES.map((mix) => mix.name).join(', ');
  return EVIDENCE_MIXES.find((mix) => mix.name === name) ?? fail(`--mix "${name}" is none of ${names}.`);
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
