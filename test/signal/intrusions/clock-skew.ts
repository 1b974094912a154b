import { MINUTE } from '../../../functions/core/time.ts';
import { rob } from './deeds.ts';
import type { Play } from './scene.ts';
import { rentedBot, scrapesSomehow } from './scraping.ts';

/**
 * GitLab's clock is two to four minutes off. Slow: the token is used as the scraping begins, and by GitLab's clock
 * before it. Fast: the other way round at its end.
 */
export const clockSkew: Play = (scene) => {
  const { random, at } = scene;
  const loot = scene.steal();
  if (loot === undefined) return undefined;
  const client = rentedBot(scene);
  const until = at + random.int(10, 40) * MINUTE;
  const web = scrapesSomehow(scene, client, [at, until]);
  const offBy = random.int(2 * MINUTE, 4 * MINUTE);
  const shown = random.chance(0.5) ? at + random.int(5000, MINUTE) - offBy : until - random.int(5000, MINUTE) + offBy;
  const { calls, minted } = rob(scene, loot, shown, client);
  return { web, calls, credentials: minted };
};
