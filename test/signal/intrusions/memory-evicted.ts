import { MINUTE } from '../../../functions/core/time.ts';
import { rob, someZeal } from './deeds.ts';
import { Errand } from './errand.ts';
import { allows } from './rights.ts';
import type { Play } from './scene.ts';
import { rentedBot, scrapesSomehow } from './scraping.ts';

/**
 * First from the address that scrapes, then from six or more others within minutes, so that the five addresses which
 * GitLab remembers of a token no longer hold the first (`reference/gitlab.md` §4a).
 */
export const memoryEvicted: Play = (scene) => {
  const { random, at } = scene;
  const loot = scene.steal(({ credential }) => credential.id.startsWith('token/'));
  if (loot === undefined) return undefined;
  const { credential, reach } = loot;
  const scraper = rentedBot(scene);
  const lasts = random.int(12, 40) * MINUTE;
  const web = scrapesSomehow(scene, scraper, [at, at + lasts]);
  const action = allows(credential, 'api-read') ? 'api-read' : 'clone';
  const first = at + random.int(2 * MINUTE, lasts / 2);
  const hop = (address: string, from: number) =>
    new Errand(scene, { address, credential: credential.id, owner: credential.owner.id }, from).does(
      action,
      [random.pick(reach)],
      random.int(1, 4),
      2000,
    );
  const calls = [...hop(scraper.address, first).calls];
  let now = first;
  for (let others = random.int(6, 9); others > 0; others -= 1) {
    now += random.int(65_000, 90_000);
    calls.push(...hop(rentedBot(scene).address, now).calls);
  }
  if (someZeal(random) === 'look') return { web, calls };
  const last = rob(scene, loot, now + 2 * MINUTE, rentedBot(scene), 'plunder');
  return { web, calls: [...calls, ...last.calls], credentials: last.minted };
};
