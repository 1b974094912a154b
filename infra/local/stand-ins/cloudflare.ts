import type { Clock } from '../../../functions/runtime/clock.ts';
import type { World } from '../scenario/world.ts';
import { type Answer, type Asked, type Faults, faults, type StandIn, serve } from './stand-in.ts';

/** The token the stand-in knows when none is given. */
export const CLOUDFLARE_STAND_IN_TOKEN = 'latchkey-stand-in-cloudflare-token';

export interface CloudflareStandInOptions {
  readonly world: World;
  readonly clock: Clock;
  readonly port?: number;
  /** The one API token it accepts. */
  readonly token?: string;
  readonly faults?: Partial<Faults>;
}

export interface CloudflareStandIn extends StandIn {
  /** Read at every request: may be replaced or added to while running. */
  world: World;
  readonly faults: Faults;
}

/** Cloudflare's API (`reference/cloudflare.md` §4) over a scenario. `url` ends with `/client/v4`. */
export async function startCloudflareStandIn(options: CloudflareStandInOptions): Promise<CloudflareStandIn> {
  const live = { world: options.world, faults: faults(options.faults) };
  const server = await serve({
    name: 'cloudflare',
    clock: options.clock,
    ...(options.port === undefined ? {} : { port: options.port }),
    faults: live.faults,
    urlPath: '/client/v4',
    answer: (asked) => answer(asked),
  });
  return Object.assign(live, server);
}

function answer(_asked: Asked): Answer {
  return { status: 404, body: { success: false, errors: [{ code: 7000, message: 'No route for that URI' }] } };
}
