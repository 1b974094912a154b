import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PagerDutyEvents } from '../../functions/adapters/pagerduty/events.ts';
import { pageEvent } from '../../functions/core/page-event.ts';
import type { PagerEvent } from '../../functions/core/pager-event.ts';
import { BadInputError, ConfigError, RateLimitedError, TransientError } from '../../functions/runtime/errors.ts';
import {
  PAGERDUTY_STAND_IN_KEY,
  type PagerDutyStandIn,
  startPagerDutyStandIn,
} from '../../infra/local/stand-ins/pagerduty.ts';
import { pageFactsOf, sleepingClock } from '../support/pager-facts.ts';

const OTHER_KEY = 'fedcba9876543210fedcba9876543210';
const PAGE: PagerEvent = pageEvent(pageFactsOf());

let standIn: PagerDutyStandIn;
let clock: ReturnType<typeof sleepingClock>;
let keys: { routingKey: string; healthRoutingKey: string };
let reads: boolean[];

beforeEach(async () => {
  clock = sleepingClock();
  standIn = await startPagerDutyStandIn({ clock });
  keys = { routingKey: PAGERDUTY_STAND_IN_KEY, healthRoutingKey: OTHER_KEY };
  reads = [];
});
afterEach(() => standIn.close());

function pager(url = standIn.url) {
  return new PagerDutyEvents({
    fetch: (input, init) => fetch(input, init),
    eventsUrl: url,
    routingKeys: async ({ fresh = false }) => {
      reads.push(fresh);
      return keys;
    },
    clock,
    random: () => 0.5,
  });
}

const send = (event = PAGE, deadlineMs = 60_000) =>
  pager().send(event, { to: 'routingKey', deadline: clock.now() + deadlineMs });

describe('sending to PagerDuty', () => {
  it('sends the event with the routing key and reports the dedup key', async () => {
    expect(await send()).toEqual({ status: 202, dedupKey: 'inc-1/1' });
    expect(standIn.accepted.map(({ body }) => body)).toEqual([{ routing_key: PAGERDUTY_STAND_IN_KEY, ...PAGE }]);
  });

  it('sends health with the health key', async () => {
    await pager().send(
      { event_action: 'resolve', dedup_key: 'latchkey-health/gitlab' },
      { to: 'healthRoutingKey', deadline: clock.now() + 1e4 },
    );
    expect(standIn.accepted[0]?.body).toMatchObject({ routing_key: OTHER_KEY, event_action: 'resolve' });
  });

  it('tries again quickly after a server error', async () => {
    standIn.faults.answers = [{ status: 408 }, { status: 503 }];
    expect((await send()).status).toBe(202);
    expect(clock.slept).toEqual([250, 500]);
  });

  it('gives up after two quick retries', async () => {
    standIn.faults.answers = [{ status: 502, times: 9 }];
    await expect(send()).rejects.toThrow(TransientError);
    expect(standIn.seen).toHaveLength(3);
  });

  it('starts no pause that would pass the deadline', async () => {
    standIn.faults.answers = [{ status: 500, times: 9 }];
    await expect(send(PAGE, 100)).rejects.toThrow(TransientError);
    expect(standIn.seen).toHaveLength(1);
  });

  it.each([
    [{ 'retry-after': '30' }, 30_000],
    [{}, undefined],
  ])('leaves a rate limit to the state machine at once, headers %j', async (headers, wait) => {
    standIn.faults.answers = [{ status: 429, headers }];
    const failed = await send().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(RateLimitedError);
    expect(failed).toMatchObject({ retryAfterMs: wait });
    expect(standIn.seen).toHaveLength(1);
  });

  it('meets the 120 events a minute of one key', async () => {
    await standIn.close();
    standIn = await startPagerDutyStandIn({ clock, eventsPerMinute: 2 });
    await send();
    await send();
    await expect(send()).rejects.toThrow(RateLimitedError);
    clock.advance(60_000);
    expect((await send()).status).toBe(202);
  });

  it('tries again when the answer was cut short, which PagerDuty takes as the same alert', async () => {
    standIn.faults.truncate = true;
    await expect(send()).rejects.toThrow(TransientError);
    expect(new Set(standIn.accepted.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  it('says when nothing answers', async () => {
    standIn.faults.down = true;
    await expect(send()).rejects.toThrow(/127\.0\.0\.1:\d+\/v2\/enqueue/);
  });

  it('reports what PagerDuty says is wrong with an event, inert and without the key', async () => {
    standIn.faults.answers = [
      { status: 400, body: { status: 'invalid', errors: [`see https://evil.example ${OTHER_KEY}\u202e`, 7] } },
    ];
    const failed = await send().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(BadInputError);
    expect(String(failed)).toContain('see https[:]//evil[.]example [key]');
    expect(String(failed)).not.toContain(OTHER_KEY);
    expect(standIn.seen).toHaveLength(1);
  });

  it('names fields of the real validation', async () => {
    const broken: PagerEvent = { event_action: 'trigger', dedup_key: 'x'.repeat(300) };
    await expect(send(broken)).rejects.toThrow(/'dedup_key' is invalid.*'payload' is missing/);
  });

  it('reads the key afresh once when it is refused', async () => {
    standIn.routingKeys = [OTHER_KEY];
    keys = { routingKey: PAGERDUTY_STAND_IN_KEY, healthRoutingKey: OTHER_KEY };
    const rotating = new PagerDutyEvents({
      fetch: (input, init) => fetch(input, init),
      eventsUrl: standIn.url,
      routingKeys: async ({ fresh = false }) => ({ ...keys, routingKey: fresh ? OTHER_KEY : PAGERDUTY_STAND_IN_KEY }),
      clock,
      random: () => 0,
    });
    expect(await rotating.send(PAGE, { to: 'routingKey', deadline: clock.now() + 1e4 })).toMatchObject({ status: 202 });
    expect(standIn.seen.map(({ status }) => status)).toEqual([400, 202]);
  });

  it('asks for a key check when the fresh key is the refused one', async () => {
    standIn.routingKeys = [OTHER_KEY];
    await expect(send()).rejects.toThrow(ConfigError);
    expect(reads).toEqual([false, true]);
    expect(standIn.seen).toHaveLength(1);
  });

  it('takes a wrong host for a setting gone wrong', async () => {
    standIn.faults.answers = [{ status: 302, headers: { location: 'https://login.example' } }];
    await expect(send()).rejects.toThrow(ConfigError);
  });

  it('never sends an event larger than it promises', async () => {
    const huge: PagerEvent = { ...PAGE, client: 'x'.repeat(70_000) };
    await expect(send(huge)).rejects.toThrow(BadInputError);
    expect(standIn.seen).toHaveLength(0);
  });

  it('bounds each attempt', async () => {
    const hanging = new PagerDutyEvents({
      fetch: async (_url, init) => {
        expect(init.signal).toBeInstanceOf(AbortSignal);
        throw new DOMException('over', 'TimeoutError');
      },
      eventsUrl: standIn.url,
      routingKeys: async () => keys,
      clock,
      random: () => 0,
    });
    await expect(hanging.send(PAGE, { to: 'routingKey', deadline: clock.now() + 1e5 })).rejects.toThrow(/5000 ms/);
  });
});
