import { afterEach, describe, expect, it, vi } from 'vitest';
import { emptyWorld } from '../../../infra/local/scenario/builders.ts';
import { CLOUDFLARE_STAND_IN_TOKEN } from '../../../infra/local/stand-ins/cloudflare.ts';
import { GITLAB_STAND_IN_TOKEN } from '../../../infra/local/stand-ins/gitlab.ts';
import { PAGERDUTY_STAND_IN_KEY } from '../../../infra/local/stand-ins/pagerduty.ts';
import { START } from '../local/stand-ins/asking.ts';
import { type AwsAccount, startAws } from './aws-server.ts';
import { doctor, failures, WEBHOOK_SECRET } from './tool-setup.ts';

const SECRETS = {
  'latchkey/cloudflare': CLOUDFLARE_STAND_IN_TOKEN,
  'latchkey/cloudflare-webhook': JSON.stringify({
    current: WEBHOOK_SECRET,
    previous: 'the-one-before-the-current-one',
  }),
  'latchkey/gitlab': JSON.stringify({ token: GITLAB_STAND_IN_TOKEN }),
  'latchkey/pagerduty': PAGERDUTY_STAND_IN_KEY,
  'latchkey/alert-webhook': 'https://hooks.slack.com/services/T0/B0/not-a-real-one',
};
const STACK = { tables: ['Another', 'Latchkey-State1C20-ABC'], machines: ['Other-1', 'WorkflowMachine0C2E-xyz'] };

/** The variables hold nothing: all comes from the account. */
const NO_CREDENTIALS = {
  CLOUDFLARE_API_TOKEN: '',
  CLOUDFLARE_WEBHOOK_SECRET: '',
  GITLAB_TOKEN: '',
  PAGERDUTY_ROUTING_KEY: '',
  ALERT_WEBHOOK_URL: '',
};

afterEach(() => vi.unstubAllEnvs());

async function doctorOnAws(account: AwsAccount, env: Record<string, string> = {}, settings: object = {}) {
  const aws = await startAws(account);
  for (const service of ['SECRETS_MANAGER', 'DYNAMODB', 'SFN']) vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, aws.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  try {
    const variables = { ...NO_CREDENTIALS, AWS_REGION: 'eu-west-1', ...env };
    return await doctor({ world: emptyWorld(START), argv: ['--aws'], env: variables, settings });
  } finally {
    await aws.close();
  }
}

describe('doctor --aws', () => {
  it('checks with the secrets the functions read, and finds the stack', async () => {
    const ran = await doctorOnAws({ secrets: SECRETS, ...STACK });
    expect(failures(ran)).toEqual([]);
    for (const name of Object.keys(SECRETS)) expect(ran.about('aws', name)?.status).toBe('ok');
    expect(ran.about('aws', 'table')?.why).toBe('Latchkey-State1C20-ABC');
    expect(ran.about('aws', 'workflow')?.why).toBe('WorkflowMachine0C2E-xyz');
    expect(ran.about('cloudflare', 'token')?.why).toContain('latchkey/cloudflare is active');
    expect(ran.about('gitlab', 'token')?.status).toBe('ok');
    for (const secret of Object.values(SECRETS)) expect(ran.output).not.toContain(secret);
  });

  it('names the secret that is missing and the one that is malformed, and what they stop', async () => {
    const { 'latchkey/gitlab': _, ...others } = SECRETS;
    const ran = await doctorOnAws({ secrets: { ...others, 'latchkey/pagerduty': '{"key":"abc"}' }, ...STACK });
    expect(failures(ran)).toEqual(
      expect.arrayContaining([
        'aws latchkey/gitlab',
        'aws latchkey/pagerduty',
        'gitlab token',
        'pagerduty routing key',
      ]),
    );
    expect(ran.about('aws', 'latchkey/gitlab')?.why).toContain('does not exist');
    expect(ran.about('aws', 'latchkey/pagerduty')?.why).toContain('malformed');
    expect(ran.about('gitlab', 'token')?.why).toContain('latchkey/gitlab is missing');
    expect(ran.about('cloudflare', 'token')?.status).toBe('ok');
  });

  it.each([
    [{}, 'ok', 'does not exist: audit events that GitLab streams are refused'],
    [{ 'latchkey/gitlab-streaming': 'abcdefghij0123456789' }, 'ok', 'exists and can be read'],
    [{ 'latchkey/gitlab-streaming': 'short' }, 'warn', '16 to 24 characters'],
    [{ 'latchkey/gitlab-streaming': '{"token":"x"}' }, 'warn', 'malformed'],
  ])('does without the secret of streamed audit events: %j', async (more, status, why) => {
    const ran = await doctorOnAws({ secrets: { ...SECRETS, ...more }, ...STACK });
    expect(ran.about('aws', 'latchkey/gitlab-streaming')).toMatchObject({ status, why: expect.stringContaining(why) });
    expect(failures(ran)).toEqual([]);
  });

  it('says that nothing is deployed yet', async () => {
    const ran = await doctorOnAws({ secrets: SECRETS });
    expect(ran.about('aws', 'table')).toMatchObject({ status: 'warn', why: expect.stringContaining('npm run deploy') });
    expect(ran.about('aws', 'workflow')?.status).toBe('warn');
    expect(ran.status).toBe(0);
  });

  it('tells a missing permission of ours from a missing secret', async () => {
    const ran = await doctorOnAws({ secrets: SECRETS, ...STACK, denied: ['GetSecretValue', 'ListTables'] });
    expect(ran.about('aws', 'latchkey/gitlab')?.why).toContain('your AWS credentials may not read it');
    expect(ran.about('gitlab', 'token')?.why).toMatch(/^latchkey\/gitlab was not looked at: your AWS credentials/);
    expect(ran.about('aws', 'table')?.status).toBe('warn');
    expect(ran.about('aws', 'workflow')?.status).toBe('ok');
  });

  it('needs a region, and misses no secret that it could not look at', async () => {
    const settings = { axiom: { cloudflareDataset: 'cloudflare-logpush' } };
    const ran = await doctorOnAws({ secrets: SECRETS }, { AWS_REGION: '' }, settings);
    expect(failures(ran)).toEqual(['aws region']);
    expect(ran.about('aws', 'region')?.why).toContain('AWS_REGION');
    for (const [system, what] of [
      ['cloudflare', 'webhook secret'],
      ['cloudflare', 'token'],
      ['gitlab', 'token'],
      ['axiom', 'token'],
      ['pagerduty', 'routing key'],
      ['alerts', 'webhook'],
    ] as const) {
      const why = expect.stringContaining('was not looked at: AWS_REGION is not set');
      expect(ran.about(system, what)).toMatchObject({ status: 'warn', why });
    }
    expect(ran.about('pagerduty', 'health routing key')).toBeUndefined();
    expect(ran.output).not.toContain('missing');
    expect(ran.status).toBe(1);
  });

  it.each([
    [{ alert: { format: 'off' } }, 'alert.format is off'],
    [{ monitor: { filters: [] } }, 'monitor.filters is empty'],
  ])('does not need the secret of the alert webhook with %j', async (settings, why) => {
    const { 'latchkey/alert-webhook': _, ...others } = SECRETS;
    const ran = await doctorOnAws({ secrets: others, ...STACK }, {}, settings);
    expect(failures(ran)).toEqual([]);
    expect(ran.about('aws', 'latchkey/alert-webhook')).toBeUndefined();
    expect(ran.about('alerts', 'webhook')).toMatchObject({ status: 'ok', why: expect.stringContaining(why) });
  });

  it.each([
    ['https://user:pass@alerts.example.com/hook', 'malformed'],
    ['{"uri":"https://alerts.example.com/hook"}', 'malformed'],
    ['http://alerts.example.com/hook', 'malformed'],
  ])('says of the alert webhook’s secret %j that it cannot be used, and repeats none of it', async (secret, why) => {
    const ran = await doctorOnAws({ secrets: { ...SECRETS, 'latchkey/alert-webhook': secret }, ...STACK });
    expect(ran.about('aws', 'latchkey/alert-webhook')).toMatchObject({
      status: 'fail',
      why: expect.stringContaining(why),
    });
    expect(ran.about('alerts', 'webhook')?.why).toContain('latchkey/alert-webhook is missing');
    expect(ran.output).not.toContain('example.com/hook');
  });

  it('needs the secret of Axiom only where a dataset is named', async () => {
    const without = await doctorOnAws({ secrets: SECRETS, ...STACK });
    expect(without.about('aws', 'latchkey/axiom')).toBeUndefined();
    const settings = { axiom: { gitlabDataset: 'gitlab' } };
    const ran = await doctorOnAws({ secrets: SECRETS, ...STACK }, {}, settings);
    expect(failures(ran)).toEqual(expect.arrayContaining(['aws latchkey/axiom', 'axiom token']));
    expect(ran.about('axiom', 'token')?.why).toContain('latchkey/axiom is missing');
  });
});
