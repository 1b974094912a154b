import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { EvidenceMix } from './observed.ts';
import type { MonthResult } from './run.ts';
import type { Answer, Task } from './worker.ts';

/** A month that was played. */
export interface PlayedMonth {
  readonly seed: number;
  readonly mix: string;
  readonly result: MonthResult;
  /** How long it took. */
  readonly ms: number;
}

/** Far more than is ever alive at once: rather than let garbage of many stories pile up. */
const HEAP = { maxOldGenerationSizeMb: 1024 };

/**
 * Plays a story for each seed under each mix, on every core, and tells of each month as it is done, in any order.
 * @throws what a worker threw: no figure is better than one of which a part is missing
 */
export async function playAll(
  seeds: readonly number[],
  mixes: readonly EvidenceMix[],
  tell: (month: PlayedMonth) => void,
  script = new URL('./worker.ts', import.meta.url),
): Promise<void> {
  const left = [...seeds];
  const crew = Math.min(seeds.length, availableParallelism());
  await Promise.all(Array.from({ length: crew }, () => workThrough(left, mixes, tell, script)));
}

/** One worker, for as long as there are seeds left. */
async function workThrough(
  left: number[],
  mixes: readonly EvidenceMix[],
  tell: (month: PlayedMonth) => void,
  script: URL,
): Promise<void> {
  const worker = new Worker(script, { resourceLimits: HEAP });
  try {
    for (let seed = left.shift(); seed !== undefined; seed = left.shift())
      await playStory(worker, { seed, mixes }, tell);
  } finally {
    await worker.terminate();
  }
}

function playStory(worker: Worker, task: Task, tell: (month: PlayedMonth) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const hear = (answer: Answer) => {
      if (answer.kind === 'month') return tell(answer);
      ignore();
      resolve();
    };
    const fail = (error: unknown) => {
      ignore();
      reject(error);
    };
    const leave = (code: number) => fail(new Error(`The worker of seed ${task.seed} ended with ${code}.`));
    // By name: the worker has listeners of its own, without which it says nothing any more.
    const ignore = () => worker.off('message', hear).off('error', fail).off('exit', leave);
    worker.on('message', hear).on('error', fail).on('exit', leave);
    worker.postMessage(task);
  });
}
