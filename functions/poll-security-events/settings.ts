import * as z from 'zod/mini';
import { MonitorFilterSetting } from '../adapters/cloudflare/event-filter.ts';

/** The deploy-time settings this step reads. */
export const Settings = z.object({
  mode: z.enum(['shadow', 'live']),
  retentionDays: z.number(),
  cloudflare: z.object({ zones: z.array(z.string()) }),
  monitor: z.object({
    /** Empty: nothing is watched. */
    filters: z.array(MonitorFilterSetting),
    windowHours: z.number(),
    limit: z.number(),
    alertOn: z.enum(['growth', 'change']),
    factor: z.number(),
    floor: z.number(),
    coolDownMinutes: z.number(),
    gitlabMinutes: z.number(),
  }),
  /** `off`: nobody delivers alerts. */
  alert: z.object({ format: z.string() }),
});
export type Settings = z.infer<typeof Settings>;
