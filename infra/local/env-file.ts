import { readFileSync } from 'node:fs';
import { UsageError } from './usage-error.ts';

/** A variable and where it came from: the caller's environment, or the file given with `--env`. */
export interface Variable {
  readonly value: string;
  readonly from: 'environment' | 'file';
}

/** The variables the local stack reads, by name. Empty ones count as not set and are not in here. */
export type Variables = ReadonlyMap<string, Variable>;

/**
 * The environment with the file's variables over it: what is in the file was written down for this stack, what is in
 * the environment may be there for anything.
 * @throws UsageError when the file cannot be read or has a line that is no `KEY=VALUE`.
 */
export function readVariables(environment: Readonly<Record<string, string | undefined>>, file?: string): Variables {
  const variables = new Map<string, Variable>();
  for (const [name, value] of Object.entries(environment)) {
    if (value) variables.set(name, { value, from: 'environment' });
  }
  if (file === undefined) return variables;
  for (const [name, value] of parseEnvFile(readText(file), file)) {
    if (value === '') variables.delete(name);
    else variables.set(name, { value, from: 'file' });
  }
  return variables;
}

/**
 * Reads `KEY=VALUE` lines: `#` starts a comment (at the start of a line, or after a space behind an unquoted value), an
 * `export ` in front is skipped, single quotes keep everything, double quotes know `\n`, `\"` and `\\`. A variable set
 * to nothing unsets the environment's.
 * @throws UsageError naming the line that is no variable; never its content, which may be a secret.
 */
export function parseEnvFile(text: string, name: string): Map<string, string> {
  const variables = new Map<string, string>();
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const match = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/.exec(line);
    const value = match?.[2] === undefined ? undefined : unquote(match[2]);
    if (match?.[1] === undefined || value === undefined) {
      throw new UsageError(`${name}, line ${index + 1}: expected KEY=VALUE, a comment or an empty line`);
    }
    variables.set(match[1], value);
  }
  return variables;
}

function unquote(text: string): string | undefined {
  if (text.startsWith("'")) return /^'([^']*)'\s*(?:#.*)?$/.exec(text)?.[1];
  if (text.startsWith('"')) {
    const inner = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(text)?.[1];
    return inner?.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return text.replace(/\s+#.*$/, '').trim();
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--env ${file}: cannot be read (${errorCode(error)})`);
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
