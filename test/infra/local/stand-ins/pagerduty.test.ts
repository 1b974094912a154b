import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  PAGERDUTY_STAND_IN_KEY,
  type PagerDutyStandIn,
  startPagerDutyStandIn,
} from '../../../../infra/local/stand-ins/pagerduty.ts';
import { sleepingClock } from '../../../support/pager-facts.ts';

const TRIGGER = {
  routing_key: PAGERDUTY_STAND_IN_KEY,
  event_action: 'trigger',
  payload: { summary: 'A', source: 'b', severity: 'critical' },
};

let standIn: PagerDutyStandIn;
beforeEach(async () => {
  standIn = await startPagerDutyStandIn({ clock: sleepingClock() });
});
afterEach(() => standIn.close());

async function post(body: unknown, path = '/v2/enqueue') {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${standIn.url}${path}`, { method: 'POST', body: text });
  return { status: response.status, text: await response.text(), server: response.headers.get('server') };
}

describe('PagerDuty stand-in', () => {
  it('says that it is one', async () => {
    expect((await post(TRIGGER)).server).toBe('latchkey-stand-in/pagerduty');
  });

  it('makes a dedup key for a trigger that has none', async () => {
    const answer = await post(TRIGGER);
    expect(answer.status).toBe(202);
    expect(JSON.parse(answer.text)).toMatchObject({ status: 'success', dedup_key: expect.any(String) });
    expect(standIn.accepted).toHaveLength(1);
  });

  it.each([
    ['no JSON', '{', 'JSON is invalid'],
    ['a short key', { ...TRIGGER, routing_key: 'abc' }, 'routing_key'],
    ['no key', { ...TRIGGER, routing_key: undefined }, 'routing_key'],
    ['an unknown action', { ...TRIGGER, event_action: 'page' }, 'event_action'],
    ['a resolve without dedup key', { ...TRIGGER, event_action: 'resolve' }, 'dedup_key'],
    ['a long dedup key', { ...TRIGGER, dedup_key: 'x'.repeat(256) }, 'dedup_key'],
    ['no payload', { ...TRIGGER, payload: undefined }, 'payload'],
    [
      'an upper-case severity',
      { ...TRIGGER, payload: { ...TRIGGER.payload, severity: 'CRITICAL' } },
      'payload.severity',
    ],
    ['a long summary', { ...TRIGGER, payload: { ...TRIGGER.payload, summary: 'x'.repeat(1025) } }, 'payload.summary'],
    ['no source', { ...TRIGGER, payload: { ...TRIGGER.payload, source: '' } }, 'payload.source'],
    ['a wrong time', { ...TRIGGER, payload: { ...TRIGGER.payload, timestamp: 'now' } }, 'payload.timestamp'],
    ['details that are a list', { ...TRIGGER, payload: { ...TRIGGER.payload, custom_details: [] } }, 'custom_details'],
    ['a link without target', { ...TRIGGER, links: [{ text: 'x' }] }, 'links'],
  ])('refuses %s', async (_what, body, field) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).errors.join()).toContain(field);
    expect(standIn.accepted).toHaveLength(0);
  });

  it('refuses more than 512 KB', async () => {
    const payload = { ...TRIGGER.payload, custom_details: { x: 'x'.repeat(530_000) } };
    expect((await post({ ...TRIGGER, payload })).status).toBe(413);
  });

  it('knows no other path', async () => {
    expect((await post(TRIGGER, '/v1/enqueue')).status).toBe(404);
  });
});
