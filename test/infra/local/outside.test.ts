import { describe, expect, it } from 'vitest';
import type { Variables } from '../../../infra/local/env-file.ts';
import {
  decideOutside,
  isLoopback,
  LOCAL_STREAMING_TOKEN,
  LOCAL_WEBHOOK_SECRET,
} from '../../../infra/local/outside.ts';
import { UsageError } from '../../../infra/local/usage-error.ts';

const SERVING = { livePaging: false, liveModel: false, playsSample: false };
const REAL_EVIDENCE = {
  CLOUDFLARE_API_URL: 'https://api.cloudflare.com/client/v4',
  CLOUDFLARE_API_TOKEN: 'cf-token',
  GITLAB_URL: 'https://gitlab.example.com/',
  GITLAB_TOKEN: 'gl-token',
};

function variables(values: Record<string, string>, from: 'environment' | 'file' = 'environment'): Variables {
  return new Map(Object.entries(values).map(([name, value]) => [name, { value, from }]));
}

describe('decideOutside', () => {
  it('asks stand-ins when nothing is configured', () => {
    const plan = decideOutside(variables({}), SERVING);
    const systems = [plan.cloudflare, plan.gitlab, plan.axiom, plan.pagerduty, plan.bedrock, plan.alerts];
    expect(systems.map(({ kind }) => kind)).toEqual(Array(6).fill('stand-in'));
    expect(plan.webhookSecret).toEqual({ value: LOCAL_WEBHOOK_SECRET, own: false });
    expect(plan.streamingToken).toEqual({ value: LOCAL_STREAMING_TOKEN, own: false });
    expect(plan.notes).toEqual([]);
  });

  it('takes the secrets its webhooks are sent with from whoever gives them', () => {
    const given = { CLOUDFLARE_WEBHOOK_SECRET: 'ours', GITLAB_STREAMING_TOKEN: 'streamed' };
    expect(decideOutside(variables(given), SERVING)).toMatchObject({
      webhookSecret: { value: 'ours', own: true },
      streamingToken: { value: 'streamed', own: true },
    });
  });

  it('asks one real system at a time', () => {
    const plan = decideOutside(variables({ GITLAB_URL: 'https://gitlab.example.com', GITLAB_TOKEN: 't' }), SERVING);
    expect(plan.gitlab).toEqual({ kind: 'real', url: 'https://gitlab.example.com', credential: 't' });
    expect(plan.cloudflare.kind).toBe('stand-in');
  });

  it('gives a server on this machine a placeholder, and says so', () => {
    const plan = decideOutside(variables({ GITLAB_URL: 'http://127.0.0.1:9999' }), SERVING);
    expect(plan.gitlab).toMatchObject({ kind: 'real', url: 'http://127.0.0.1:9999' });
    expect(plan.notes.join()).toContain('GITLAB_TOKEN');
  });

  it('refuses a URL without its credential, and a written-down credential without its URL', () => {
    expect(() => decideOutside(variables({ GITLAB_URL: 'https://gitlab.example.com' }), SERVING)).toThrow(
      'GITLAB_TOKEN',
    );
    expect(() => decideOutside(variables({ CLOUDFLARE_API_TOKEN: 't' }, 'file'), SERVING)).toThrow(
      'CLOUDFLARE_API_URL',
    );
    expect(() => decideOutside(variables({ GITLAB_URL: 'gitlab.example.com', GITLAB_TOKEN: 't' }), SERVING)).toThrow(
      UsageError,
    );
  });

  it('ignores a credential that merely lies around, and says so', () => {
    const plan = decideOutside(variables({ CLOUDFLARE_API_TOKEN: 'ambient' }), SERVING);
    expect(plan.cloudflare.kind).toBe('stand-in');
    expect(plan.notes.join()).toContain('CLOUDFLARE_API_TOKEN');
    expect(plan.notes.join()).not.toContain('ambient');
  });

  describe('of Axiom', () => {
    const REAL_AXIOM = { AXIOM_URL: 'https://api.axiom.co', AXIOM_TOKEN: 'xaat-token' };
    const EDGE = { AXIOM_EDGE_URL: 'https://eu-central-1.aws.edge.axiom.co' };
    const REAL_GITLAB = { GITLAB_URL: REAL_EVIDENCE.GITLAB_URL, GITLAB_TOKEN: REAL_EVIDENCE.GITLAB_TOKEN };

    it('asks the real one, and its edge, beside the real GitLab', () => {
      const { axiom } = decideOutside(variables({ ...REAL_GITLAB, ...REAL_AXIOM }), SERVING);
      expect(axiom).toEqual({ kind: 'real', url: 'https://api.axiom.co', credential: 'xaat-token' });
      const edged = decideOutside(variables({ ...REAL_GITLAB, ...REAL_AXIOM, ...EDGE }), SERVING);
      expect(edged.axiom).toMatchObject({ kind: 'real', edgeUrl: EDGE.AXIOM_EDGE_URL });
    });

    it('asks a server on this machine, whoever else is a stand-in, also while the sample is played', () => {
      const local = { AXIOM_URL: 'http://localhost:9999', AXIOM_EDGE_URL: 'http://127.0.0.1:9998' };
      const plan = decideOutside(variables(local), { ...SERVING, playsSample: true });
      expect(plan.axiom).toMatchObject({ kind: 'real', url: local.AXIOM_URL, edgeUrl: local.AXIOM_EDGE_URL });
      expect(plan.notes.join()).toContain('AXIOM_TOKEN is not set');
    });

    it.each([
      ['the sample is played', { ...REAL_GITLAB, ...REAL_AXIOM }, true],
      ['GitLab is a stand-in', REAL_AXIOM, false],
      ['only its edge is off this machine', { AXIOM_URL: 'http://127.0.0.1:9999', ...EDGE }, false],
    ])('writes to none off this machine where %s, and says so', (_, values, playsSample) => {
      const plan = decideOutside(variables(values, 'file'), { ...SERVING, playsSample });
      expect(plan.axiom).toEqual({ kind: 'stand-in' });
      expect(plan.notes.join()).toContain('AXIOM_URL was ignored');
      expect(plan.notes.join()).not.toContain('xaat-token');
    });

    it('ignores a token or an edge that merely lies around', () => {
      const plan = decideOutside(variables({ AXIOM_TOKEN: 'xaat-token', ...EDGE }), SERVING);
      expect(plan.axiom).toEqual({ kind: 'stand-in' });
      expect(plan.notes.join()).toContain('AXIOM_TOKEN');
      expect(plan.notes.join()).toContain('AXIOM_EDGE_URL');
    });

    it('refuses what was written down in part', () => {
      for (const values of [{ AXIOM_TOKEN: 't' }, EDGE]) {
        expect(() => decideOutside(variables(values, 'file'), SERVING)).toThrow('AXIOM_URL');
      }
      const untold = { ...REAL_GITLAB, AXIOM_URL: REAL_AXIOM.AXIOM_URL };
      expect(() => decideOutside(variables(untold), SERVING)).toThrow('AXIOM_TOKEN');
      const edged = { ...REAL_GITLAB, AXIOM_URL: 'http://127.0.0.1:9999', ...EDGE };
      expect(() => decideOutside(variables(edged), SERVING)).toThrow('AXIOM_TOKEN');
      const unreadable = { ...REAL_GITLAB, ...REAL_AXIOM, AXIOM_EDGE_URL: 'edge.axiom.co' };
      expect(() => decideOutside(variables(unreadable), SERVING)).toThrow('AXIOM_EDGE_URL');
    });
  });

  it('reaches nobody by an ambient routing key', () => {
    const plan = decideOutside(variables({ PAGERDUTY_ROUTING_KEY: 'realkey' }), SERVING);
    expect(plan.pagerduty.kind).toBe('stand-in');
    expect(plan.notes.join()).toContain('PAGERDUTY_ROUTING_KEY was ignored');
  });

  it('reaches no PagerDuty off this machine without --live-paging', () => {
    const env = { PAGERDUTY_EVENTS_URL: 'https://events.eu.pagerduty.com', PAGERDUTY_ROUTING_KEY: 'realkey' };
    const plan = decideOutside(variables({ ...REAL_EVIDENCE, ...env }), SERVING);
    expect(plan.pagerduty.kind).toBe('stand-in');
    expect(plan.notes.join()).toContain('PAGERDUTY_EVENTS_URL was ignored');
  });

  it('pages for real only with --live-paging, a key and real evidence', () => {
    const live = { ...SERVING, livePaging: true };
    const plan = decideOutside(variables({ ...REAL_EVIDENCE, PAGERDUTY_ROUTING_KEY: 'k' }), live);
    expect(plan.pagerduty).toEqual({ kind: 'real', url: 'https://events.pagerduty.com', credential: 'k' });
    expect(() => decideOutside(variables(REAL_EVIDENCE), live)).toThrow('PAGERDUTY_ROUTING_KEY');
    expect(() => decideOutside(variables({ PAGERDUTY_ROUTING_KEY: 'k' }), live)).toThrow('CLOUDFLARE_API_URL');
    expect(() =>
      decideOutside(variables({ ...REAL_EVIDENCE, PAGERDUTY_ROUTING_KEY: 'k' }), { ...live, playsSample: true }),
    ).toThrow('--serve');
  });

  it('uses a PagerDuty on this machine as it is', () => {
    const plan = decideOutside(variables({ PAGERDUTY_EVENTS_URL: 'http://localhost:8' }), {
      ...SERVING,
      playsSample: true,
    });
    expect(plan.pagerduty).toMatchObject({ kind: 'real', url: 'http://localhost:8' });
    expect(plan.pagerduty.kind === 'real' && plan.pagerduty.credential).toHaveLength(32);
  });

  it('alerts nobody off this machine without --live-paging, and never shows where', () => {
    const hook = 'https://hooks.slack.com/services/T1/B1/hidden';
    const env = { ...REAL_EVIDENCE, PAGERDUTY_ROUTING_KEY: 'k', ALERT_WEBHOOK_URL: hook };
    const plan = decideOutside(variables(env, 'file'), SERVING);
    expect(plan.alerts).toEqual({ kind: 'stand-in' });
    expect(plan.notes.join()).toContain('ALERT_WEBHOOK_URL was ignored');
    expect(plan.notes.join()).not.toContain('hidden');
    const live = decideOutside(variables(env), { ...SERVING, livePaging: true });
    expect(live.alerts).toEqual({ kind: 'real', url: hook });
    expect(() => decideOutside(variables({ ALERT_WEBHOOK_URL: 'hooks.slack.com' }), SERVING)).toThrow(UsageError);
  });

  it('alerts a server on this machine, also while the sample is played', () => {
    const url = 'http://127.0.0.1:9999/slack';
    const plan = decideOutside(variables({ ALERT_WEBHOOK_URL: url }), { ...SERVING, playsSample: true });
    expect(plan.alerts).toEqual({ kind: 'real', url });
    expect(plan.notes).toEqual([]);
  });

  it('asks a model off this machine only with --live-model', () => {
    const url = 'https://bedrock-runtime.us-east-1.amazonaws.com';
    const env = variables({ ...REAL_EVIDENCE, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url });
    expect(decideOutside(env, SERVING).bedrock.kind).toBe('stand-in');
    expect(decideOutside(env, { ...SERVING, liveModel: true }).bedrock).toEqual({ kind: 'endpoint', url });
    expect(decideOutside(variables(REAL_EVIDENCE), { ...SERVING, liveModel: true }).bedrock).toEqual({ kind: 'aws' });
    expect(() => decideOutside(env, { ...SERVING, liveModel: true, playsSample: true })).toThrow('--live-model');
    const local = variables({ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://[::1]:4000' });
    expect(decideOutside(local, SERVING).bedrock).toEqual({ kind: 'endpoint', url: 'http://[::1]:4000' });
  });
});

describe('isLoopback', () => {
  it.each(['http://localhost:1', 'http://127.0.0.1', 'http://127.9.9.9/x', 'https://[::1]:443'])('takes %s', (url) => {
    expect(isLoopback(url)).toBe(true);
  });
  it.each(['http://localhost.example.com', 'http://127.0.0.1.nip.io', 'http://0.0.0.0', 'http://10.0.0.1'])(
    'refuses %s',
    (url) => {
      expect(isLoopback(url)).toBe(false);
    },
  );
});
