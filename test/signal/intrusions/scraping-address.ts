import { MINUTE } from '../../../functions/core/time.ts';
import { rob } from './deeds.ts';
import type { Play } from './scene.ts';
import { rentedBot, scrapesSomehow } from './scraping.ts';

/** A token is used from the very address that scrapes, while it does. */
export const scrapingAddress: Play = (scene) => {
  const { random, at } = scene;
  const loot = scene.steal();
  if (loot === undefined) return undefined;
  const client = rentedBot(scene);
  const lasts = random.int(12, 50) * MINUTE;
  const web = scrapesSomehow(scene, client, [at, at + lasts]);
  const { calls, minted } = rob(scene, loot, at + random.int(2 * MINUTE, lasts - MINUTE), client);
  return { web, calls, credentials: minted };
};
