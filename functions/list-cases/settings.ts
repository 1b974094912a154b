import * as z from 'zod/mini';

/** The deploy-time settings this step reads. */
export const Settings = z.object({ retentionDays: z.number(), looks: z.object({ minutes: z.array(z.number()) }) });
export type Settings = z.infer<typeof Settings>;
