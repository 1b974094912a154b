import * as z from 'zod/mini';
import { AxiomSettings } from '../adapters/axiom/settings.ts';

/** The deploy-time settings this step reads. */
export const Settings = z.object({
  retentionDays: z.number(),
  cloudflare: z.object({ zones: z.array(z.string()), maxAddressesPerZone: z.number() }),
  gitlab: z.object({ hosts: z.array(z.string()) }),
  monitor: z.object({ windowHours: z.number(), limit: z.number() }),
  window: z.object({ slackMinutes: z.number() }),
  hunt: z.object({ latenessMinutes: z.number() }),
  axiom: AxiomSettings,
  match: z.object({ ipv6PrefixLength: z.number() }),
});
export type Settings = z.infer<typeof Settings>;
