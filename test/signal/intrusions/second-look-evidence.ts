import { MINUTE } from '../../../functions/core/time.ts';
import { rob } from './deeds.ts';
import type { Play } from './scene.ts';
import { rentedBot, storm } from './scraping.ts';

/** A token used in a storm's first minutes, while whatever shows uses of GitLab is minutes behind. */
export const secondLookEvidence: Play = (scene) => {
  const { random, at } = scene;
  const loot = scene.steal();
  if (loot === undefined) return undefined;
  const client = rentedBot(scene);
  const web = storm(scene, client, [at, at + random.int(15, 40) * MINUTE]);
  const lateBy = random.int(6 * MINUTE, 12 * MINUTE);
  const thief = { address: client.address, lateBy };
  const { calls, minted } = rob(scene, loot, at + random.int(MINUTE, 4 * MINUTE), thief);
  return { web, calls, credentials: minted };
};
