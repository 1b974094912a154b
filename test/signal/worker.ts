import { parentPort } from 'node:worker_threads';
import { observable } from './observe/observable.ts';
import { observe } from './observe/observe.ts';
import type { EvidenceMix } from './observed.ts';
import { type MonthResult, runMonth } from './run.ts';
import { makeStory } from './story.ts';

/** What a worker is asked for: one story, under each mix. */
export interface Task {
  readonly seed: number;
  readonly mixes: readonly EvidenceMix[];
}

/** What it answers, once for each mix, and then that it is done. */
export type Answer =
  | {
      readonly kind: 'month';
      readonly seed: number;
      readonly mix: string;
      readonly result: MonthResult;
      readonly ms: number;
    }
  | { readonly kind: 'done'; readonly seed: number };

const port = parentPort;
if (port === null) throw new Error('This file is a worker of test/signal/signal.ts, and does nothing by itself.');

port.on('message', async ({ seed, mixes }: Task) => {
  const story = makeStory(seed);
  for (const mix of mixes) {
    const begun = performance.now();
    const result = await runMonth(story, observe(story, mix), observable(story, mix));
    answer({ kind: 'month', seed, mix: mix.name, result, ms: performance.now() - begun });
  }
  answer({ kind: 'done', seed });
});

function answer(message: Answer): void {
  port?.postMessage(message);
}
