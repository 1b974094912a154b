import * as z from 'zod/mini';
import { type Environment, requireEnv } from './environment.ts';
import { ConfigError } from './errors.ts';
import { describeIssues } from './schema-issues.ts';

const VARIABLE = 'LATCHKEY_SETTINGS';

/**
 * The settings a function needs, out of the JSON in `LATCHKEY_SETTINGS`, checked by the step's own schema. Throws
 * `ConfigError` naming the setting, what was wrong and what is allowed.
 */
export function readSettings<T>(schema: z.core.$ZodType<T>, env: Environment = process.env): T {
  const parsed = z.safeParse(schema, readJson(requireEnv(VARIABLE, env)));
  if (parsed.success) return parsed.data;
  throw new ConfigError(`Settings in ${VARIABLE} are wrong: ${describeIssues(parsed.error.issues)}.`);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Stops the function: a step must not run on guessed settings. The parser's message quotes the text, so it is dropped.
    throw new ConfigError(`Variable ${VARIABLE} is not JSON.`);
  }
}
