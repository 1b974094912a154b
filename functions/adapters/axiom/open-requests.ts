import { gitlabHostNames } from '../../core/gitlab-hosts.ts';
import { MINUTE } from '../../core/time.ts';
import { requireUrlEnv } from '../../runtime/environment.ts';
import type { Runtime } from '../../runtime/handler.ts';
import type { Secrets } from '../../runtime/secrets.ts';
import type { AxiomOptions } from './client.ts';
import { axiomFromEnvironment } from './from-environment.ts';
import { AxiomRequests } from './requests.ts';
import type { SchemaCache } from './schema.ts';
import type { AxiomSettings } from './settings.ts';

/** The settings that reading Cloudflare's requests from Axiom depends on. */
export interface RequestSettings {
  readonly axiom: AxiomSettings;
  readonly gitlab: { readonly hosts: readonly string[] };
  readonly hunt: { readonly latenessMinutes: number };
  readonly match: { readonly ipv6PrefixLength: number };
  readonly window: { readonly slackMinutes: number };
}

/**
 * Cloudflare's requests as Axiom holds them; undefined where no dataset is configured. Asks nothing yet.
 * @param tries of what is asked. Each call has a client of its own: neither failures nor a pause that Axiom asks for
 *   reach what another asks
 */
export function openAxiomRequests(
  runtime: Runtime,
  secrets: Secrets,
  cache: SchemaCache,
  settings: RequestSettings,
  tries: Pick<AxiomOptions, 'attempts'> = {},
): AxiomRequests | undefined {
  const { axiom, gitlab, hunt, match, window } = settings;
  if (axiom.cloudflareDataset === '') return undefined;
  return new AxiomRequests({
    client: axiomFromEnvironment(runtime, secrets, tries),
    cache,
    dataset: axiom.cloudflareDataset,
    preset: axiom.cloudflarePreset,
    overrides: axiom.cloudflareFields,
    gitlabHosts: gitlabHostNames(requireUrlEnv('GITLAB_URL', runtime.env), gitlab.hosts),
    ipv6PrefixLength: match.ipv6PrefixLength,
    slackMs: window.slackMinutes * MINUTE,
    lateMs: hunt.latenessMinutes * MINUTE,
    clock: runtime.clock,
  });
}
