import { MINUTE } from '../../../functions/core/time.ts';
import type { GitlabCall, SimCredential } from '../truth.ts';
import { rob } from './deeds.ts';
import type { Play } from './scene.ts';
import { rentedBot, scrapesSomehow } from './scraping.ts';

const STOLEN = 20;

/** Somebody bought or phished twenty tokens of twenty owners, and tries one after the other from one host. */
export const manyTokensOneHost: Play = (scene) => {
  const { random, at } = scene;
  const client = rentedBot(scene, false);
  const calls: GitlabCall[] = [];
  const credentials: SimCredential[] = [];
  let now = at + random.int(2, 8) * MINUTE;
  for (let count = 0; count < STOLEN; count += 1) {
    const loot = scene.steal();
    if (loot === undefined) return undefined;
    const { calls: deeds, minted } = rob(scene, loot, now, client, random.chance(0.75) ? 'look' : 'visit');
    calls.push(...deeds);
    credentials.push(...minted);
    now += random.int(20_000, 3 * MINUTE);
  }
  const web = scrapesSomehow(scene, client, [at, now + random.int(-5, 10) * MINUTE]);
  return { web, calls, credentials };
};
