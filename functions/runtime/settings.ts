import * as z from 'zod/mini';
import type { Environment } from './environment.ts';
import { ConfigError } from './errors.ts';
import { describeIssues } from './schema-issues.ts';
import { readSettingsJson, SETTINGS_VARIABLE } from './settings-json.ts';

/**
 * The settings a function needs, out of the JSON in `LATCHKEY_SETTINGS`, checked by the step's own schema. Throws
 * `ConfigError` naming the setting, what was wrong and what is allowed.
 */
export function readSettings<T>(schema: z.core.$ZodType<T>, env: Environment = process.env): T {
  const parsed = z.safeParse(schema, readSettingsJson(env));
  if (parsed.success) return parsed.data;
  throw new ConfigError(`Settings in ${SETTINGS_VARIABLE} are wrong: ${describeIssues(parsed.error.issues)}.`);
}
