import { MINUTE } from '../../core/time.ts';
import type { Runtime } from '../../runtime/handler.ts';
import type { Secrets } from '../../runtime/secrets.ts';
import { axiomFromEnvironment } from './from-environment.ts';
import { axiomLogs, type LogSource } from './logs.ts';
import type { SchemaCache } from './schema.ts';

/** The settings that reading GitLab's logs from Axiom depends on. */
export interface LogSettings {
  readonly axiom: { readonly gitlabDataset: string; readonly gitlabFields: Readonly<Record<string, string>> };
  readonly hunt: { readonly latenessMinutes: number };
  readonly match: { readonly ipv6PrefixLength: number };
  readonly window: { readonly slackMinutes: number };
}

/** GitLab's logs as Axiom holds them; undefined where no dataset is configured. Asks nothing yet. */
export function openAxiomLogs(
  runtime: Runtime,
  secrets: Secrets,
  cache: SchemaCache,
  { axiom, hunt, match, window }: LogSettings,
): LogSource | undefined {
  if (axiom.gitlabDataset === '') return undefined;
  return axiomLogs({
    client: axiomFromEnvironment(runtime, secrets),
    cache,
    dataset: axiom.gitlabDataset,
    overrides: axiom.gitlabFields,
    ipv6PrefixLength: match.ipv6PrefixLength,
    slackMs: window.slackMinutes * MINUTE,
    lateMs: hunt.latenessMinutes * MINUTE,
    clock: runtime.clock,
  });
}
