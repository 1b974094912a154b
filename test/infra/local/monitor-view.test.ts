import { describe, expect, it } from 'vitest';
import { alertLines } from '../../../infra/local/monitor-view.ts';
import { paintWith } from '../../../infra/local/paint.ts';
import { traceTo } from '../../../infra/local/trace.ts';

const group = (count: number, clientIP: string) => ({
  count,
  dimensions: {
    action: 'block',
    source: 'rateLimit',
    clientIP,
    clientAsn: '64500',
    clientCountryName: 'NL',
    clientRequestHTTPHost: 'www.example.com',
    clientRequestPath: '/login\u001b[2J\u202e',
    edgeResponseStatus: 429,
    botScore: 1,
    description: 'Login: 30 a minute',
    botDetectionTags: ['go'],
  },
});
const ALERT = {
  schema: 'latchkey.alert/1',
  id: 'monitor-1/1',
  kind: 'attack',
  headline: '2,025 security events on example.com in 24 h, none before',
  severity: 'critical',
  window: { start: '2031-05-05T09:30:00.000Z', end: '2031-05-06T09:30:00.000Z' },
  totals: { total: 2025, text: '2,025 security events, none before.' },
  gitlab: {
    answer: `Yes: token 4711 was used from 198.18.44.10. ${'Words without an end. '.repeat(20)}`,
    findings: [{ score: 92, decision: 'page', sentence: 'Token 4711 was used.' }],
  },
  analysis: { summary: ['Bots tried sign-ins.'], actions: [{ action: 'revoke-credential', text: 'Token 4711.' }] },
  metrics: {
    addresses: { distinct: 870, values: [1, 2, 3, 4].map((n) => ({ value: `198.18.0.${n}`, count: 100 * n })) },
    ja4: { distinct: 0, values: [] },
  },
  rawEvents: {
    groups: Array.from({ length: 25 }, (_, n) => group(1025 - n, `198.18.44.${n}`)),
    leftOut: 7,
    more: true,
  },
  notes: ['Counts are estimates.'],
  links: [{ text: 'Security events at Cloudflare', href: 'https://dash.cloudflare.com/' }],
};

describe('alertLines', () => {
  const shown = (body: unknown) => alertLines(body, paintWith(false));
  const text = shown(ALERT).join('\n');

  it('shows the headline, what GitLab answered, the numbers and the words', () => {
    for (const part of [
      'Alert · attack · critical',
      ALERT.headline,
      'Yes: token 4711 was used from 198.18.44.10.',
      'score 92  page  Token 4711 was used.',
      'Bots tried sign-ins.',
      'revoke-credential  Token 4711.',
      'Counts are estimates.',
      'https://dash.cloudflare.com/',
      'alert monitor-1/1',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toMatch(/addresses +870 +198\.18\.0\.1 \(100\), 198\.18\.0\.2 \(200\), 198\.18\.0\.3 \(300\)$/m);
    expect(text).not.toContain('ja4');
  });

  it('shows the first five raw events, and how many there are', () => {
    const events = shown(ALERT).filter((line) => line.includes('block'));
    expect(events).toHaveLength(5);
    expect(events[0]).toMatch(/1,025 +block +rateLimit +198\.18\.44\.0 +AS64500 +NL +www\.example\.com\/login/);
    expect(text).toContain('… and 20 more');
    expect(text).toContain('7 more were left out of the alert');
  });

  it('fits a terminal and does nothing to it', () => {
    for (const line of shown(ALERT)) expect(line.length).toBeLessThanOrEqual(155);
    for (const active of ['\u001b', '\u202e']) expect(text).not.toContain(active);
  });

  it('shows of a message for a chat what its notification shows', () => {
    expect(shown({ text: 'Attack on example.com', blocks: [] }).join('\n')).toContain('Attack on example.com');
    expect(shown({ fallbackText: 'Attack', cardsV2: [] }).join('\n')).toContain('a message for a chat');
    for (const body of [undefined, null, 'text', {}, { headline: 'x', gitlab: 7, rawEvents: { groups: [null] } }]) {
      expect(shown(body).length).toBeGreaterThan(2);
    }
  });

  it('is part of the trace', () => {
    const lines: string[] = [];
    const trace = traceTo({
      write: (line) => lines.push(line),
      paint: paintWith(false),
      logs: false,
      apiUrl: () => '',
    });
    trace({ kind: 'alert-sent', at: 0, body: ALERT });
    expect(lines).toEqual(shown(ALERT));
  });
});
