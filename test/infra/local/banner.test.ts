import { describe, expect, it } from 'vitest';
import { bannerLines, readyLine, type StandingStack } from '../../../infra/local/banner.ts';
import { decideOutside } from '../../../infra/local/outside.ts';
import { paintWith } from '../../../infra/local/paint.ts';
import { standIns } from './own-stand-ins.ts';

const REAL = {
  CLOUDFLARE_API_URL: 'https://api.cloudflare.com/client/v4',
  CLOUDFLARE_API_TOKEN: 'hidden-cf',
  GITLAB_URL: 'https://user:hidden-password@gitlab.example.com/',
  GITLAB_TOKEN: 'hidden-gl',
  PAGERDUTY_ROUTING_KEY: 'hidden-key',
  ALERT_WEBHOOK_URL: 'https://hooks.slack.com/services/T1/B1/hidden-hook',
  CLOUDFLARE_WEBHOOK_SECRET: 'hidden-secret',
  GITLAB_STREAMING_TOKEN: 'hidden-streaming',
};

function stackWith(env: Record<string, string>, livePaging: boolean): StandingStack {
  const variables = new Map(Object.entries(env).map(([name, value]) => [name, { value, from: 'file' as const }]));
  const plan = decideOutside(variables, { livePaging, liveModel: false, playsSample: false });
  const url = { apiUrl: 'http://127.0.0.1:1', webhookSecret: plan.webhookSecret.value };
  return { ...url, plan, standIns: standIns(), notes: plan.notes };
}

describe('the banner', () => {
  const shown = (stack: StandingStack) => bannerLines(stack, paintWith(false)).join('\n');

  it('says of every system whether it is the real one', () => {
    const lines = shown(stackWith({}, false)).split('\n');
    for (const system of ['Cloudflare', 'GitLab', 'Axiom', 'PagerDuty', 'Bedrock', 'Alerts']) {
      expect(lines.find((line) => line.startsWith(`  ${system}`))).toContain('stand-in');
    }
    const live = shown(stackWith(REAL, true));
    expect(live).toMatch(/Alerts +asked at +https:\/\/hooks\.slack\.com\//);
    expect(live).toMatch(/GitLab +asked at +https:\/\/gitlab\.example\.com\//);
  });

  it('says where the cases are, to people and to programs', () => {
    const stack = stackWith({}, false);
    expect(shown(stack)).toContain('through a tunnel to this port may see every case');
    expect(shown(stack)).toMatch(/\n {2}cases {7}http:\/\/127\.0\.0\.1:1\/cases$/m);
    expect(readyLine(stack)).toMatchObject({ event: 'ready', cases: 'http://127.0.0.1:1/cases' });
  });

  it('shows no credential, and the webhook of alerts is one', () => {
    for (const livePaging of [true, false]) {
      const stack = stackWith(REAL, livePaging);
      expect(`${shown(stack)}${JSON.stringify(readyLine(stack))}`).not.toContain('hidden');
    }
  });
});
