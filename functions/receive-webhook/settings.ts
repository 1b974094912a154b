import * as z from 'zod/mini';

/** The deploy-time settings this step reads. */
export const Settings = z.object({
  mode: z.enum(['shadow', 'live']),
  retentionDays: z.number(),
  cloudflare: z.object({ zones: z.array(z.string()) }),
  window: z.object({ leadMinutes: z.number() }),
});
export type Settings = z.infer<typeof Settings>;
