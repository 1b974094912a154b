import { HOUR, MINUTE } from '../../../functions/core/time.ts';
import { rob } from './deeds.ts';
import type { Play } from './scene.ts';
import { rentedBot, scrapes } from './scraping.ts';

/** A few requests a minute for hours, and the token every now and then in between: no spike anywhere near. */
export const slowDrip: Play = (scene) => {
  const { random, at } = scene;
  const loot = scene.steal();
  if (loot === undefined) return undefined;
  const client = rentedBot(scene);
  const lasts = random.int(3 * HOUR, 7 * HOUR);
  const visits = random.int(3, 6);
  const robberies = Array.from({ length: visits }, (_, visit) => {
    const from = at + (lasts * (visit + 0.1 + 0.7 * random.unit())) / visits;
    return rob(scene, loot, from, client, random.chance(0.5) ? 'look' : 'visit');
  });
  return {
    web: scrapes(scene, client, [at, at + lasts + 2 * MINUTE], random.int(2, 5)),
    calls: robberies.flatMap(({ calls }) => calls),
    credentials: robberies.flatMap(({ minted }) => minted),
  };
};
