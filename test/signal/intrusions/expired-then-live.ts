import { DAY, MINUTE } from '../../../functions/core/time.ts';
import type { SimCredential } from '../truth.ts';
import { rob } from './deeds.ts';
import { Errand } from './errand.ts';
import type { Play, Scene } from './scene.ts';
import { rentedBot, scrapesSomehow } from './scraping.ts';
import type { Loot } from './terrain.ts';

/** An old leak holds two tokens: the first expired and is turned away, the second still opens. */
export const expiredThenLive: Play = (scene) => {
  const { random, at } = scene;
  const loot = scene.steal(isListed);
  const other = random.chance(0.5) ? loot : scene.steal((loot) => isListed(loot) && loot.credential.owner.bot !== true);
  if (loot === undefined || other === undefined) return undefined;
  const expired = oldTokenOf(scene, other);
  const client = rentedBot(scene);
  const lasts = random.int(15, 45) * MINUTE;
  const web = scrapesSomehow(scene, client, [at, at + lasts]);
  const thief = { address: client.address, credential: expired.id, owner: expired.owner.id };
  const tries = new Errand(scene, thief, at + random.int(2 * MINUTE, lasts - 5 * MINUTE));
  tries.does('api-read', [other.reach[0]], random.int(1, 6), 3000, { refusal: 'token_expired' });
  const { calls, minted } = rob(scene, loot, tries.waits(10_000, 4 * MINUTE).now, client);
  return { web, calls: [...tries.calls, ...calls], credentials: [expired, ...minted] };
};

function isListed({ credential }: Loot): boolean {
  return credential.id.startsWith('token/');
}

/** A token of the same kind that the same account had before, forgotten where it leaked. */
function oldTokenOf(scene: Scene, { credential }: Loot): SimCredential {
  const { random, at } = scene;
  const expiresAt = at - random.int(5, 200) * DAY;
  const { name: _, revokedAt: __, ...rest } = credential;
  return {
    ...rest,
    id: `token/${scene.number()}`,
    name: 'old laptop',
    createdAt: expiresAt - 364 * DAY,
    expiresAt,
    lastUsedAt: expiresAt - random.int(1, 100) * DAY,
    active: false,
  };
}
