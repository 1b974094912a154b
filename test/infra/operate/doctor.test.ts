import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../functions/runtime/clock.ts';
import { emptyWorld } from '../../../infra/local/scenario/builders.ts';
import { sampleWorld } from '../../../infra/local/scenario/sample.ts';
import { bedrockError, startBedrockStandIn } from '../../../infra/local/stand-ins/bedrock.ts';
import { CLOUDFLARE_STAND_IN_TOKEN, startCloudflareStandIn } from '../../../infra/local/stand-ins/cloudflare.ts';
import { GITLAB_STAND_IN_TOKEN, startGitlabStandIn } from '../../../infra/local/stand-ins/gitlab.ts';
import { PAGERDUTY_STAND_IN_KEY } from '../../../infra/local/stand-ins/pagerduty.ts';
import { fakeClock, START } from '../local/stand-ins/asking.ts';
import { doctor, failures, settingsFile, WEBHOOK_SECRET } from './tool-setup.ts';

const ENTRY = fileURLToPath(new URL('../../../infra/operate/doctor.ts', import.meta.url));

afterEach(() => vi.unstubAllEnvs());

function run(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [ENTRY, ...args], { env: { PATH: process.env.PATH ?? '', ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

describe('npm run doctor', () => {
  it('lists its options', async () => {
    const { status, stdout } = await run(['--help']);
    expect(status).toBe(0);
    for (const option of ['--aws', '--send-test', '--env', '--settings', '--json']) expect(stdout).toContain(option);
  });

  it.each([
    [['--wurst'], {}, '--wurst'],
    [['extra'], {}, 'extra'],
    [['--env', '/nowhere'], {}, '--env'],
    [['--settings', '/nowhere.json'], {}, '--settings'],
    [[], { GITLAB_URL: 'not a url' }, 'GITLAB_URL'],
  ])('exits with 2 for %j %j', async (args, env, named) => {
    const { status, stderr } = await run(args, env);
    expect(status).toBe(2);
    expect(stderr).toContain(named);
    expect(stderr).toContain('--help');
  });

  it('prints a line for each thing, by system, with what is in a file of variables', async () => {
    const world = sampleWorld(Date.now());
    const cloudflare = await startCloudflareStandIn({ world, clock: systemClock });
    const gitlab = await startGitlabStandIn({ world, clock: systemClock });
    try {
      const file = settingsFile({}).replace(/settings\.json$/, 'variables');
      writeFileSync(file, `GITLAB_TOKEN=${GITLAB_STAND_IN_TOKEN}\nPAGERDUTY_ROUTING_KEY=${PAGERDUTY_STAND_IN_KEY}\n`);
      const { status, stdout, stderr } = await run(['--env', file], {
        CLOUDFLARE_API_URL: cloudflare.url,
        CLOUDFLARE_API_TOKEN: CLOUDFLARE_STAND_IN_TOKEN,
        CLOUDFLARE_WEBHOOK_SECRET: WEBHOOK_SECRET,
        GITLAB_URL: gitlab.url,
        ALERT_WEBHOOK_URL: 'https://alerts.example.com/hook',
      });
      expect(stderr).toBe('');
      expect(stdout).toMatch(/\nCloudflare \(http.+\)\n(?: {2}(?:ok|warn) +\S.+\n)+\n/);
      expect(stdout).toMatch(/\nGitLab \(http.+\)\n(?: {2}(?:ok|warn) +\S.+\n)+/);
      expect(stdout).toMatch(/\n {2}ok {4}reach +administrator of the whole GitLab/);
      expect(stdout).toMatch(/\n\d+ ok, \d warnings?, 0 failures\n$/);
      expect(status).toBe(0);
    } finally {
      await Promise.all([cloudflare.close(), gitlab.close()]);
    }
  });
});

describe('doctor', () => {
  it('names every setting that cannot be used, and stops there', async () => {
    const settings = { mode: 'loud', cloudflare: { zone: ['example.com'] } };
    const ran = await doctor({ world: emptyWorld(START), settings });
    expect(failures(ran)).toEqual(['settings mode', 'settings cloudflare.zone', 'settings everything else']);
    expect(ran.about('settings', 'cloudflare.zone')?.why).toContain('did you mean cloudflare.zones');
    expect(ran.lines.filter(({ system }) => system !== 'settings')).toEqual([]);
    expect(ran.status).toBe(1);
  });

  it('never prints a secret, even one an outside system repeats', async () => {
    const ran = await doctor({
      world: emptyWorld(START),
      env: { PAGERDUTY_ROUTING_KEY: 'not-a-routing-key', PAGERDUTY_HEALTH_ROUTING_KEY: 'neither-is-this' },
      prepare: ({ cloudflare }) => {
        const errors = [{ code: 1000, message: `Invalid API Token ${CLOUDFLARE_STAND_IN_TOKEN}` }];
        cloudflare.faults.answers.push({ status: 401, path: '/verify', times: 2, body: { success: false, errors } });
      },
    });
    expect(ran.about('cloudflare', 'token')?.why).toContain('Invalid API Token [secret]');
    const secrets = [CLOUDFLARE_STAND_IN_TOKEN, GITLAB_STAND_IN_TOKEN, WEBHOOK_SECRET];
    for (const secret of [...secrets, 'not-a-routing-key', 'neither-is-this']) expect(ran.output).not.toContain(secret);
  });

  it('ends with its sums', async () => {
    const ran = await doctor({ world: emptyWorld(START) });
    const counted = (wanted: string) => ran.lines.filter(({ status }) => status === wanted).length;
    const summary = { event: 'summary', ok: counted('ok'), warn: counted('warn'), fail: counted('fail') };
    expect(ran.output.trimEnd().split('\n').at(-1)).toBe(JSON.stringify(summary));
    expect(counted('ok')).toBeGreaterThan(5);
  });
});

describe('doctor at PagerDuty', () => {
  it.each([
    [{ PAGERDUTY_ROUTING_KEY: '' }, 'routing key', 'PAGERDUTY_ROUTING_KEY is missing'],
    [{ PAGERDUTY_ROUTING_KEY: 'u+abc' }, 'routing key', '5 characters'],
    [{ PAGERDUTY_HEALTH_ROUTING_KEY: 'x'.repeat(31) }, 'health routing key', '31 characters'],
  ])('fails for %j', async (env, what, why) => {
    const ran = await doctor({ world: emptyWorld(START), env });
    expect(ran.about('pagerduty', what)).toMatchObject({ status: 'fail', why: expect.stringContaining(why) });
  });

  it('sends nothing unless it is told to', async () => {
    const { pagerduty, ...ran } = await doctor({ world: emptyWorld(START) });
    expect(ran.about('pagerduty', 'routing key')?.status).toBe('ok');
    expect(pagerduty.seen).toEqual([]);
  });

  it('with --send-test raises one info event for each key and ends it', async () => {
    const health = 'h'.repeat(32);
    const { pagerduty, ...ran } = await doctor({
      world: emptyWorld(START),
      argv: ['--send-test'],
      env: { PAGERDUTY_HEALTH_ROUTING_KEY: health },
    });
    expect(failures(ran)).toEqual([]);
    const sent = pagerduty.accepted.map(({ body }) => body);
    expect(sent).toMatchObject([
      { routing_key: PAGERDUTY_STAND_IN_KEY, event_action: 'trigger', payload: { severity: 'info' } },
      { routing_key: PAGERDUTY_STAND_IN_KEY, event_action: 'resolve' },
      { routing_key: health, event_action: 'trigger' },
      { routing_key: health, event_action: 'resolve' },
    ]);
    const keys = sent.map((body) => JSON.stringify(body)).map((text) => /"dedup_key":"([^"]+)"/.exec(text)?.[1]);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).toBe(keys[3]);
    expect(keys[0]).not.toBe(keys[2]);
  });

  it('tells that PagerDuty refuses the key', async () => {
    const ran = await doctor({
      world: emptyWorld(START),
      argv: ['--send-test'],
      prepare: ({ pagerduty }) => {
        pagerduty.routingKeys = [];
      },
    });
    expect(ran.about('pagerduty', 'routing key')).toMatchObject({
      status: 'fail',
      why: expect.stringContaining('400'),
    });
  });
});

describe('doctor at Bedrock', () => {
  const settings = { analysis: { model: 'quality' } };

  it('asks no model unless it is told to', async () => {
    const ran = await doctor({ world: emptyWorld(START), settings });
    const line = ran.about('bedrock', 'model');
    expect(line).toMatchObject({ status: 'ok', why: expect.stringContaining('not asked') });
    expect(line?.why).toContain('bedrock:InvokeModel');
    const without = await doctor({ world: emptyWorld(START) });
    expect(without.about('bedrock', 'model')?.why).toContain('analysis.model is empty');
  });

  it.each([
    ['answers', [], 'warn', 'answers, but not in the form of a report'],
    ['is forbidden', [bedrockError(403, 'AccessDeniedException', 'no')], 'fail', 'denied access'],
  ])('with --send-test says that the model %s', async (_, answers, status, why) => {
    const bedrock = await startBedrockStandIn({ clock: fakeClock(), faults: { answers } });
    vi.stubEnv('AWS_ENDPOINT_URL_BEDROCK_RUNTIME', bedrock.url);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    try {
      const env = { AWS_REGION: 'us-west-2' };
      const ran = await doctor({ world: emptyWorld(START), settings, argv: ['--send-test'], env });
      expect(ran.about('bedrock', 'model')).toMatchObject({ status, why: expect.stringContaining(why) });
      expect(ran.about('bedrock', 'model')?.why).toContain('us-west-2');
    } finally {
      await bedrock.close();
    }
  });
});
