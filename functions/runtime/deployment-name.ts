import type { Environment } from './environment.ts';

/**
 * What this deployment is called on a page: `LATCHKEY_ENVIRONMENT`, else the region. It only labels, so a missing one
 * must not stop a page.
 */
export function deploymentName(env: Environment): string {
  return env.LATCHKEY_ENVIRONMENT || env.AWS_REGION || 'unknown';
}
