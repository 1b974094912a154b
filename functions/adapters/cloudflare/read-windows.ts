import { MINUTE, type Window } from '../../core/time.ts';
import { LatchkeyError } from '../../runtime/errors.ts';
import { type GroupPage, joinPages, mergeHalves } from './group-rows.ts';
import { QueryTooHeavyError } from './refusals.ts';
import { halves } from './windows.ts';

export interface ReadOptions {
  /** Requests that splitting may cost, beyond one per window. */
  readonly splits: number;
  /** More groups than this are not wanted: stop splitting once an alias has them. */
  readonly enough: number;
}

/** Everything read about some windows. */
export interface WindowsReading extends GroupPage {
  readonly pages: number;
  /** Why a part could not be read; its status is `partial`. */
  readonly why: readonly string[];
}

/** Sampling is per query, and narrow windows get finer data (§4.6); below this the gain is not worth the request. */
const SHORTEST_SAMPLED_MS = 10 * MINUTE;
/** Halving may not be enough to reach a finer table; halving twice without a gain is taken for an answer. */
const HALVINGS_WITHOUT_GAIN = 2;
/** A page still cut at a minute stays cut. */
const SHORTEST_CUT_MS = MINUTE;

/** How the window around this one was sampled, and how many halvings ago that was coarser. */
interface Around {
  readonly sampleInterval: number;
  readonly withoutGain: number;
}

const NOTHING_AROUND: Around = { sampleInterval: Number.POSITIVE_INFINITY, withoutGain: 0 };

interface Budget {
  left: number;
  pages: number;
  readonly why: string[];
}

/**
 * Asks about each window, and again about its halves where the answer was cut at its limit, sampled, or refused as too
 * heavy. There are no cursors for groups (`reference/cloudflare.md` §4.5).
 * @throws whatever `ask` throws, when nothing at all could be read
 */
export async function readWindows(
  windows: readonly Window[],
  ask: (window: Window) => Promise<GroupPage>,
  options: ReadOptions,
): Promise<WindowsReading> {
  const budget: Budget = { left: options.splits, pages: 0, why: [] };
  const read: GroupPage[] = [];
  let failure: unknown;
  for (const window of windows) {
    try {
      read.push(await readWindow(window, ask, options, budget, NOTHING_AROUND));
    } catch (error) {
      // Fails towards partial coverage: what the other windows say still counts. Bugs are no gap and go on up.
      if (!(error instanceof LatchkeyError)) throw error;
      failure ??= error;
      budget.why.push(error.message);
    }
  }
  if (read.length === 0 && failure !== undefined) throw failure;
  return { ...joinPages(read), pages: budget.pages, why: [...new Set(budget.why)] };
}

async function readWindow(
  window: Window,
  ask: (window: Window) => Promise<GroupPage>,
  options: ReadOptions,
  budget: Budget,
  around: Around,
): Promise<GroupPage> {
  const parts = halves(window);
  let page: GroupPage;
  try {
    page = await ask(window);
    budget.pages++;
  } catch (error) {
    if (!(error instanceof QueryTooHeavyError) || parts === undefined || budget.left < 2) throw error;
    budget.left -= 2;
    const first = await readWindow(parts[0], ask, options, budget, NOTHING_AROUND);
    return joinPages([first, await readWindow(parts[1], ask, options, budget, NOTHING_AROUND)]);
  }
  const withoutGain = page.sampleInterval < around.sampleInterval ? 0 : around.withoutGain + 1;
  if (parts === undefined || budget.left < 2 || !worthSplitting(page, window, options, withoutGain)) return page;
  budget.left -= 2;
  try {
    const here = { sampleInterval: page.sampleInterval, withoutGain };
    const first = await readWindow(parts[0], ask, options, budget, here);
    return mergeHalves(page, [first, await readWindow(parts[1], ask, options, budget, here)]);
  } catch (error) {
    // Fails towards the coarser page, which was read and says itself that it is cut or sampled.
    if (!(error instanceof LatchkeyError)) throw error;
    budget.why.push(error.message);
    return page;
  }
}

function worthSplitting(page: GroupPage, window: Window, options: ReadOptions, withoutGain: number): boolean {
  const length = window.end - window.start;
  const most = Math.max(0, ...Object.values(page.groups).map((rows) => rows.length));
  if (page.cut && most < options.enough && length > SHORTEST_CUT_MS) return true;
  return page.sampleInterval > 1 && withoutGain < HALVINGS_WITHOUT_GAIN && length > SHORTEST_SAMPLED_MS;
}
