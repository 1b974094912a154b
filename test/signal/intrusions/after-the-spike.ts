import { MINUTE } from '../../../functions/core/time.ts';
import { rob } from './deeds.ts';
import type { Play } from './scene.ts';
import { rentedBot, storm } from './scraping.ts';

/** The storm is over, and some 20 minutes later one of its addresses uses a token. */
export const afterTheSpike: Play = (scene) => {
  const { random, at } = scene;
  const loot = scene.steal();
  if (loot === undefined) return undefined;
  const client = rentedBot(scene);
  const until = at + random.int(10, 25) * MINUTE;
  const web = storm(scene, client, [at, until]);
  const { calls, minted } = rob(scene, loot, until + random.int(17, 23) * MINUTE, client);
  return { web, calls, credentials: minted };
};
