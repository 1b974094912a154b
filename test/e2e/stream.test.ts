import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MINUTE, toIso } from '../../functions/core/time.ts';
import { type JsonObject, objectAt, parseJson } from '../../infra/local/json.ts';
import { emptyWorld, withSpike } from '../../infra/local/scenario/builders.ts';
import { BOT, openScene, QUIET_BOT, type Scene, spikeAlert } from './support.ts';

/** A documented event, of another time and address. */
function streamed(name: string, at: number, address: string): JsonObject {
  const event = JSON.parse(readFileSync(new URL(`../events/gitlab/${name}.json`, import.meta.url), 'utf8'));
  const details = { ...event.details, ip_address: address };
  return { ...event, details, ip_address: address, created_at: toIso(at) };
}

/** Streams a body as GitLab does, and tells how it was answered. */
async function stream({ stack }: Scene, body: unknown, token = stack.streamingToken) {
  const response = await fetch(`${stack.apiUrl}/webhooks/gitlab`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-gitlab-event-streaming-token': token },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: parseJson(await response.text()) };
}

function world(start: number) {
  return withSpike(emptyWorld(start), { addresses: [QUIET_BOT, BOT] });
}

describe('what GitLab streams', { timeout: 60_000 }, () => {
  it('names the CI job whose token a bot used, which only the stream can tell', async () => {
    const start = Date.now();
    await using scene = await openScene({ world: world(start) });
    const job = streamed('job-token-used', start - 5 * MINUTE, BOT);
    const push = streamed('git-push-by-user', start - 5 * MINUTE + 2_000, BOT);
    expect(await stream(scene, [job, push])).toEqual({
      status: 202,
      body: { kept: 2, dropped: 0, skippedMalformed: 0 },
    });
    expect((await stream(scene, job)).status).toBe(202);

    const execution = await scene.investigate();
    expect(execution).toMatchObject({
      status: 'SUCCEEDED',
      output: {
        counts: { findings: 1, tokenUses: 2 },
        coverage: { stream: 'partial', audit: 'complete' },
        verdict: 'confirmed',
        decision: { page: true },
      },
    });
    const [page, ...more] = scene.pages();
    expect(more).toEqual([]);
    expect(JSON.stringify(objectAt(page, 'payload'))).toContain('job/8675309');
  });

  it('is evidence while GitLab itself gives no answer', async () => {
    const start = Date.now();
    await using scene = await openScene({ world: world(start), faults: { gitlab: { down: true } } });
    await stream(scene, streamed('job-token-used', start - 5 * MINUTE, BOT));
    expect((await scene.investigate()).output).toMatchObject({
      coverage: { stream: 'partial', audit: 'unavailable' },
      verdict: 'confirmed',
      decision: { page: true },
    });
    expect(scene.pages()).toHaveLength(1);
    expect(scene.health()).toEqual(['trigger latchkey-health/gitlab']);
  });

  it('pages nobody where it was streamed from elsewhere', async () => {
    const start = Date.now();
    await using scene = await openScene({ world: world(start) });
    await stream(scene, streamed('job-token-used', start - 5 * MINUTE, '192.0.2.9'));
    expect((await scene.investigate()).output).toMatchObject({ verdict: 'not-observed', decision: { page: false } });
    expect(scene.pages()).toEqual([]);
  });

  it('is taken from GitLab only, and missed only where it is not set up', async () => {
    await using scene = await openScene({ world: world(Date.now()) });
    expect((await stream(scene, [], 'of somebody else')).status).toBe(401);
    const execution = await scene.investigate(spikeAlert(scene.stack.world));
    expect(execution.output).toMatchObject({ coverage: { stream: 'off' } });
    expect(scene.health()).toEqual([]);
  });
});
