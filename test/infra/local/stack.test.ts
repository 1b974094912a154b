import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../functions/runtime/clock.ts';
import type { LocalEvent } from '../../../infra/local/events.ts';
import { objectAt } from '../../../infra/local/json.ts';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '../../../infra/local/stack.ts';
import { writeTinyAssembly } from './tiny-assembly.ts';

const assemblyDir = writeTinyAssembly();
const open: LocalStack[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((stack) => stack.close()));
});

async function start(options: Partial<LocalStackOptions> = {}): Promise<LocalStack> {
  const stack = await startLocalStack({ waitScale: 0, assemblyDir, ...options });
  open.push(stack);
  return stack;
}

function post(stack: LocalStack, caseId: string, secret = stack.webhookSecret): Promise<Response> {
  return fetch(`${stack.apiUrl}/webhooks/cloudflare`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'cf-webhook-auth': secret },
    body: JSON.stringify({ caseId }),
  });
}

describe('the local stack', () => {
  it('carries a delivery through route, function, secret and workflow', async () => {
    const events: LocalEvent[] = [];
    const stack = await start({ onEvent: (event) => events.push(event) });
    expect((await post(stack, 'case-1', 'wrong')).status).toBe(401);
    expect((await post(stack, 'case-1')).status).toBe(202);
    await stack.waitForIdle();
    const execution = stack.execution('case-1');
    expect(execution).toMatchObject({ trigger: 'spike', caseId: 'case-1', status: 'SUCCEEDED', output: { look: 2 } });
    expect(execution?.states.map(({ name }) => name)).toEqual([
      'Extract sightings',
      'What next?',
      'Wait for look 2',
      'Extract sightings',
      'What next?',
      'Case closed',
    ]);
    expect(events.filter(({ kind }) => kind === 'look')).toHaveLength(2);
    expect(events).toContainEqual({ kind: 'log', function: 'extract', line: 'looking for case-1' });
    const shown: unknown = await (await fetch(`${stack.apiUrl}/local/executions`)).json();
    expect(shown).toEqual([execution]);
  });

  it("gives functions the template's environment, our endpoints and nobody's credentials", async () => {
    const ambient = { AWS_ACCESS_KEY_ID: 'AKIAREAL', AWS_PROFILE: 'admin', PAGERDUTY_ROUTING_KEY: 'real' };
    const stack = await start({ env: ambient });
    await post(stack, 'case-1');
    await stack.waitForIdle();
    const env = objectAt(stack.execution('case-1')?.output, 'env');
    expect(env).toMatchObject({ TABLE_NAME: 'Cases', GITLAB_URL: stack.standIns.gitlab?.url, AWS_REGION: 'us-east-1' });
    expect(env.AWS_ENDPOINT_URL_BEDROCK_RUNTIME).toBe(stack.standIns.bedrock?.url);
    expect(env.LATCHKEY_CASES_URL).toBe(stack.apiUrl);
    expect(env).toMatchObject({ AXIOM_URL: stack.standIns.axiom?.url, AXIOM_EDGE_URL: '' });
    expect(JSON.stringify(env)).not.toMatch(/AKIAREAL|admin|real/);
    expect(stack.notes.join()).toContain('PAGERDUTY_ROUTING_KEY was ignored');
  });

  it("hands the caller's identity to the function that may call the model, with --live-model only", async () => {
    const env = {
      ...{ CLOUDFLARE_API_URL: 'http://127.0.0.1:9/client/v4', GITLAB_URL: 'http://127.0.0.1:9' },
      ...{ AWS_ACCESS_KEY_ID: 'AKIAREAL', AWS_ENDPOINT_URL: 'https://elsewhere.example' },
    };
    const stack = await start({ env, liveModel: true });
    await post(stack, 'case-1');
    await stack.waitForIdle();
    const seen = objectAt(stack.execution('case-1')?.output, 'env');
    expect(seen.AWS_ACCESS_KEY_ID).toBe('AKIAREAL');
    expect(seen).not.toHaveProperty('AWS_ENDPOINT_URL');
    expect(seen).not.toHaveProperty('AWS_ENDPOINT_URL_BEDROCK_RUNTIME');
    expect(Object.keys(stack.standIns)).toEqual(['axiom', 'pagerduty', 'alerts']);
  });

  it('shows a broken case as Step Functions would', async () => {
    const events: LocalEvent[] = [];
    const stack = await start({ onEvent: (event) => events.push(event) });
    await post(stack, 'broken');
    await stack.waitForIdle();
    expect(stack.execution('broken')).toMatchObject({ status: 'FAILED', error: 'ConfigError' });
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'function-failed',
        function: 'extract',
        error: 'ConfigError',
        log: ['looking for broken'],
      }),
    );
  });

  it('fires a rule at a given time, and answers with what it started', async () => {
    const stack = await start();
    const response = await fetch(`${stack.apiUrl}/local/hunt`, {
      method: 'POST',
      body: '{"time":"2026-04-10T13:07:00Z"}',
    });
    expect(await response.json()).toEqual({ executions: ['hunt-2026-04-10T13-07-00Z'] });
    expect((await fetch(`${stack.apiUrl}/local/monitor`, { method: 'POST' })).status).toBe(404);
  });

  it('runs the rules on their timers when it is told to, and not before', async () => {
    const slept: number[] = [];
    const sleep = async (ms: number, signal?: AbortSignal) => {
      slept.push(ms);
      await systemClock.sleep(ms, signal);
    };
    const stack = await start({ clock: { ...systemClock, now: () => Date.UTC(2031, 4, 6, 9, 30), sleep } });
    expect(slept).toEqual([]);
    expect(stack.runRules()).toEqual([]);
    expect(slept).toEqual([37 * 60_000]);
  });

  it("fires the hunts' rule at the scenario's time without one, and now where both of its systems are real", {
    timeout: 30_000,
  }, async () => {
    const now = Date.UTC(2031, 4, 6, 9, 30);
    const fired = async (env: Record<string, string>): Promise<unknown> => {
      const stack = await start({ env, clock: { ...systemClock, now: () => now } });
      return await (await fetch(`${stack.apiUrl}/local/hunt`, { method: 'POST' })).json();
    };
    const gitlab = { GITLAB_URL: 'http://127.0.0.1:9' };
    const axiom = { AXIOM_URL: 'http://127.0.0.1:9' };
    for (const env of [{}, gitlab, axiom]) {
      expect(await fired(env)).toEqual({ executions: ['hunt-2031-05-06T10-10-00Z'] });
    }
    expect(await fired({ ...gitlab, ...axiom })).toEqual({ executions: ['hunt-2031-05-06T09-30-00Z'] });
  });

  it('runs several stacks side by side, and closes under a waiting case', async () => {
    const [one, other] = await Promise.all([start({ waitScale: 1 }), start()]);
    await Promise.all([post(one, 'case-1'), post(other, 'case-1')]);
    await other.waitForIdle();
    expect(one.execution('case-1')?.status).toBe('RUNNING');
    await one.close();
    expect(one.execution('case-1')?.status).toBe('ABORTED');
    await expect(fetch(one.apiUrl)).rejects.toThrow();
  });

  it('takes no settings beside a finished assembly', async () => {
    await expect(start({ settings: { retentionDays: 1 } })).rejects.toThrow('settings');
  });
});
