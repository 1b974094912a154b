import { indexSightings, joinUses } from '../../functions/core/join.ts';
import type { Sighting } from '../../functions/core/sighting.ts';
import { HOUR, instant, MINUTE } from '../../functions/core/time.ts';
import type { TokenUse } from '../../functions/core/token-use.ts';
import { asParsed, atLeast, type Figure, millisecondsOf, seededRandom, wholeBelow } from './figure.ts';

const NETWORKS = 100_000;
const USES = 200_000;
const ROUNDS = 9;
/** One use in this many comes from a sighted network. */
const MATCHED = 100;

const WINDOW = { start: 0, end: HOUR };
const SLACK = 30 * MINUTE;

/** Token uses joined per second and core against 100,000 sighted networks (design §10). */
export function joinFigures(): Figure[] {
  const random = seededRandom(3);
  const index = indexSightings(asParsed(Array.from({ length: NETWORKS }, (_, place) => sightingAt(place))));
  const uses = () => asParsed(Array.from({ length: USES }, () => useOf(random)));
  let matches = 0;
  const ms = millisecondsOf(ROUNDS, uses, (all) => {
    matches += joinUses(all, index, { window: WINDOW, slack: SLACK }).length;
  });
  if (matches === 0) throw new Error('nothing matched; the figure would measure nothing');
  return [atLeast(2, { name: 'join/100000-networks', value: USES / ms / 1000, unit: 'million/s' })];
}

/** Every fifth sighting is of an IPv6 network. */
function networkAt(place: number): { address: string; network: string } {
  if (place % 5 === 0) {
    const network = `2001:db8:${(place >>> 8).toString(16)}:${(place & 255).toString(16)}`;
    return { address: `${network}::1`, network: `${network}::/64` };
  }
  const address = `198.${(place >>> 16) & 255}.${(place >>> 8) & 255}.${place & 255}`;
  return { address, network: address };
}

function sightingAt(place: number): Sighting {
  const { address, network } = networkAt(place);
  return {
    address,
    network,
    original: address,
    seen: { notBefore: 10 * MINUTE, notAfter: 20 * MINUTE },
    seenExactly: true,
    requests: 100,
    sampleInterval: 1,
    ja4: [],
    hosts: ['www.example.com'],
    paths: ['/'],
    zone: { id: '0123456789abcdef0123456789abcdef' },
    method: 'bot-score',
    confidence: 'high',
    askedBack: false,
  };
}

function useOf(random: () => number): TokenUse {
  const isMatched = wholeBelow(MATCHED, random) === 0;
  const { address, network } = networkAt(
    isMatched ? wholeBelow(NETWORKS, random) : NETWORKS + wholeBelow(2 ** 22, random),
  );
  return {
    credential: 'token/1',
    address,
    network,
    original: address,
    at: instant(wholeBelow(HOUR, random)),
    strength: 'used',
    sources: ['audit'],
    action: 'project_access_token_created',
  };
}
