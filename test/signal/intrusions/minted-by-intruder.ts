import { MINUTE } from '../../../functions/core/time.ts';
import { usesMinted } from './deeds.ts';
import { Errand } from './errand.ts';
import { allows } from './rights.ts';
import type { Play } from './scene.ts';
import { rentedBot, scrapesSomehow } from './scraping.ts';

/** Through somebody's browser session or token, the intruder makes a token, and works with that one. */
export const mintedByIntruder: Play = (scene) => {
  const { random, at } = scene;
  const bySession = random.chance(0.5);
  const loot = scene.steal(({ credential }) =>
    bySession ? credential.kind === 'personal' && credential.owner.bot !== true : allows(credential, 'token-created'),
  );
  if (loot === undefined) return undefined;
  const client = rentedBot(scene);
  const lasts = random.int(15, 45) * MINUTE;
  const web = scrapesSomehow(scene, client, [at, at + lasts]);
  const from = at + random.int(2 * MINUTE, lasts - 5 * MINUTE);
  const thief = { address: client.address, owner: loot.credential.owner.id };
  const errand = new Errand(scene, { ...thief, credential: bySession ? undefined : loot.credential.id }, from);
  errand.does('api-read', [loot.reach[0]], random.int(3, 20), 5000);
  const minted = bySession
    ? errand.mintsPersonalToken(loot.credential, random.pick(loot.reach))
    : errand.mintsProjectToken(random.pick(loot.reach));
  const uses = usesMinted(scene, minted, errand.waits(30_000, 6 * MINUTE).now, client);
  const session = bySession ? { session: `user/${loot.credential.owner.id}` } : {};
  return { web, calls: [...errand.calls, ...uses], credentials: [minted], ...session };
};
