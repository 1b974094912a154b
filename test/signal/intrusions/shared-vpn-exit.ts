import { HOUR, MINUTE } from '../../../functions/core/time.ts';
import { addressAt } from '../places.ts';
import { rob } from './deeds.ts';
import type { Play, Scene } from './scene.ts';
import { botAt, scrapes } from './scraping.ts';
import { networkText } from './terrain.ts';

/**
 * The exit of a VPN that staff use, too: the organisation's own while others are on it (somebody got in), or one for
 * sale that a few of the staff pay for, on a day on which one of them did.
 */
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
  const isStaffed = (address: string, within: number) =>
    terrain.staffOn.get(networkText(address))?.some((seen) => Math.abs(seen - at) < within) === true;
  if (random.chance(0.5)) {
    const address = addressAt(vpnExit, at);
    return isStaffed(address, HOUR / 2) ? { address, asn: vpnExit.asn, country: vpnExit.country } : undefined;
  }
  const exits = publicVpns.flatMap(({ addresses, asn, country }) =>
    addresses.map((address) => ({ address, asn, country })),
  );
  const [first, ...rest] = exits.filter(({ address }) => isStaffed(address, 12 * HOUR));
  return first === undefined ? undefined : random.pick([first, ...rest]);
}
