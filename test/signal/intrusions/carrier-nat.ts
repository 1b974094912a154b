import { MINUTE } from '../../../functions/core/time.ts';
import { rob } from './deeds.ts';
import type { Play } from './scene.ts';
import { botAt, scrapes } from './scraping.ts';
import { networkText } from './terrain.ts';

/** Through a phone, behind the carrier's NAT that some of the staff have too; the victim is none of those. */
export const carrierNat: Play = (scene) => {
  const { random, at, places, terrain, amid } = scene;
  const { addresses, asn, country } = random.pick(places.carriers);
  const staffed = addresses.filter((address) => terrain.staffOn.has(networkText(address)));
  const [first, ...rest] = staffed;
  if (first === undefined) return undefined;
  const client = botAt(random, { address: amid?.web[0]?.address ?? random.pick([first, ...rest]), asn, country });
  const loot = scene.steal(({ credential, networks }) => {
    return credential.owner.bot !== true && !networks.has(networkText(client.address));
  });
  if (loot === undefined) return undefined;
  const lasts = random.int(15, 50) * MINUTE;
  const web = scrapes(scene, client, [at, at + lasts], random.int(10, 300));
  const { calls, minted } = rob(scene, loot, at + random.int(2 * MINUTE, lasts - MINUTE), client);
  return { web, calls, credentials: minted };
};
