import * as z from 'zod/mini';

/** The deploy-time settings this step reads. */
export const Settings = z.object({
  mode: z.enum(['shadow', 'live']),
  retentionDays: z.number(),
  gitlab: z.object({ groups: z.array(z.string()), ca: z.string() }),
  match: z.object({ ipv6PrefixLength: z.number() }),
  hunt: z.object({ delayMinutes: z.number() }),
  /** An empty dataset: there are no hunts. */
  axiom: z.object({ cloudflareDataset: z.string() }),
});
export type Settings = z.infer<typeof Settings>;
