import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { type Clock, systemClock } from '../../functions/runtime/clock.ts';
import { LatchkeyError } from '../../functions/runtime/errors.ts';
import type { Fetch } from '../../functions/runtime/http.ts';
import { paintWith, wantsColour } from '../local/paint.ts';
import { UsageError } from '../local/usage-error.ts';
import { SettingsError } from '../settings.ts';
import { Report, type ReportOptions } from './report.ts';

/** What a tool runs in: the process's own in production. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly clock: Clock;
  readonly fetch: Fetch;
  /** A number in [0, 1). */
  readonly random: () => number;
}

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The options every operator's tool has. */
export const SHARED_HELP = `  --env FILE         variables to read, KEY=VALUE lines; they win over the environment's
  --settings FILE    settings (JSON) merged over cdk.json's
  --json             JSON lines on standard output (use npm run --silent)
  --help             this text
`;

const SHARED = {
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean' },
  env: { type: 'string' },
  settings: { type: 'string' },
} as const;

/**
 * Reads the command line (without the program's name): the shared options and the tool's own.
 * @throws UsageError naming the option that is unknown or lacks its value.
 */
export function parseCommandLine<const Own extends ParseArgsOptionsConfig>(argv: readonly string[], own: Own) {
  try {
    const config = { args: [...argv], strict: true, allowPositionals: false } as const;
    const { values } = parseArgs({ ...config, options: { ...own, ...SHARED } });
    return values;
  } catch (error) {
    // parseArgs names the option and what is wrong with it; anything it throws is about the command line.
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** This process as surroundings. When whoever reads the output has gone, nobody is left to work for. */
export function thisProcess(): Surroundings {
  const { env, stdout, stderr } = process;
  stdout.on('error', () => process.exit());
  return { env, stdout, stderr, clock: systemClock, fetch, random: Math.random };
}

/** A report on standard output, in colour and wrapped where that is a terminal. */
export function openReport(
  { env, stdout }: Surroundings,
  { json, nameColumns }: Pick<ReportOptions, 'json' | 'nameColumns'>,
): Report {
  const isTerminal = !json && (stdout.isTTY ?? false);
  return new Report({
    write: (line) => void stdout.write(`${line}\n`),
    json,
    nameColumns,
    paint: paintWith(wantsColour(isTerminal, env)),
    columns: isTerminal ? stdout.columns : undefined,
    progress: isTerminal ? (text) => void stdout.write(`\r\x1b[2K${text}`) : undefined,
  });
}

/** Ends a report with its sums. Exit status: 0 when nothing failed, 1 otherwise. */
export function closeReport(report: Report, { stdout }: Surroundings, json: boolean): number {
  const { ok, warn, fail } = report.counts;
  const sums = json
    ? JSON.stringify({ event: 'summary', ok, warn, fail })
    : `\n${ok} ok, ${plural(warn, 'warning')}, ${plural(fail, 'failure')}`;
  stdout.write(`${sums}\n`);
  return fail === 0 ? 0 : 1;
}

function plural(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

/**
 * Runs a tool to its exit status: what it answers; 2 when it was asked wrongly; 1 when something stopped it. A known
 * failure is told in its own words, anything else is a fault of ours and brings its stack along.
 */
export async function exitStatus(tool: string, { stderr }: Surroundings, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof UsageError || error instanceof SettingsError) {
      stderr.write(`${error.message}\nnpm run ${tool} -- --help lists the options.\n`);
      return 2;
    }
    const known = error instanceof LatchkeyError;
    stderr.write(`${error instanceof Error ? (known ? error.message : error.stack) : String(error)}\n`);
    return 1;
  }
}
