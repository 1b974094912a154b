import { MINUTE } from '../../../functions/core/time.ts';
import { rob } from './deeds.ts';
import type { Play } from './scene.ts';
import { rentedBot, scrapesSomehow } from './scraping.ts';

/** Latchkey's own token, which reads everything there is, used from an address that scrapes. */
export const ownTokenStolen: Play = (scene) => {
  const { random, at } = scene;
  const loot = scene.steal(() => true, 'own');
  if (loot === undefined) return undefined;
  const client = rentedBot(scene);
  const lasts = random.int(12, 45) * MINUTE;
  const web = scrapesSomehow(scene, client, [at, at + lasts]);
  const { calls, minted } = rob(scene, loot, at + random.int(2 * MINUTE, lasts - MINUTE), client);
  return { web, calls, credentials: minted };
};
