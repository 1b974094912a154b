import * as z from 'zod/mini';

/** The deploy-time settings this step reads. */
export const Settings = z.object({
  retentionDays: z.number(),
  cloudflare: z.object({ zones: z.array(z.string()), maxAddressesPerZone: z.number() }),
  gitlab: z.object({ hosts: z.array(z.string()) }),
  match: z.object({ ipv6PrefixLength: z.number() }),
});
export type Settings = z.infer<typeof Settings>;
