import { type Environment, requireEnv } from './environment.ts';
import { ConfigError } from './errors.ts';

/** The variable that holds the settings a function reads, as JSON. */
export const SETTINGS_VARIABLE = 'LATCHKEY_SETTINGS';

/** What `LATCHKEY_SETTINGS` holds, unchecked. Throws `ConfigError` where it is not set or no JSON. */
export function readSettingsJson(env: Environment): unknown {
  const text = requireEnv(SETTINGS_VARIABLE, env);
  try {
    return JSON.parse(text);
  } catch {
    // Stops the function: a step must not run on guessed settings. The parser's message quotes the text, so it is dropped.
    throw new ConfigError(`Variable ${SETTINGS_VARIABLE} is not JSON.`);
  }
}
