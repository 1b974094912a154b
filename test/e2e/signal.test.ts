import { describe, expect, it } from 'vitest';
import { type EpochMs, HOUR, MINUTE } from '../../functions/core/time.ts';
import { EVIDENCE_MIXES } from '../signal/observed.ts';
import { playScene } from '../signal/stand-ins/scene.ts';
import { call, crowd, DRIP, OFFICE, scraping, smallStory, THIEF, TODAY } from '../signal/stand-ins/small-story.ts';
import type { Intrusion } from '../signal/truth.ts';

/** In a storm of bots is one that has the token of 103, and takes what there is. */
const STORM = TODAY + 9 * HOUR + 20 * MINUTE;
/** Two requests a minute, for hours; now and then the token of 105. */
const RAIN = TODAY + 11 * HOUR;
/** Another storm, while a tool that looks like a bot runs in the office. */
const OFFICE_STORM = TODAY + 14 * HOUR + 30 * MINUTE;

function intrusion(id: string, kind: Intrusion['kind'], from: EpochMs, until: EpochMs, token: string): Intrusion {
  return { id, kind, from, until, credentials: [token] };
}

const STORY = smallStory({
  web: [
    ...crowd(STORM, 20),
    scraping(THIEF, STORM, 20, 500),
    scraping(DRIP, RAIN, 180, 2),
    ...crowd(OFFICE_STORM, 20),
    { ...scraping(OFFICE, TODAY + 13 * HOUR, 180, 20), actor: 'seo-tool', botScore: 4 },
  ],
  calls: [
    call(103, STORM + 4 * MINUTE, { until: STORM + 6 * MINUTE, times: 20, address: THIEF, intrusion: 'storm' }),
    call(103, STORM + 7 * MINUTE, { address: THIEF, action: 'variable-read', intrusion: 'storm' }),
    ...[70, 110].map((minute) => {
      const at = RAIN + minute * MINUTE;
      return call(105, at, { until: at + 2 * MINUTE, times: 5, address: DRIP, intrusion: 'rain' });
    }),
  ],
  intrusions: [
    intrusion('storm', 'scraping-address', STORM, STORM + 20 * MINUTE, 'token/103'),
    intrusion('rain', 'slow-drip', RAIN, RAIN + 180 * MINUTE, 'token/105'),
  ],
});

describe('a day of the simulation, through the stack', { timeout: 120_000 }, () => {
  it('wakes somebody for each of two intrusions, and for nobody in the office', async () => {
    const [all] = EVIDENCE_MIXES;
    if (all === undefined) throw new Error('There is no mix');
    const { pages, spikes, hunts } = await playScene(STORY, all, {
      start: TODAY + 9 * HOUR,
      end: TODAY + 15 * HOUR + 30 * MINUTE,
      lessonDays: 8,
      lessonHours: [9],
    });
    expect({ spikes, hunts }).toEqual({ spikes: 2, hunts: 7 });
    // The stream names the account before the logs name its token, which is the same news.
    expect(pages.map(({ by, intrusions, addresses }) => ({ by, intrusions, addresses }))).toEqual([
      { by: 'spike', intrusions: ['storm'], addresses: [THIEF] },
      { by: 'hunt', intrusions: ['rain'], addresses: [DRIP] },
    ]);
    expect(pages.at(-1)?.credentials).toContain('token/105');
    expect(pages[0]?.at).toBeLessThan(STORM + 15 * MINUTE);
    expect(pages.at(-1)?.at).toBeLessThan(RAIN + 2 * HOUR + 15 * MINUTE);
  });
});
