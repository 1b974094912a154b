import type { Clock } from '../../../functions/runtime/clock.ts';
import type { World } from '../scenario/world.ts';
import { type Answer, type Asked, type Faults, faults, type StandIn, serve } from './stand-in.ts';

/** The secret of the world's own token when none is given. */
export const GITLAB_STAND_IN_TOKEN = 'latchkey-stand-in-gitlab-token';

export interface GitlabStandInOptions {
  readonly world: World;
  readonly clock: Clock;
  readonly port?: number;
  /** The secret that authenticates as the world's `ownTokenId`. */
  readonly token?: string;
  readonly faults?: Partial<Faults>;
}

export interface GitlabStandIn extends StandIn {
  /** Read at every request: may be replaced or added to while running. */
  world: World;
  readonly faults: Faults;
}

/** GitLab's REST API (`reference/gitlab.md` §1, §4) over a scenario. `url` is the site root. */
export async function startGitlabStandIn(options: GitlabStandInOptions): Promise<GitlabStandIn> {
  const live = { world: options.world, faults: faults(options.faults) };
  const server = await serve({
    name: 'gitlab',
    clock: options.clock,
    ...(options.port === undefined ? {} : { port: options.port }),
    faults: live.faults,
    answer: (asked) => answer(asked),
  });
  return Object.assign(live, server);
}

function answer(_asked: Asked): Answer {
  return { status: 404, body: { message: '404 Not Found' } };
}
