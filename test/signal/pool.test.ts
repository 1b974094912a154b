import { describe, expect, it } from 'vitest';
import { EVIDENCE_MIXES } from './observed.ts';
import { type PlayedMonth, playAll } from './pool.ts';

/** A worker that runs a line of JavaScript for each task it is given. */
function workerThat(does: string): URL {
  const code = `
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ({ seed, mixes }) => { ${does} });`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

const PLAYS = `
  for (const { name } of mixes) parentPort.postMessage({ kind: 'month', seed, mix: name, result: {}, ms: 1 });
  parentPort.postMessage({ kind: 'done', seed });`;

describe('playing many stories', () => {
  it('plays each seed under each mix once, however many more seeds there are than cores', async () => {
    const seeds = Array.from({ length: 40 }, (_, index) => index + 1);
    const played: PlayedMonth[] = [];
    await playAll(seeds, EVIDENCE_MIXES, (month) => played.push(month), workerThat(PLAYS));
    const keys = played.map(({ seed, mix }) => `${seed} ${mix}`).sort();
    expect(keys).toEqual(seeds.flatMap((seed) => EVIDENCE_MIXES.map(({ name }) => `${seed} ${name}`)).sort());
  });

  it('fails where a story does', async () => {
    const play = (does: string) => playAll([1, 2, 3], EVIDENCE_MIXES, () => undefined, workerThat(does));
    await expect(play("throw new Error('no such story')")).rejects.toThrow('no such story');
    await expect(play('process.exit(7)')).rejects.toThrow(/ended with 7/);
  });
});
