import { MINUTE } from '../../../functions/core/time.ts';
import { addressAt } from '../places.ts';
import { shuffled } from '../random-for.ts';
import type { CallAction } from '../truth.ts';
import { rob, takes } from './deeds.ts';
import { Errand } from './errand.ts';
import { allows } from './rights.ts';
import type { Play } from './scene.ts';
import { botAt, scrapes } from './scraping.ts';
import { networkText } from './terrain.ts';

const SENSITIVE: readonly CallAction[] = [
  'variable-read',
  'token-created',
  'member-added',
  'webhook-created',
  'project-export',
];

/**
 * A machine in an office that nobody listed is somebody else's now. From behind the NAT that half the staff share, it
 * uses a credential of somebody who does not sit there, for something it was never used for.
 */
export const officeNatNewAction: Play = (scene) => {
  const { random, at, places } = scene;
  const { asn, country } = places.unlistedOffice;
  const address = addressAt(places.unlistedOffice, at);
  const loot = scene.steal(({ credential, habits, networks }) => {
    if (credential.owner.bot === true || networks.has(networkText(address))) return false;
    return SENSITIVE.some((action) => allows(credential, action) && !habits.has(action));
  });
  if (loot === undefined) return undefined;
  const { credential, habits } = loot;
  const fresh = SENSITIVE.filter((action) => allows(credential, action) && !habits.has(action));
  const client = botAt(random, { address, asn, country });
  const lasts = random.int(15, 50) * MINUTE;
  const web = scrapes(scene, client, [at, at + lasts], random.int(5, 120));
  const looked = rob(scene, loot, at + random.int(2 * MINUTE, lasts - MINUTE), client, 'look');
  const errand = new Errand(scene, { address, credential: credential.id, owner: credential.owner.id }, looked.until);
  for (const action of shuffled(random, fresh).slice(0, random.int(1, 2))) takes(scene, loot, errand, action);
  return { web, calls: [...looked.calls, ...errand.calls], credentials: [...looked.minted, ...errand.minted] };
};
