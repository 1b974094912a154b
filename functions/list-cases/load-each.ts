import { isLost } from '../adapters/dynamodb/stored-part.ts';
import { errorFields } from '../runtime/safe-error.ts';
import { within } from '../runtime/within.ts';
import type { Services } from './services.ts';

/** What came of loading several things, each by itself: one that is broken hides no other. */
export interface LoadedEach<T> {
  /** By their ids, those that were read; undefined where nothing is stored under the id. */
  readonly read: ReadonlyMap<string, T | undefined>;
  /** How many are stored, and will never be read: parts of them are lost, or of an unknown form. */
  readonly lost: number;
}

/** Milliseconds that all of them may take together: the list itself has been read by then. */
const LOADING_MS = 3_000;

/** Loads what lies under each id, as far as it can be had in time. Never throws; the log says what could not be read. */
export async function loadEach<T>(
  what: string,
  ids: readonly string[],
  load: (id: string) => Promise<T | undefined>,
  { clock, logger }: Pick<Services, 'clock' | 'logger'>,
): Promise<LoadedEach<T>> {
  const read = new Map<string, T | undefined>();
  let lost = 0;
  let failure: unknown;
  const loadOne = async (id: string) => {
    try {
      read.set(id, await load(id));
    } catch (thrown) {
      // Toward the list without it, which says so.
      failure ??= thrown;
      if (isLost(thrown)) lost++;
    }
  };
  try {
    await within(clock, LOADING_MS, () => Promise.all(ids.map(loadOne)));
  } catch (late) {
    // Toward the list as far as it is known by now.
    failure ??= late;
  }
  if (failure !== undefined) {
    logger.warn(`${what} of the list could not be read`, { unread: ids.length - read.size, ...errorFields(failure) });
  }
  // What still comes is too late for whoever was told.
  return { read: new Map(read), lost };
}
