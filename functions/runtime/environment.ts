import { ConfigError } from './errors.ts';

/** The variables of a process, as Node gives them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable's value. Throws `ConfigError` naming it when it is missing or empty. */
export function requireEnv(name: string, env: Environment = process.env): string {
  const value = env[name];
  if (value === undefined || value === '') throw new ConfigError(`Variable ${name} is not set; it must not be empty.`);
  return value;
}

/** The variable as an http or https URL without trailing slashes. Throws `ConfigError` naming it otherwise. */
export function requireUrlEnv(name: string, env: Environment = process.env): string {
  const value = requireEnv(name, env);
  const url = URL.parse(value);
  // The value is not quoted: a URL may carry credentials.
  if (
    url === null ||
    (url.protocol !== 'http:' && url.protocol !== 'https:') ||
    url.username !== '' ||
    url.search !== ''
  )
    throw new ConfigError(`Variable ${name} must be an http or https URL without credentials and without a query.`);
  return value.trim().replace(/\/+$/, '');
}
