import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../../functions/core/time.ts';
import type { TokenUse } from '../../../functions/core/token-use.ts';
import { LogSource } from './log-source.ts';
import { Places } from './places.ts';
import { around, BOT, call, JOB, NOON, PERSON, STRANGER, story } from './small-story.ts';

function read(calls: ReturnType<typeof call>[], now = NOON + 2 * HOUR, window = around(NOON)) {
  return new LogSource(story({ calls }), new Places()).read(window, now);
}

const spans = (uses: readonly TokenUse[]) =>
  uses.map(({ at, times }) => [at.notBefore - NOON, at.notAfter - NOON, times]);

describe('the logs', () => {
  it('count requests by token, address and quarter of an hour, and name what was called', () => {
    const { uses, credentials } = read([
      call({ action: 'variable-read' }),
      call({ from: NOON + MINUTE, until: NOON + 29 * MINUTE, times: 29, credential: PERSON.id }),
    ]);
    expect(spans(uses)).toEqual([
      [0, 14 * MINUTE, 15],
      [15 * MINUTE, 29 * MINUTE, 15],
    ]);
    expect(uses[0]).toMatchObject({ credential: PERSON.id, address: STRANGER, strength: 'used', sources: ['logs'] });
    expect(uses[0]?.calls).toContain('GET /api/:version/projects/:id/variables');
    expect(credentials).toEqual([{ id: PERSON.id, kind: 'personal', owner: { id: 7, username: 'mia' } }]);
  });

  it('know nothing of git over HTTPS, job tokens and sessions', () => {
    const unseen = [
      call({ action: 'clone' }),
      call({ action: 'push' }),
      call({ credential: JOB.id }),
      call({ credential: undefined }),
    ];
    expect(read(unseen).uses).toEqual([]);
  });

  it('tell who was turned away, without whose it was', () => {
    const { uses, credentials } = read([call({ refusal: 'token_expired', credential: BOT.id, times: 3 })]);
    expect(uses[0]).toMatchObject({ strength: 'refused', refusal: 'token_expired', times: 3 });
    expect(credentials).toEqual([{ id: BOT.id, kind: 'personal' }]);
  });

  it('come one to four minutes late, later where a call is late', () => {
    expect(read([call()], NOON + 59_000).uses).toEqual([]);
    expect(read([call()], NOON + 4 * MINUTE).uses).toHaveLength(1);
    const late = call({ lateBy: 8 * MINUTE });
    expect(read([late], NOON + 8 * MINUTE).uses).toEqual([]);
    expect(read([late], NOON + 12 * MINUTE).uses).toHaveLength(1);
  });

  it('show of a span under way what has arrived, and of a window what lies in it', () => {
    const steady = call({ from: NOON, until: NOON + 14 * MINUTE, times: 15 });
    const [underWay] = read([steady], NOON + 8 * MINUTE).uses;
    expect(underWay?.times).toBeGreaterThanOrEqual(5);
    expect(underWay?.times).toBeLessThanOrEqual(8);
    const cut = read([steady], NOON + HOUR, { start: NOON - HOUR, end: NOON + 3 * MINUTE });
    expect(spans(cut.uses)).toEqual([[0, 2 * MINUTE, 3]]);
  });
});
