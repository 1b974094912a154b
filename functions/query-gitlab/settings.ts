import * as z from 'zod/mini';

/** The deploy-time settings this step reads. */
export const Settings = z.object({
  retentionDays: z.number(),
  gitlab: z.object({ groups: z.array(z.string()), ca: z.string() }),
  window: z.object({ slackMinutes: z.number() }),
  match: z.object({ ipv6PrefixLength: z.number() }),
});
export type Settings = z.infer<typeof Settings>;
