import * as z from 'zod/mini';

/** The deploy-time settings this step reads. */
export const Settings = z.object({
  retentionDays: z.number(),
  gitlab: z.object({ groups: z.array(z.string()), ca: z.string() }),
  axiom: z.object({
    /** Empty: GitLab's logs are not at Axiom. */
    gitlabDataset: z.string(),
    /** Column names that differ from GitLab's own; empty for one that is not to be used. */
    gitlabFields: z.record(z.string(), z.string()),
  }),
  hunt: z.object({ overlapMinutes: z.number(), delayMinutes: z.number(), latenessMinutes: z.number() }),
  window: z.object({ slackMinutes: z.number() }),
  match: z.object({ ipv6PrefixLength: z.number() }),
});
export type Settings = z.infer<typeof Settings>;
