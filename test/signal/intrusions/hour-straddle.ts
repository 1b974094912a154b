import { HOUR, MINUTE } from '../../../functions/core/time.ts';
import { rob } from './deeds.ts';
import type { Play } from './scene.ts';
import { rentedBot, scrapesSomehow } from './scraping.ts';

/** The scraping ends some minutes before the full hour, and the token is used some minutes after it. */
export const hourStraddle: Play = (scene) => {
  const { random, at } = scene;
  const loot = scene.steal();
  if (loot === undefined) return undefined;
  const hour = Math.ceil(at / HOUR) * HOUR;
  const until = hour - random.int(2, 9) * MINUTE;
  const client = rentedBot(scene);
  const web = scrapesSomehow(scene, client, [until - random.int(10, 35) * MINUTE, until]);
  const { calls, minted } = rob(scene, loot, hour + random.int(2, 9) * MINUTE, client);
  return { web, calls, credentials: minted };
};
