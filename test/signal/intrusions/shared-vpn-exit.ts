import { MINUTE } from '../../../functions/core/time.ts';
import { addressAt } from '../places.ts';
import { rob } from './deeds.ts';
import type { Play, Scene } from './scene.ts';
import { botAt, scrapes } from './scraping.ts';
import { networkText } from './terrain.ts';

/** The exit of a VPN that staff use at the same time: the organisation's own (somebody is inside), or one for sale. */
export const sharedVpnExit: Play = (scene) => {
  const { random, at } = scene;
  const exit = someExit(scene);
  const loot = scene.steal(({ credential }) => credential.owner.bot !== true);
  if (loot === undefined || exit === undefined) return undefined;
  const client = botAt(random, exit);
  const lasts = random.int(15, 50) * MINUTE;
  const web = scrapes(scene, client, [at, at + lasts], random.int(10, 200));
  const { calls, minted } = rob(scene, loot, at + random.int(2 * MINUTE, lasts - MINUTE), client);
  return { web, calls, credentials: minted };
};

function someExit({ random, at, places, terrain }: Scene) {
  const { vpnExit, publicVpns } = places;
  const forSale = publicVpns.flatMap(({ addresses, asn, country }) =>
    addresses
      .filter((address) => terrain.staffOn.has(networkText(address)))
      .map((address) => ({ address, asn, country })),
  );
  const [first, ...rest] = forSale;
  if (first !== undefined && random.chance(0.5)) return random.pick([first, ...rest]);
  return { address: addressAt(vpnExit, at), asn: vpnExit.asn, country: vpnExit.country };
}
