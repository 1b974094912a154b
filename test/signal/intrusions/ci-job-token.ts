import { HOUR, MINUTE } from '../../../functions/core/time.ts';
import { rob } from './deeds.ts';
import type { Play } from './scene.ts';
import { rentedBot, scrapesSomehow } from './scraping.ts';

/** A job's token leaks from its pipeline and is used elsewhere while the job still runs. */
export const ciJobToken: Play = (scene) => {
  const { random, at } = scene;
  const loot = scene.steal(({ credential: { createdAt } }) => createdAt >= at && createdAt < at + 6 * HOUR, 'jobs');
  if (loot === undefined) return undefined;
  const client = rentedBot(scene);
  const used = loot.credential.createdAt + random.int(3, 25) * MINUTE;
  const began = used - random.int(2, 15) * MINUTE;
  const web = scrapesSomehow(scene, client, [began, used + random.int(5, 30) * MINUTE]);
  const { calls } = rob(scene, loot, used, client, random.chance(0.5) ? 'look' : 'visit');
  return { web, calls };
};
