import { METHODS_BEST_FIRST, type Sighting } from '../sighting.ts';
import { part, type ScoreRule } from './network-evidence.ts';

/** Score 1 is certain, 2 to 29 likely (`reference/cloudflare.md` §10); the rest follows the ladder of §13.3. */
function certainty(sighting: Sighting): number {
  switch (sighting.method) {
    case 'bot-score':
      return sighting.lowestBotScore === 1 ? 1 : 0.85;
    case 'bot-product':
      return 0.85;
    case 'l7ddos':
      return 0.6;
    case 'rate-limit':
      return 0.5;
    case 'payload':
      return 0.3;
    case 'share':
      return 0.25;
    case 'security-event':
      return 0.2;
  }
}

function describe(sighting: Sighting): string {
  switch (sighting.method) {
    case 'bot-score':
      return sighting.lowestBotScore === undefined
        ? 'Cloudflare decided that it is automated.'
        : `Cloudflare gave it bot score ${sighting.lowestBotScore} (1 is certain, 30 and up is human).`;
    case 'bot-product':
      return 'A Cloudflare bot product acted on it.';
    case 'l7ddos':
      return 'Cloudflare mitigated it as part of an HTTP DDoS attack.';
    case 'rate-limit':
      return 'It ran into a rate limit at Cloudflare.';
    case 'payload':
      return "The alert's own text names it.";
    case 'security-event':
      return 'A security rule at Cloudflare acted on it or logged it; no bot product said that it is a bot.';
    case 'share':
      return 'Its share of the traffic rose far above its own baseline; no bot product said so.';
  }
}

/** How certain it is that this is a bot, and how that was found. */
export const bot: ScoreRule = ({ matches }, weight) => {
  const [best] = matches.map(({ sighting }) => sighting).sort(compareCertainty);
  if (best === undefined) return undefined;
  return part('bot', best.method, weight, certainty(best), describe(best));
};

/** The most certain first; of those the better method, then the lower score, so that what is told depends on no order. */
function compareCertainty(a: Sighting, b: Sighting): number {
  return (
    certainty(b) - certainty(a) ||
    METHODS_BEST_FIRST.indexOf(a.method) - METHODS_BEST_FIRST.indexOf(b.method) ||
    (a.lowestBotScore ?? 100) - (b.lowestBotScore ?? 100)
  );
}
