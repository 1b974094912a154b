import { LatchkeyError } from '../../runtime/errors.ts';
import type { RungReading } from './evidence.ts';
import { type Products, readFirewall } from './firewall-rung.ts';
import { readRawEvents } from './raw-events-rung.ts';
import { gapAt, type RungRequest } from './rung.ts';
import { readScores } from './score-rung.ts';
import { readShares } from './share-rung.ts';

/** Everything the method ladder read of one zone, rungs together. */
export interface LadderReading extends RungReading {
  /** At least one rung gave an answer; without one nothing is known of this zone. */
  readonly answered: boolean;
  /** The zone was asked for security events of the window, of any address, and has none. */
  readonly noEvents: boolean;
}

/**
 * The method ladder of `reference/cloudflare.md` §13.3 for one zone: bot scores where the zone has them, and what rate
 * limits and DDoS rules did; else what bot products, rate limits and DDoS rules did; and where even they saw nothing,
 * whose share of the traffic rose. A rung that fails is said in `why`, and the others still count.
 */
export async function climb(request: RungRequest): Promise<LadderReading> {
  const failures: string[] = [];
  const attempt = async (rung: () => Promise<RungReading | undefined>): Promise<RungReading | undefined | 'failed'> => {
    try {
      return await rung();
    } catch (error) {
      // Fails towards coverage that says so; a bug of ours is no gap in evidence.
      if (!(error instanceof LatchkeyError)) throw error;
      failures.push(gapAt(request.zone, error.message));
      return 'failed';
    }
  };

  const scores = await attempt(() => readScores(request));
  // Scores that should be there and could not be read leave the products as the best evidence.
  const products = scores === undefined || scores === 'failed' ? 'all' : 'limits';
  const events = request.noEvents ? NO_EVENTS : await attempt(() => readEvents(request, products));
  const nothingYet = scores === undefined && (events === undefined || (events !== 'failed' && events.total === 0));
  const shares = nothingYet ? await attempt(() => readShares(request)) : undefined;

  const read = [scores, events, shares].filter((reading) => reading !== undefined && reading !== 'failed');
  if (read.length === 0 && failures.length === 0) {
    failures.push(gapAt(request.zone, 'this plan offers neither bot scores, security events nor client addresses'));
  }
  const noEvents = events !== undefined && events !== 'failed' && events.total === 0 && events.why.length === 0;
  return { ...together(read, failures), noEvents };
}

const NO_EVENTS: RungReading = {
  evidence: [],
  onGitlabHosts: [],
  whole: true,
  cut: false,
  sampled: false,
  total: 0,
  counts: {},
  pages: 0,
  why: [],
};

async function readEvents(request: RungRequest, products: Products): Promise<RungReading | undefined> {
  return (await readFirewall(request, products)) ?? (await readRawEvents(request, products));
}

function together(read: readonly RungReading[], failures: readonly string[]): Omit<LadderReading, 'noEvents'> {
  const counts: Record<string, number> = {};
  for (const reading of read) {
    for (const [name, count] of Object.entries(reading.counts)) counts[name] = (counts[name] ?? 0) + count;
  }
  return {
    // What an earlier batch told is no answer to this one's failed question.
    answered: read.some((reading) => reading !== NO_EVENTS) || (read.length > 0 && failures.length === 0),
    evidence: read.flatMap(({ evidence }) => evidence),
    onGitlabHosts: read.flatMap(({ onGitlabHosts }) => onGitlabHosts),
    whole: failures.length === 0 && read.every(({ whole }) => whole),
    cut: read.some(({ cut }) => cut),
    sampled: read.some(({ sampled }) => sampled),
    total: read.reduce((sum, { total }) => sum + total, 0),
    counts,
    pages: read.reduce((sum, { pages }) => sum + pages, 0),
    why: [...new Set([...failures, ...read.flatMap(({ why }) => why)])],
  };
}
