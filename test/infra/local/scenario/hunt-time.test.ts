import { describe, expect, it } from 'vitest';
import { latestWindow } from '../../../../functions/core/hunt.ts';
import { HOUR, MINUTE } from '../../../../functions/core/time.ts';
import { huntTimeOf } from '../../../../infra/local/scenario/hunt-time.ts';

const HOUR_START = Date.UTC(2026, 3, 10, 13);
const DELAY = 10 * MINUTE;

describe('huntTimeOf', () => {
  it.each([0, 2, 3, 4, 30, 59])(
    'is when the hour of the story is the latest due, %i minutes into an hour',
    (minutes) => {
      const start = HOUR_START + minutes * MINUTE;
      const window = latestWindow(huntTimeOf({ start }), DELAY);
      expect(start - 3 * MINUTE).toBeGreaterThanOrEqual(window);
      expect(start - 3 * MINUTE).toBeLessThan(window + HOUR);
    },
  );
});
