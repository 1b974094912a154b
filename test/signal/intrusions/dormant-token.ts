import { DAY, MINUTE } from '../../../functions/core/time.ts';
import { rob } from './deeds.ts';
import type { Play } from './scene.ts';
import { rentedBot, scrapesSomehow, storm } from './scraping.ts';

const DORMANT = 45 * DAY;

/** A token that nobody used in a long time, and that somebody forgot somewhere, is used by who scrapes. */
export const dormantToken: Play = (scene) => {
  const { random, at } = scene;
  const loot = scene.steal(({ credential: { createdAt, lastUsedAt = createdAt }, uses }) => {
    return uses.length === 0 && lastUsedAt < at - DORMANT;
  });
  if (loot === undefined) return undefined;
  const client = rentedBot(scene);
  const lasts = random.int(12, 45) * MINUTE;
  const scrapesHere = scene.amid === undefined ? scrapesSomehow : storm;
  const web = scrapesHere(scene, client, [at, at + lasts]);
  const { calls, minted } = rob(scene, loot, at + random.int(2 * MINUTE, lasts - MINUTE), client);
  return { web, calls, credentials: minted };
};
