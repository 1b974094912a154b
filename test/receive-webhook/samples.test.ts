import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { receiveWebhook } from '../../functions/receive-webhook/receive-webhook.ts';
import { fakeServices, request, sample } from './fake-services.ts';

const ZONE = '00112233445566778899aabbccddeeff';
const SPIKE = { status: 202 } as const;
const TEST = { status: 200, result: 'test' } as const;
const KEPT = { status: 200, result: 'nothing to do' } as const;
const at = (time: string) => Date.parse(`2026-11-20T${time}Z`);

/** Every sample, what it is answered, and what of it is read; with no list of zones. */
const EXPECTED: Record<string, { status: number; result?: string; alert?: object; raised?: number }> = {
  'destination-test': TEST,
  'policy-test': TEST,
  'documented-envelope': {
    ...SPIKE,
    alert: { zoneName: 'example.com', correlation: 'f3ab54a7-0d4c-4b0b-9c1d-0a6ad65c4d5e' },
  },
  'firewall-anomaly-test-style': {
    ...SPIKE,
    alert: {
      count: 44,
      zoneId: ZONE,
      link: 'https://dash.cloudflare.com/0123456789abcdef0123456789abcdef/firewallftw',
    },
  },
  'firewall-anomaly-start': {
    ...SPIKE,
    alert: {
      startedAt: at('19:00:22'),
      zoneId: ZONE,
      zoneName: 'example.com',
      count: 394,
      correlation: '2099428449234980864',
    },
  },
  'firewall-anomaly-end': {
    ...SPIKE,
    alert: { startedAt: at('19:00:22'), endedAt: at('19:10:00'), event: 'ALERT_STATE_EVENT_END' },
  },
  'advanced-firewall-anomaly-start': {
    ...SPIKE,
    alert: { alertType: 'clickhouse_alert_fw_ent_anomaly', zoneId: ZONE },
  },
  'http-ddos-test-style': { ...SPIKE, alert: { hostname: 'www.example.com' } },
  'http-ddos': {
    ...SPIKE,
    alert: {
      startedAt: at('19:02:22'),
      zoneName: 'example.com',
      hostname: 'www.example.com',
      count: 800,
      ruleId: '9a8b7c6d5e4f',
      link: 'https://dash.cloudflare.com/0123456789abcdef0123456789abcdef/example.com/security/analytics',
    },
  },
  'advanced-http-ddos': { ...SPIKE, alert: { count: 812.5, zoneId: ZONE, zoneName: 'example.com' } },
  'bot-detection': { ...SPIKE, alert: { startedAt: at('19:01:00'), zoneId: ZONE } },
  'custom-bot-detection': {
    ...SPIKE,
    alert: { zoneId: ZONE, text: expect.stringContaining('ja4: t13d1516h2_8daaf6152771_02713d6af862') },
  },
  'traffic-anomaly': { ...SPIKE, alert: { startedAt: at('19:00:00'), addresses: [] } },
  'with-addresses': {
    ...SPIKE,
    alert: {
      text: expect.stringMatching(/198\.51\.100\.23[\s\S]*clients: 203\.0\.113\.7\nclients: 2001:db8:7::1/),
      addresses: ['198.51.100.23', '203.0.113.7', '2001:db8:7::1'],
    },
  },
  'http-origin-errors': KEPT,
  'http-edge-errors': KEPT,
  'advanced-http-errors': KEPT,
  'security-insights': KEPT,
  'brand-protection': KEPT,
  'brand-protection-digest': KEPT,
  'layer4-ddos': KEPT,
  'advanced-layer4-ddos': KEPT,
  'tunnel-status': KEPT,
  'logpush-disabled': { ...KEPT, raised: 1 },
  'custom-analytics': SPIKE,
  sentinel: SPIKE,
  'unknown-type': { ...SPIKE, alert: { alertType: 'workers_anomaly_alert', event: 'WORKERS_ANOMALY_DETECTED_START' } },
  'numbers-as-strings': { ...SPIKE, alert: { correlation: '2099428449234980864', count: 394 } },
  sparse: { ...SPIKE, alert: { startedAt: at('19:10:00'), text: 'Something is happening on example.com.' } },
  'no-text': { ...SPIKE, alert: { startedAt: at('19:00:22'), zoneId: ZONE } },
};

describe('every envelope', () => {
  it('has a sample that is tested', () => {
    const files = readdirSync(new URL('../events/cloudflare/', import.meta.url)).map((file) =>
      file.replace('.json', ''),
    );
    expect(files.sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it.each(Object.entries(EXPECTED))('%s', async (name, expected) => {
    const fakes = fakeServices();
    const response = await receiveWebhook(request(sample(name)), fakes.services);
    const body = JSON.parse(response.body);
    expect(response.statusCode).toBe(expected.status);
    expect(body.result).toBe(expected.result);
    expect(fakes.raised).toHaveLength(expected.raised ?? 0);
    if (expected.status === 200) {
      expect(fakes.executions).toEqual([]);
      expect(fakes.cases.size).toBe(0);
      expect(fakes.deliveries.size).toBe(expected.result === 'test' ? 0 : 1);
      return;
    }
    expect(fakes.executions.map(({ caseId }) => caseId)).toEqual([body.caseId]);
    expect(fakes.cases.get(body.caseId)?.alert).toMatchObject(expected.alert ?? {});
    expect(fakes.cases.get(body.caseId)?.delivery).toEqual({ body: sample(name) });
    expect([...fakes.deliveries.values()][0]?.body).toBe(sample(name));
  });

  it('ignores what says "undefined"', async () => {
    const fakes = fakeServices();
    await receiveWebhook(request(sample('firewall-anomaly-test-style').replace('"44"', '"undefined"')), fakes.services);
    expect([...fakes.cases.values()][0]?.alert).not.toHaveProperty('count');
  });
});
