import * as z from 'zod/mini';
import { AxiomSettings } from '../adapters/axiom/settings.ts';
import { SCORE_WEIGHTS } from '../core/score/weights.ts';

const weights = z.object(
  Object.fromEntries(Object.keys(SCORE_WEIGHTS).map((name) => [name, z.number()])) as {
    [name in keyof typeof SCORE_WEIGHTS]: z.ZodMiniNumber;
  },
);

/** The deploy-time settings this step reads. */
export const Settings = z.object({
  retentionDays: z.number(),
  mode: z.enum(['shadow', 'live']),
  cloudflare: z.object({ zones: z.array(z.string()), maxAddressesPerZone: z.number() }),
  gitlab: z.object({ hosts: z.array(z.string()) }),
  alert: z.object({ format: z.string() }),
  axiom: AxiomSettings,
  window: z.object({ slackMinutes: z.number() }),
  hunt: z.object({
    page: z.enum(['off', 'confirmed', 'threshold']),
    probableScore: z.number(),
    delayMinutes: z.number(),
    overlapMinutes: z.number(),
    latenessMinutes: z.number(),
  }),
  match: z.object({ ipv6PrefixLength: z.number() }),
  knownEgress: z.array(z.string()),
  ownEgress: z.array(z.string()),
  looks: z.object({ minutes: z.array(z.number()) }),
  page: z.object({ threshold: z.number(), floor: z.boolean() }),
  verdict: z.object({ probableHours: z.number() }),
  score: weights,
});
export type Settings = z.infer<typeof Settings>;
