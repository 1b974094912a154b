import * as z from 'zod/mini';

/** The settings with which Cloudflare's requests are read from Axiom. */
export const AxiomSettings = z.object({
  /** Empty: there are no hunts. */
  cloudflareDataset: z.string(),
  cloudflarePreset: z.enum(['logpush', 'worker']),
  /** Column names that differ from the preset's; empty for one that is not to be used. */
  cloudflareFields: z.record(z.string(), z.string()),
});
export type AxiomSettings = z.infer<typeof AxiomSettings>;
