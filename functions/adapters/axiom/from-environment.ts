import { requireEnv, requireUrlEnv } from '../../runtime/environment.ts';
import type { Runtime } from '../../runtime/handler.ts';
import type { Secrets } from '../../runtime/secrets.ts';
import type { AxiomClient, AxiomOptions } from './client.ts';
import { openAxiom } from './open-axiom.ts';

/**
 * Axiom where a function's variables say it is: `AXIOM_URL`, `AXIOM_EDGE_URL` (empty or missing: none) and the name of
 * the token's secret in `LATCHKEY_SECRET_AXIOM`. Throws `ConfigError` naming the variable. Asks nothing yet.
 */
export function axiomFromEnvironment(
  { env, fetch, clock, random }: Runtime,
  secrets: Secrets,
  tries: Pick<AxiomOptions, 'attempts'> = {},
): AxiomClient {
  const secret = requireEnv('LATCHKEY_SECRET_AXIOM', env);
  return openAxiom({
    url: requireUrlEnv('AXIOM_URL', env),
    ...(env.AXIOM_EDGE_URL ? { edgeUrl: requireUrlEnv('AXIOM_EDGE_URL', env) } : {}),
    token: (options) => secrets.token(secret, options),
    fetch,
    clock,
    random,
    ...tries,
  });
}
