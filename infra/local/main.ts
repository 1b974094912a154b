import '../check-node.js';
import { readSettingsFile, SynthError } from './assembly.ts';
import { bannerLines, readyLine } from './banner.ts';
import type { LocalEvent } from './events.ts';
import { HELP, type Options, parseOptions } from './options.ts';
import { type Paint, paintWith, wantsColour } from './paint.ts';
import { judgeHunt, playHunt } from './sample-hunt.ts';
import { judgeMonitor, playMonitor } from './sample-monitor.ts';
import { isOurs, judgeSample, playSample, sampleCaseLink } from './sample-run.ts';
import { type LocalStack, startLocalStack } from './stack.ts';
import { traceTo } from './trace.ts';
import { UsageError } from './usage-error.ts';

/** The entry point of `npm start` (design §5). Exit status: 0 well, 1 the run failed, 2 it was asked wrongly. */
const stopped = new AbortController();
/** Milliseconds. One Ctrl-C comes from the terminal, from npm and from our launcher; a later one is a new one. */
const ONE_SIGNAL = 1_000;
process.on('SIGINT', stop).on('SIGTERM', stop);
// Whoever read our output has gone: nobody is left to run for.
process.stdout.on('error', () => stopped.abort());

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(HELP);
  else process.exitCode = await run(options);
} catch (error) {
  process.exitCode = report(error);
}
// Nothing should be left; what is must not keep a finished run alive.
setTimeout(() => process.exit(), 2_000).unref();

/** Ends the run in order; a second signal, when that takes too long, ends it at once. */
function stop(): void {
  stopped.abort();
  setTimeout(() => process.off('SIGINT', stop).off('SIGTERM', stop), ONE_SIGNAL).unref();
}

async function run(options: Options): Promise<number> {
  const stream = options.json ? process.stderr : process.stdout;
  const write = (line: string) => void stream.write(`${line}\n`);
  const paint = paintWith(wantsColour(stream.isTTY ?? false, process.env));
  const started: { stack?: LocalStack } = {};
  const trace = traceTo({ write, paint, logs: options.logs, apiUrl: () => started.stack?.apiUrl ?? '' });
  const starting = startLocalStack({
    waitScale: options.waitScale,
    port: options.port,
    env: process.env,
    livePaging: options.livePaging,
    liveModel: options.liveModel,
    playsSample: !options.serve,
    runRules: options.serve,
    signal: stopped.signal,
    onEvent: (event) => {
      trace(event);
      if (options.json) writeJson(event);
    },
    ...(options.envFile === undefined ? {} : { envFile: options.envFile }),
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
    ...(options.settingsFile === undefined ? {} : { settings: await readSettingsFile(options.settingsFile) }),
  });
  const stack = await starting.catch((error: unknown) => {
    // Stopped while starting: nothing is up, and nothing is wrong.
    if (stopped.signal.aborted) return undefined;
    throw error;
  });
  if (stack === undefined) return statusWhenStopped(options);
  started.stack = stack;
  try {
    if (options.json) process.stdout.write(`${JSON.stringify(readyLine(stack))}\n`);
    for (const line of bannerLines(stack, paint)) write(line);
    if (options.serve) await untilStopped();
    else return await play(stack, options, write, paint);
    return 0;
  } finally {
    await stack.close();
  }
}

async function play(stack: LocalStack, options: Options, write: (line: string) => void, paint: Paint): Promise<number> {
  const problems = await Promise.race([playAndJudge(stack, write, paint), untilStopped()]);
  if (problems === undefined) return statusWhenStopped(options);
  write('');
  for (const problem of problems) write(paint.red(`not as it should be: ${problem}`));
  const good = isOurs(stack)
    ? 'The sample ended as it should.'
    : 'The cases ran to their end; what they found is above.';
  if (problems.length === 0) write(paint.green(good));
  if (options.once) return problems.length === 0 ? 0 : 1;
  for (const note of stack.runRules()) write(paint.yellow(note));
  write(`Staying up, with the rules on their timers. Ctrl-C ends it. All cases: ${stack.apiUrl}/cases`);
  const link = sampleCaseLink(stack);
  if (link !== undefined) write(`${paint.bold('Open the case:')} ${link}`);
  await untilStopped();
  return 0;
}

/** The spike, then one hunt over its hour, then the monitor. Resolves with what did not end as it should. */
async function playAndJudge(stack: LocalStack, write: (line: string) => void, paint: Paint): Promise<string[]> {
  const played = await playSample(stack, write, stopped.signal);
  if (stopped.signal.aborted) return [];
  const hunt = await playHunt(stack, write, paint);
  if (stopped.signal.aborted) return [];
  const monitor = await playMonitor(stack, write);
  return [...judgeSample(stack, played), ...judgeHunt(stack, hunt), ...judgeMonitor(stack, monitor)];
}

/** Whoever waits for the sample's end has not seen it. */
function statusWhenStopped(options: Options): number {
  return options.once ? 1 : 0;
}

function writeJson(event: LocalEvent): void {
  const line =
    event.kind === 'look'
      ? { event: 'look', execution: event.id, ...objectOf(event.output) }
      : event.kind === 'ended'
        ? { event: 'execution', ...event.execution }
        : undefined;
  if (line) process.stdout.write(`${JSON.stringify(line)}\n`);
}

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function untilStopped(): Promise<undefined> {
  return new Promise((resolve) => {
    if (stopped.signal.aborted) resolve(undefined);
    else stopped.signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

function report(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\nnpm start -- --help lists the options.\n`);
    return 2;
  }
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    process.stderr.write('--port: something else listens there already\n');
    return 2;
  }
  // A known failure is told in its own words; anything else is a fault of ours and brings its stack along.
  const text = error instanceof SynthError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text}\n`);
  return 1;
}
