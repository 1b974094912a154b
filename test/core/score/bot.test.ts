import { describe, expect, it } from 'vitest';
import { bot } from '../../../functions/core/score/bot.ts';
import type { Sighting } from '../../../functions/core/sighting.ts';
import { match, sighting } from '../../support/evidence.ts';
import { networkEvidence, WEIGHT } from './network-evidence.ts';

const { lowestBotScore: _, ...UNSCORED } = sighting();

function scored(...sightings: readonly Sighting[]) {
  return bot(networkEvidence({ matches: sightings.map((seen) => match({ sighting: seen })) }), WEIGHT);
}

describe('how certain it is that this is a bot', () => {
  it.each([
    ['bot-score', 100],
    ['bot-product', 85],
    ['l7ddos', 60],
    ['rate-limit', 50],
    ['payload', 30],
    ['share', 25],
    ['security-event', 20],
  ] as const)('counts by how it was found: %s', (method, points) => {
    expect(scored(sighting({ method }))).toMatchObject({ input: method, points });
  });

  it.each([
    [sighting({ lowestBotScore: 1 }), 100, 'Cloudflare gave it bot score 1 (1 is certain, 30 and up is human).'],
    [sighting({ lowestBotScore: 29 }), 85, 'Cloudflare gave it bot score 29 (1 is certain, 30 and up is human).'],
    [UNSCORED, 85, 'Cloudflare decided that it is automated.'],
  ])('counts a score of 1 as certain, any other as likely (%#)', (seen, points, sentence) => {
    expect(scored(seen)).toMatchObject({ points, sentence });
  });

  it.each([
    ['the most certain', [sighting({ method: 'share' }), sighting(), sighting({ method: 'l7ddos' })], 'score 1 '],
    ['the better method', [sighting({ method: 'bot-product' }), sighting({ lowestBotScore: 2 })], 'score 2 '],
    ['the lower score', [sighting({ lowestBotScore: 29 }), UNSCORED, sighting({ lowestBotScore: 2 })], 'score 2 '],
  ])('goes by %s of what was seen, whatever the order', (_what, seen, words) => {
    expect(scored(...seen)?.sentence).toContain(words);
    expect(scored(...seen.toReversed())).toEqual(scored(...seen));
  });
});
