import * as z from 'zod/mini';

/** The deploy-time settings this step reads. */
export const Settings = z.object({
  retentionDays: z.number(),
  axiom: z.object({ reportDataset: z.string() }),
});
export type Settings = z.infer<typeof Settings>;
