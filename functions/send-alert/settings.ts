import * as z from 'zod/mini';

/** The deploy-time settings this step reads. */
export const Settings = z.object({
  retentionDays: z.number(),
  casePage: z.object({ linkDays: z.number() }),
  alert: z.object({ format: z.enum(['auto', 'generic', 'slack', 'google-chat', 'off']) }),
});
export type Settings = z.infer<typeof Settings>;
