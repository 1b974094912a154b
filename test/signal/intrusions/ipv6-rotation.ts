import { MINUTE } from '../../../functions/core/time.ts';
import { ipv6In } from '../addresses.ts';
import { rob } from './deeds.ts';
import type { Play } from './scene.ts';
import { botAt, countermeasure, scrapes } from './scraping.ts';
import { networkText } from './terrain.ts';

/** A machine with a whole /64 takes a new address for every few requests, and one more for the token. */
export const ipv6Rotation: Play = (scene) => {
  const { random, at, terrain } = scene;
  const loot = scene.steal();
  if (loot === undefined) return undefined;
  const network = `2001:db8:${random.int(0xe000, 0xefff).toString(16)}:${random.int(1, 0xffff).toString(16)}`;
  if (terrain.taken.has(networkText(ipv6In(random, network)))) return undefined;
  const machine = botAt(random, { address: ipv6In(random, network), asn: 14061, country: 'SG' });
  const security = countermeasure(random);
  const lasts = random.int(20, 60) * MINUTE;
  const web = Array.from({ length: random.int(200, 500) }, () => {
    const from = at + random.int(0, lasts - 2 * MINUTE);
    const until = from + random.int(MINUTE / 2, 2 * MINUTE);
    const client = { ...machine, address: ipv6In(random, network) };
    return scrapes(scene, client, [from, until], random.int(20, 200), security);
  }).flat();
  const { calls, minted } = rob(scene, loot, at + random.int(2 * MINUTE, lasts), machine);
  // Half of them never show the token's address on the web; with the others it made a request or two.
  const shown = random.chance(0.5) ? scrapes(scene, machine, [at + MINUTE, at + 2 * MINUTE], 2) : [];
  return { web: [...web, ...shown], calls, credentials: minted };
};
