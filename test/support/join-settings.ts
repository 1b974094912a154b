import { SCORE_WEIGHTS } from '../../functions/core/score/weights.ts';
import type { JoinServices } from '../../functions/join/join.ts';

/** What the step that joins is set to, as far as a deployment says nothing else; hunts are on. */
export const JOIN_SETTINGS: JoinServices['settings'] = {
  alert: { format: 'auto' },
  axiom: { cloudflareDataset: 'cloudflare', cloudflarePreset: 'logpush', cloudflareFields: {} },
  retentionDays: 30,
  mode: 'live',
  cloudflare: { zones: [], maxAddressesPerZone: 10_000 },
  gitlab: { hosts: [] },
  window: { slackMinutes: 30 },
  hunt: { page: 'confirmed', probableScore: 83, delayMinutes: 10, overlapMinutes: 45, latenessMinutes: 15 },
  match: { ipv6PrefixLength: 64 },
  knownEgress: [],
  ownEgress: [],
  looks: { minutes: [5, 15, 60] },
  page: { threshold: 70, floor: true },
  verdict: { probableHours: 2 },
  score: { ...SCORE_WEIGHTS },
};
