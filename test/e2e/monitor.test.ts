import { describe, expect, it } from 'vitest';
import { type EpochMs, MINUTE } from '../../functions/core/time.ts';
import { arrayAt, objectAt, stringAt } from '../../infra/local/json.ts';
import { emptyWorld, emptyZone, withTokenUse } from '../../infra/local/scenario/builders.ts';
import { bot, requests, securityEvent } from '../../infra/local/scenario/clients.ts';
import { seeded } from '../../infra/local/scenario/random.ts';
import type { SecurityEvent, World } from '../../infra/local/scenario/world.ts';
import { BOT, openScene, QUIET_BOT, type Scene, temporaryDirectory } from './support.ts';

const RANDOM = seeded(4);

/** A world whose zone shows no security event, and whose analytics show what happens at once. */
function quietWorld(): World {
  const world = emptyWorld(Date.now());
  world.cloudflare.lagMs = 0;
  return world;
}

/** As many events of an address as `count` says, all in one minute. */
function eventsOf(address: string, count: number, given: Partial<SecurityEvent> = {}): SecurityEvent[] {
  const row = requests(bot(address), Date.now() - 10 * MINUTE, { path: '/login' });
  return Array.from({ length: count }, () => securityEvent(row, RANDOM, given));
}

/** What the first zone shows from now on. */
function show({ stack }: Scene, ...events: readonly (readonly SecurityEvent[])[]): void {
  const zone = stack.world.cloudflare.zones[0];
  zone?.events.splice(0, zone.events.length, ...events.flat());
}

/** Polls a minute apart, from now. */
function minutes() {
  const start = Date.now();
  let minute = 0;
  return (): EpochMs => start + minute++ * MINUTE;
}

describe('the monitor', { timeout: 180_000 }, () => {
  it('alerts exactly where the promised table of polls says, and loses nothing while nobody takes its alerts', async () => {
    await using scene = await openScene({ world: quietWorld() });
    const time = minutes();
    const [a, b, c] = [QUIET_BOT, BOT, '198.51.100.9'];
    const poll = async (...events: SecurityEvent[][]) => {
      show(scene, ...events);
      return (await scene.poll(time())).length;
    };
    const started = [
      await poll(),
      await poll(),
      await poll(eventsOf(a, 5), eventsOf(b, 5)),
      await poll(eventsOf(a, 5), eventsOf(b, 5)),
      await poll(eventsOf(b, 5), eventsOf(a, 5)),
      await poll(eventsOf(a, 10), eventsOf(b, 9)),
    ];
    expect(started).toEqual([0, 0, 1, 0, 0, 0]);
    expect(scene.alerts()).toHaveLength(1);

    const sink = scene.stack.standIns.alerts;
    if (sink === undefined) throw new Error('no stand-in receives alerts');
    sink.faults.down = true;
    expect(await poll(eventsOf(a, 10), eventsOf(b, 10))).toBe(1);
    expect(scene.alerts()).toHaveLength(1);
    // The same events again: the alert waits for its next try, and no second case begins.
    show(scene, eventsOf(a, 10), eventsOf(b, 10));
    const cases = new Set(scene.stack.executions().map(({ caseId }) => caseId));
    const [again] = await scene.poll(time() + MINUTE);
    expect(again?.id).toMatch(/^monitor-.*-alert-\w+$/);
    expect(cases).toContain(again?.caseId);
    expect(scene.health()).toContain('trigger latchkey-health/alert-webhook');
    sink.faults.down = false;
    show(scene, eventsOf(a, 2));
    const [delivered] = await scene.poll(time() + 10 * MINUTE);
    expect(delivered).toMatchObject({ caseId: again?.caseId, status: 'SUCCEEDED' });
    expect(delivered?.id).not.toBe(again?.id);
    expect(delivered?.states.map(({ name }) => name)).not.toContain('Query GitLab');
    expect(delivered?.states.map(({ name }) => name)).not.toContain('Analyze');
    expect(new Set(scene.stack.executions().map(({ caseId }) => caseId))).toEqual(cases);
    expect(scene.alerts()).toHaveLength(2);

    const later = () => scene.poll(time() + 20 * MINUTE);
    show(scene, eventsOf(a, 5));
    expect(await later()).toHaveLength(1);
    show(scene, eventsOf(c, 5));
    expect(await later()).toHaveLength(0);
    expect(scene.alerts()).toHaveLength(3);
    expect(scene.health()).toContain('resolve latchkey-health/alert-webhook');
    expect(scene.pages()).toEqual([]);
  });

  it('says in the alert that an attacking address used a credential, and pages for it', async () => {
    const world = withTokenUse(quietWorld(), {
      tokenId: 4711,
      address: BOT,
      at: Date.now() - 9 * MINUTE,
      audit: ['project_created', 'deploy_key_added'],
    });
    await using scene = await openScene({ world });
    show(scene, eventsOf(BOT, 5), eventsOf(QUIET_BOT, 5));
    const [execution] = await scene.poll(Date.now());
    expect(execution).toMatchObject({
      trigger: 'monitor',
      status: 'SUCCEEDED',
      output: { counts: { sightings: 2, findings: expect.any(Number) }, decision: { page: true, alert: true } },
    });
    expect(scene.pages()).toHaveLength(1);
    expect(JSON.stringify(scene.alerts()[0])).toContain('4711');
  });

  it('pages nobody for an employee whom a managed rule stopped, and says so in the alert', async () => {
    const world = withTokenUse(quietWorld(), {
      tokenId: 4711,
      address: BOT,
      at: Date.now() - 9 * MINUTE,
      audit: ['project_created', 'deploy_key_added'],
    });
    await using scene = await openScene({ world });
    const rule = { source: 'firewallManaged', action: 'block', botScore: 90, botDecision: 'likely_human' } as const;
    show(scene, eventsOf(BOT, 5, rule));
    const [execution] = await scene.poll(Date.now());
    expect(execution?.output).toMatchObject({ decision: { page: false, alert: true, report: true } });
    expect(scene.pages()).toEqual([]);
    expect(JSON.stringify(scene.alerts()[0])).toContain('4711');
  });

  it('reads zones of every plan in one run, and never takes "could not look" for "no events"', async () => {
    const world = quietWorld();
    const plans = ['free', 'pro', 'business', 'enterprise'] as const;
    for (let index = 1; index < 25; index++) {
      const plan = plans[index % 4] ?? 'free';
      const zone = emptyZone(index.toString(16).padStart(32, '0'), `zone${index}.example`, plan, index % 8 === 3);
      // One zone of each plan is attacked: every case costs its looks.
      if (index <= plans.length) zone.events.push(...eventsOf(QUIET_BOT, 3));
      world.cloudflare.zones.push(zone);
    }
    await using scene = await openScene({ world });
    const time = minutes();
    expect(await scene.poll(time())).toHaveLength(4);
    expect(scene.alerts()).toHaveLength(4);

    const [, blind] = world.cloudflare.zones;
    if (blind === undefined) throw new Error('the world has one zone');
    blind.access = 'refused';
    expect(await scene.poll(time())).toHaveLength(0);
    expect(await scene.poll(time())).toHaveLength(0);
    expect(scene.health()).toEqual([]);
    expect(await scene.poll(time())).toHaveLength(0);
    expect(scene.health()).toEqual(['trigger latchkey-health/monitor']);
    blind.access = 'read';
    // What it showed before is remembered: the same events are no news.
    expect(await scene.poll(time())).toHaveLength(0);
    expect(scene.health()).toEqual(['trigger latchkey-health/monitor', 'resolve latchkey-health/monitor']);
  });

  it('remembers over a restart what it has told', async () => {
    await using directory = await temporaryDirectory();
    const world = quietWorld();
    const time = minutes();
    {
      await using scene = await openScene({ world, dataDir: directory.path });
      show(scene, eventsOf(BOT, 5));
      expect(await scene.poll(time())).toHaveLength(1);
    }
    await using scene = await openScene({ world, dataDir: directory.path });
    expect(await scene.poll(time())).toHaveLength(0);
    expect(scene.alerts()).toEqual([]);
  });

  it('shows in the alert what clients wrote, in a form that does nothing', async () => {
    await using scene = await openScene({ world: quietWorld() });
    const hostile = {
      path: '/<!channel> [x](javascript:alert(1)) \u202e@here',
      description: 'правило 規則 <b>bold</b>',
    };
    show(scene, eventsOf(BOT, 5, hostile));
    await scene.poll(Date.now());
    const [body] = scene.alerts();
    expect(stringAt(body, 'schema')).toBe('latchkey.alert/1');
    expect(JSON.stringify(body)).not.toContain('\u202e');
    expect(arrayAt(objectAt(body, 'rawEvents'), 'groups')).toHaveLength(1);
  });
});
