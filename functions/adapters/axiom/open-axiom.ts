import { AxiomClient, type AxiomOptions } from './client.ts';

export interface OpenAxiomOptions extends Omit<AxiomOptions, 'edgeUrl'> {
  /** Empty or missing: there is none. */
  readonly edgeUrl?: string | undefined;
}

/** Axiom where the settings say it is. Asks nothing yet. */
export function openAxiom({ edgeUrl, ...options }: OpenAxiomOptions): AxiomClient {
  return new AxiomClient({ ...options, ...(edgeUrl ? { edgeUrl } : {}) });
}
