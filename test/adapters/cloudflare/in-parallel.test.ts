import { describe, expect, it } from 'vitest';
import { inParallel } from '../../../functions/adapters/cloudflare/in-parallel.ts';

describe('in parallel', () => {
  it('works on so many at once, and answers in the order of the items', async () => {
    let running = 0;
    let most = 0;
    const results = await inParallel([5, 1, 4, 2, 3, 0], 3, async (turns) => {
      running++;
      most = Math.max(most, running);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      running--;
      return turns * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30, 0]);
    expect(most).toBe(3);
  });

  it('throws the first failure', async () => {
    const work = (item: number) => (item === 2 ? Promise.reject(new Error('two')) : Promise.resolve(item));
    await expect(inParallel([1, 2, 3], 2, work)).rejects.toThrow('two');
    expect(await inParallel([], 2, work)).toEqual([]);
  });
});
