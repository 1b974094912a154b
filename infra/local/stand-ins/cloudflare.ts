import { MINUTE } from '../../../functions/core/time.ts';
import type { Clock } from '../../../functions/runtime/clock.ts';
import type { World } from '../scenario/world.ts';
import { type AlertingBooks, answerAlerting } from './cloudflare-alerting.ts';
import { failed } from './cloudflare-envelope.ts';
import { Refused, refusal } from './cloudflare-errors.ts';
import { readRequest, runQuery } from './cloudflare-graphql.ts';
import { answerRest, publishedRanges } from './cloudflare-rest.ts';
import { type Answer, type Asked, type Faults, faults, rateLimit, type StandIn, serve } from './stand-in.ts';

/** The token the stand-in knows when none is given. */
export const CLOUDFLARE_STAND_IN_TOKEN = 'latchkey-stand-in-cloudflare-token';

export interface CloudflareStandInOptions {
  readonly world: World;
  readonly clock: Clock;
  readonly port?: number;
  /** The one API token it accepts. */
  readonly token?: string;
  readonly faults?: Partial<Faults>;
  /** Refuse queries with the documented class as HTTP status instead of errors in a 200. */
  readonly errorsAsStatus?: boolean;
  /** Where registered notifications are kept; live. */
  readonly alerting?: AlertingBooks;
}

export interface CloudflareStandIn extends StandIn {
  /** Read at every request: may be replaced or added to while running. */
  world: World;
  readonly faults: Faults;
}

const URL_PATH = '/client/v4';

/** Requests per five minutes and token (`reference/cloudflare.md` §4.2). */
const GRAPHQL_BUDGET = 300;
const REST_BUDGET = 1200;

/** Cloudflare's API (`reference/cloudflare.md` §4) over a scenario. `url` ends with `/client/v4`. */
export async function startCloudflareStandIn(options: CloudflareStandInOptions): Promise<CloudflareStandIn> {
  const live = { world: options.world, faults: faults(options.faults) };
  const alerting = options.alerting ?? { destinations: [], policies: [] };
  const graphqlBudget = rateLimit(GRAPHQL_BUDGET, 5 * MINUTE, options.clock);
  const restBudget = rateLimit(REST_BUDGET, 5 * MINUTE, options.clock);
  let queries = 0;

  const graphql = (asked: Asked): Answer => {
    const now = options.clock.now();
    try {
      if (!authorized(asked, options)) throw new Refused(401, 'Authentication error', { code: 'authn' });
      if (asked.method !== 'POST') throw new Refused(400, 'only POST is supported');
      const budget = graphqlBudget.take('token');
      if ('waitMs' in budget) throw new Refused(429, 'rate limiter budget depleted, try again after 5 minutes');
      const asking = { now, lagMs: live.world.cloudflare.lagMs, draw: queries++ };
      const data = runQuery(readRequest(asked.text), live.world.cloudflare, asking, budget.free);
      return { status: 200, body: { data, errors: null } };
    } catch (error) {
      // Whatever is no refusal is a bug of the stand-in, and must not pass for an answer of Cloudflare's.
      if (!(error instanceof Refused)) throw error;
      return refusal(error, now, options.errorsAsStatus ?? false);
    }
  };

  const rest = async (route: string, asked: Asked): Promise<Answer> => {
    if (!authorized(asked, options)) {
      return route === '/user/tokens/verify'
        ? failed(401, 1000, 'Invalid API Token')
        : failed(403, 9109, 'Invalid access token');
    }
    const budget = restBudget.take('token');
    if ('waitMs' in budget) {
      const seconds = String(Math.ceil(budget.waitMs / 1000));
      return failed(429, 971, 'Please wait and consider throttling your request speed', { 'retry-after': seconds });
    }
    const { cloudflare } = live.world;
    const notified = await answerAlerting(route, asked, cloudflare, alerting, options.clock);
    return notified ?? answerRest(route, asked, cloudflare);
  };

  const server = await serve({
    name: 'cloudflare',
    clock: options.clock,
    ...(options.port === undefined ? {} : { port: options.port }),
    faults: live.faults,
    urlPath: URL_PATH,
    answer: (asked) => {
      if (!asked.path.startsWith(`${URL_PATH}/`)) return failed(404, 7000, 'No route for that URI');
      const route = asked.path.slice(URL_PATH.length);
      if (route === '/ips') return publishedRanges();
      return route === '/graphql' ? graphql(asked) : rest(route, asked);
    },
  });
  return Object.assign(live, server);
}

function authorized(asked: Asked, { token }: CloudflareStandInOptions): boolean {
  return asked.headers.authorization === `Bearer ${token ?? CLOUDFLARE_STAND_IN_TOKEN}`;
}
