import { rob } from './deeds.ts';
import type { Play } from './scene.ts';
import { rentedBot } from './scraping.ts';
import { networkText } from './terrain.ts';

/** Nothing but requests to GitLab itself, from somewhere its rightful holder never was. */
export const insideGitlabZone: Play = (scene) => {
  const client = rentedBot(scene);
  const { address } = client;
  const loot = scene.steal(({ networks }) => !networks.has(networkText(address)));
  if (loot === undefined) return undefined;
  const { calls, minted } = rob(scene, loot, scene.at, { address });
  return { web: [], calls, credentials: minted, clients: [client] };
};
