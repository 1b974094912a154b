import type { Clock } from './clock.ts';
import { TransientError } from './errors.ts';

/**
 * What `work` comes to, for callers who go on without it once `ms` milliseconds have passed; its signal aborts then, so
 * that nothing of it is left to happen later.
 * @throws TransientError when the time is over; what `work` throws before
 */
export async function within<T>(clock: Clock, ms: number, work: (over: AbortSignal) => Promise<T>): Promise<T> {
  const [done, over] = [new AbortController(), new AbortController()];
  const late = clock.sleep(ms, done.signal).then(() => {
    over.abort();
    throw new TransientError(`there was no answer within ${ms} ms`);
  });
  try {
    return await Promise.race([work(over.signal), late]);
  } finally {
    done.abort();
  }
}
