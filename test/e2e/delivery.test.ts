import { createServer } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../functions/runtime/clock.ts';
import { arrayAt, objectAt } from '../../infra/local/json.ts';
import { closeServer, listen } from '../../infra/local/local-server.ts';
import { startPagerDutyStandIn } from '../../infra/local/stand-ins/pagerduty.ts';
import { openScene, spikeAlert, spikeWithIntruder } from './support.ts';

afterEach(() => vi.unstubAllEnvs());

describe('a page', { timeout: 60_000 }, () => {
  it('that PagerDuty has no room for (429) is sent again, and accepted once', async () => {
    const answers = [{ status: 429, headers: { 'retry-after': '30' } }];
    await using scene = await openScene({ world: spikeWithIntruder(), faults: { pagerduty: { answers } } });
    const execution = await scene.investigate();
    expect(execution.status).toBe('SUCCEEDED');
    expect(execution.states.filter(({ name }) => name === 'Page on-call')).toEqual([
      expect.objectContaining({ retries: 1 }),
    ]);
    expect(scene.stack.standIns.pagerduty?.seen.map(({ status }) => status)).toEqual([429, 202]);
    expect(scene.pages()).toHaveLength(1);
  });

  it('that failed however often it was tried at one look goes out at the next, once', async () => {
    // Three tries a call, and the state machine calls four times.
    const answers = [{ status: 500, times: 12 }];
    await using scene = await openScene({ world: spikeWithIntruder(), faults: { pagerduty: { answers } } });
    const execution = await scene.investigate();
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: { decision: { page: true } } });
    expect(execution.states.filter(({ name }) => name === 'Page on-call')).toEqual([
      expect.objectContaining({ error: 'TransientError', retries: 3 }),
      expect.not.objectContaining({ error: expect.anything() }),
    ]);
    const [page, ...more] = scene.pages();
    expect(more).toEqual([]);
    expect(objectAt(objectAt(page, 'payload'), 'custom_details')).toMatchObject({ look: 2, kind: 'page' });
    expect(scene.health()).toEqual(['trigger latchkey-health/page', 'resolve latchkey-health/page']);
  });

  it('that is refused at every look fails the case, and the owner of the pipeline hears of it', async () => {
    // On-call's service is gone; the pipeline's own is not.
    const [gone, healthy] = ['a'.repeat(32), 'b'.repeat(32)];
    const pagerduty = await startPagerDutyStandIn({ clock: systemClock, routingKeys: [healthy] });
    await using _closing = { [Symbol.asyncDispose]: () => pagerduty.close() };
    const env = {
      PAGERDUTY_EVENTS_URL: pagerduty.url,
      PAGERDUTY_ROUTING_KEY: gone,
      PAGERDUTY_HEALTH_ROUTING_KEY: healthy,
    };
    await using scene = await openScene({ world: spikeWithIntruder(), env });
    const execution = await scene.investigate();
    expect(execution).toMatchObject({ status: 'FAILED', error: 'PageUndelivered', output: { look: 4 } });
    expect(pagerduty.accepted).toHaveLength(4);
    for (const { body } of pagerduty.accepted) {
      expect(body).toMatchObject({
        routing_key: healthy,
        event_action: 'trigger',
        dedup_key: 'latchkey-health/page',
        payload: { class: 'pipeline-health', custom_details: { case_id: execution.caseId } },
      });
    }
    // The service is back: the next case that sees the intrusion pages, and the alert about it closes.
    pagerduty.routingKeys = [gone, healthy];
    const next = await scene.investigate(spikeAlert(scene.stack.world, 'after'));
    expect(next).toMatchObject({
      status: 'SUCCEEDED',
      output: { incidentIds: arrayAt(execution.output, 'incidentIds') },
    });
    expect(pagerduty.accepted.slice(4).map(({ body }) => body)).toMatchObject([
      { routing_key: gone, event_action: 'trigger', payload: { class: 'token-abuse', severity: 'critical' } },
      { routing_key: healthy, event_action: 'resolve', dedup_key: 'latchkey-health/page' },
    ]);
  });

  it('reaches nobody by a key and a host that lie about in the environment', async () => {
    const trapped: string[] = [];
    const trap = createServer((request, response) => {
      trapped.push(request.url ?? '');
      response.writeHead(202).end('{}');
    });
    const { port } = new URL(await listen(trap));
    await using _closing = { [Symbol.asyncDispose]: () => closeServer(trap) };
    const key = 'e'.repeat(32);
    // Not a loopback address by its name, and yet one that would be answered.
    const env = {
      PAGERDUTY_EVENTS_URL: `http://0.0.0.0:${port}`,
      PAGERDUTY_ROUTING_KEY: key,
      PAGERDUTY_HEALTH_ROUTING_KEY: key,
    };
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    await using scene = await openScene({ world: spikeWithIntruder(), env });
    await scene.investigate();
    expect(scene.pages()).toHaveLength(1);
    expect(JSON.stringify(scene.stack.outbox())).not.toContain(key);
    for (const name of Object.keys(env)) expect(scene.stack.notes.join('\n')).toContain(`${name} was ignored`);
    expect(trapped).toEqual([]);
  });
});
