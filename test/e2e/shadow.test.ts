import { describe, expect, it } from 'vitest';
import { DAY } from '../../functions/core/time.ts';
import { openScene, shadowAssembly, spikeAlert, spikeWithIntruder } from './support.ts';

describe('shadow mode', { timeout: 60_000 }, () => {
  it('decides, records and pages nobody, and says so in every output and once a day', async () => {
    const world = spikeWithIntruder();
    await using scene = await openScene({ world, assemblyDir: await shadowAssembly() });
    const first = await scene.investigate(spikeAlert(world, '1'));
    const second = await scene.investigate(spikeAlert(world, '2'));
    for (const { status, output } of [first, second]) {
      expect(status).toBe('SUCCEEDED');
      expect(output).toMatchObject({
        shadow: true,
        verdict: 'probable',
        counts: { findings: 1 },
        decision: { page: true, report: true },
        incidentIds: [expect.stringMatching(/^incident-/)],
        analysis: { status: 'summary' },
      });
    }
    expect(scene.looks()).toHaveLength(8);
    for (const look of scene.looks()) expect(look).toMatchObject({ shadow: true, decision: { page: true } });
    expect(first.states.map(({ name }) => name)).not.toContain('Page on-call');
    expect(scene.pages()).toEqual([]);
    const days = new Set([world.start, Date.now()].map((at) => Math.floor(at / DAY))).size;
    expect(scene.stack.outbox().pagerduty.length).toBeLessThanOrEqual(days);
    expect(scene.health()[0]).toBe('trigger latchkey-health/shadow-mode');
  });
});
