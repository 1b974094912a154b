import * as z from 'zod/mini';

/** The deploy-time settings this step reads. */
export const Settings = z.object({
  retentionDays: z.number(),
  analysis: z.object({
    model: z.string(),
    region: z.string(),
    includeOwners: z.boolean(),
    eventTokens: z.number(),
  }),
});
export type Settings = z.infer<typeof Settings>;
