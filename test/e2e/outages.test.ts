import { describe, expect, it } from 'vitest';
import { objectAt } from '../../infra/local/json.ts';
import type { StandInFaults } from '../../infra/local/outside-systems.ts';
import { openScene, spikeAlert, spikeWithIntruder } from './support.ts';

// Side by side: most of their time the functions wait before they try again.
describe.concurrent('GitLab', { timeout: 120_000 }, () => {
  it('down at every look leaves the case undetermined, and one health event until it answers again', async () => {
    const world = spikeWithIntruder();
    await using scene = await openScene({ world, faults: { gitlab: { down: true } } });
    const silent = await scene.investigate(spikeAlert(world, '1'));
    expect(silent).toMatchObject({
      status: 'SUCCEEDED',
      output: {
        look: 4,
        counts: { sightings: 2, tokenUses: 0 },
        coverage: { cloudflare: 'complete', inventory: 'unavailable', audit: 'unavailable' },
        verdict: 'undetermined',
        decision: { page: false, report: false },
      },
    });
    expect(scene.looks().map(({ verdict }) => verdict)).toEqual(Array(4).fill('undetermined'));
    expect(scene.pages()).toEqual([]);
    expect(scene.health()).toEqual(['trigger latchkey-health/gitlab']);
    expect(scene.stack.outbox().pagerduty[0]?.body).toMatchObject({
      payload: { class: 'pipeline-health', severity: 'warning', component: 'gitlab' },
    });

    if (scene.stack.standIns.gitlab) scene.stack.standIns.gitlab.faults.down = false;
    const answered = await scene.investigate(spikeAlert(world, '2'));
    expect(answered.output).toMatchObject({ verdict: 'probable', decision: { page: true } });
    expect(scene.health()).toEqual(['trigger latchkey-health/gitlab', 'resolve latchkey-health/gitlab']);
    expect(scene.pages()).toHaveLength(1);
  });

  it('down at the first look only costs a page nothing but the wait for the second', async () => {
    await using scene = await openScene({ world: spikeWithIntruder(), faults: { gitlab: { down: true } } });
    const { gitlab } = scene.stack.standIns;
    scene.after('Query GitLab', () => {
      if (gitlab) gitlab.faults.down = false;
    });
    const { output } = await scene.investigate();
    expect(scene.looks()[0]).toMatchObject({
      look: 1,
      verdict: 'undetermined',
      coverage: { inventory: 'unavailable', audit: 'unavailable' },
      decision: { page: false },
    });
    expect(output).toMatchObject({ verdict: 'probable', coverage: { inventory: 'complete', audit: 'complete' } });
    const [page, ...more] = scene.pages();
    expect(more).toEqual([]);
    expect(objectAt(objectAt(page, 'payload'), 'custom_details')).toMatchObject({ look: 2, kind: 'page' });
    expect(scene.health()).toEqual([]);
  });
});

describe.concurrent('Cloudflare', { timeout: 120_000 }, () => {
  it('refusing our token is never "clean": coverage says so, and the owner of the pipeline hears of it', async () => {
    const body = { success: false, errors: [{ code: 9109, message: 'Invalid access token' }] };
    const answers = [{ status: 403, body, times: 10_000 }];
    const world = spikeWithIntruder();
    await using scene = await openScene({ world, faults: { cloudflare: { answers } } });
    const refused = await scene.investigate(spikeAlert(world, '1'));
    expect(refused).toMatchObject({
      status: 'SUCCEEDED',
      output: {
        counts: { sightings: 0, findings: 0 },
        coverage: { cloudflare: 'unavailable', inventory: 'complete', audit: 'complete' },
        decision: { page: false },
      },
    });
    for (const look of scene.looks()) expect(look.coverage).toMatchObject({ cloudflare: 'unavailable' });
    expect(scene.health()).toEqual(['trigger latchkey-health/cloudflare']);

    scene.stack.standIns.cloudflare?.faults.answers.splice(0);
    await scene.investigate(spikeAlert(world, '2'));
    expect(scene.health()).toEqual(['trigger latchkey-health/cloudflare', 'resolve latchkey-health/cloudflare']);
    expect(scene.pages()).toHaveLength(1);
  });

  it('down at the first look only is made up for at the second', async () => {
    await using scene = await openScene({ world: spikeWithIntruder(), faults: { cloudflare: { down: true } } });
    const { cloudflare } = scene.stack.standIns;
    scene.after('Join and score', () => {
      if (cloudflare) cloudflare.faults.down = false;
    });
    const { output } = await scene.investigate();
    expect(scene.looks()[0]).toMatchObject({
      counts: { sightings: 0 },
      coverage: { cloudflare: 'unavailable' },
      decision: { page: false },
    });
    expect(output).toMatchObject({ coverage: { cloudflare: 'complete' }, decision: { page: true } });
    const [page, ...more] = scene.pages();
    expect(more).toEqual([]);
    expect(objectAt(objectAt(page, 'payload'), 'custom_details')).toMatchObject({ look: 2 });
    expect(scene.health()).toEqual([]);
  });
});

describe.concurrent('Bedrock', { timeout: 120_000 }, () => {
  it.each<[string, StandInFaults['bedrock'], string]>([
    ['down', { down: true }, 'failed'],
    ['silent for ever', { hang: true }, 'late'],
    ['breaking off its answers', { behaviour: 'malformed' }, 'rejected'],
    ['saying what an attacker wants said', { behaviour: 'hostile' }, 'rejected'],
  ])('%s pages all the same, with the summary no model wrote', async (_, bedrock, status) => {
    await using scene = await openScene({ world: spikeWithIntruder(), faults: { bedrock: bedrock ?? {} } });
    const execution = await scene.investigate();
    expect(execution).toMatchObject({
      status: 'SUCCEEDED',
      output: { decision: { page: true }, analysis: { status } },
    });
    const [page, ...more] = scene.pages();
    expect(more).toEqual([]);
    const { severity, custom_details: details } = objectAt(page, 'payload');
    expect(severity).toBe('critical');
    expect(details).toMatchObject({
      look: 1,
      credential_ids: ['token/4711'],
      analysis: { status, written_by: expect.stringContaining('no model wrote this'), summary: expect.anything() },
    });
    expect(JSON.stringify(page)).not.toMatch(/evil|All clear|harmless|@channel|onerror/);
  });
});
