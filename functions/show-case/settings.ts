import type { Environment } from '../runtime/environment.ts';
import { ConfigError } from '../runtime/errors.ts';
import { readSettingsJson, SETTINGS_VARIABLE } from '../runtime/settings-json.ts';

/** The deploy-time settings this step reads. */
export interface Settings {
  readonly retentionDays: number;
  readonly looks: { readonly minutes: readonly number[] };
  readonly window: { readonly slackMinutes: number };
  readonly page: { readonly threshold: number };
}

/**
 * Reads them from `LATCHKEY_SETTINGS`. By hand, and not with the library that checks those of other steps: it is 14 kB
 * of the 400 that this function may have (design §10), for four fields.
 * @throws ConfigError naming the setting, and what is allowed
 */
export function readSettings(env: Environment): Settings {
  const given = readSettingsJson(env);
  const number = (...path: string[]) => checked(path, valueAt(given, path), isNumber, 'number');
  const numbers = (...path: string[]) => checked(path, valueAt(given, path), isNumbers, 'list of numbers');
  return {
    retentionDays: number('retentionDays'),
    looks: { minutes: numbers('looks', 'minutes') },
    window: { slackMinutes: number('window', 'slackMinutes') },
    page: { threshold: number('page', 'threshold') },
  };
}

function checked<T>(path: readonly string[], value: unknown, is: (value: unknown) => value is T, what: string): T {
  if (is(value)) return value;
  throw new ConfigError(`Settings in ${SETTINGS_VARIABLE} are wrong: ${path.join('.')} is missing or no ${what}.`);
}

function valueAt(given: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => Object.entries(value ?? {}).find(([key]) => key === name)?.[1], given);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isNumber);
}
