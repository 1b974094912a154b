import { describe, expect, it } from 'vitest';
import { DAY } from '../../../functions/core/time.ts';
import { emptyWorld, emptyZone, ZONE } from '../../../infra/local/scenario/builders.ts';
import type { World, Zone } from '../../../infra/local/scenario/world.ts';
import { START } from '../local/stand-ins/asking.ts';
import { doctor, failures } from './tool-setup.ts';

const FREE_ID = 'f'.repeat(32);

/** The usual zone, and one more of another plan. */
function withZone(zone: Zone): World {
  const world = emptyWorld(START);
  return { ...world, cloudflare: { ...world.cloudflare, zones: [...world.cloudflare.zones, zone] } };
}

function envelope(result: unknown): object {
  return { success: true, errors: [], messages: [], result };
}

describe('doctor at Cloudflare', () => {
  it('says of each zone how bots are found there, for how long and how much at once', async () => {
    const world = withZone(emptyZone(FREE_ID, 'free.example', 'free', false));
    const ran = await doctor({ world });
    expect(ran.about('cloudflare', 'zones')).toMatchObject({ status: 'ok', why: expect.stringContaining('2') });
    const best = ran.about('cloudflare', `zone ${ZONE.name}`);
    expect(best).toMatchObject({ status: 'ok', why: expect.stringContaining('bot scores') });
    expect(best?.why).toContain('kept 90 days, 31 days and 10000 rows at once');
    const free = ran.about('cloudflare', 'zone free.example');
    expect(free).toMatchObject({ status: 'warn', why: expect.stringContaining('single security events') });
    expect(free?.why).toContain('kept 24 h');
    expect(failures(ran)).toEqual([]);
  });

  it('tells a zone with grouped events from one that offers nothing', async () => {
    const none = emptyZone(FREE_ID, 'none.example', 'free', false);
    for (const node of Object.values(none.nodes)) node.enabled = false;
    const world = withZone(none);
    const business = emptyZone('e'.repeat(32), 'business.example', 'business', false);
    world.cloudflare.zones.push(business);
    const ran = await doctor({ world });
    expect(ran.about('cloudflare', 'zone business.example')).toMatchObject({
      status: 'warn',
      why: expect.stringContaining('where a rate limit, DDoS rule or bot product acted'),
    });
    expect(ran.about('cloudflare', 'zone none.example')?.status).toBe('fail');
    expect(ran.status).toBe(1);
  });

  it('names a configured zone the token cannot read, and what it lacks', async () => {
    const world = withZone({ ...emptyZone(FREE_ID, 'free.example', 'free', false), access: 'hidden' });
    const zones = [ZONE.name, 'free.example', FREE_ID];
    const ran = await doctor({ world, settings: { cloudflare: { zones } } });
    expect(failures(ran)).toEqual(['cloudflare zone free.example', `cloudflare zone ${FREE_ID}`]);
    expect(ran.about('cloudflare', 'zone free.example')?.why).toContain('Zone → Zone Read');
    expect(ran.about('cloudflare', `zone ${FREE_ID}`)?.why).toContain('Zone → Analytics Read');
    expect(ran.about('cloudflare', `zone ${ZONE.name}`)?.status).toBe('ok');
  });

  it('sees that a zone’s analytics are closed though the zone is not', async () => {
    const world = emptyWorld(START);
    const ran = await doctor({
      world,
      prepare: ({ cloudflare }) => {
        cloudflare.faults.answers.push({ status: 200, path: '/graphql', body: { data: { viewer: { zones: [] } } } });
      },
    });
    const line = ran.about('cloudflare', `zone ${ZONE.name}`);
    expect(line).toMatchObject({ status: 'fail', why: expect.stringContaining('Analytics Read') });
  });

  it('names the missing permission when zones may not be listed', async () => {
    const ran = await doctor({
      world: emptyWorld(START),
      prepare: ({ cloudflare }) => {
        cloudflare.faults.answers.push({ status: 403, path: '/zones?', times: 9, body: { success: false } });
      },
    });
    expect(ran.about('cloudflare', 'zones')).toMatchObject({
      status: 'fail',
      why: expect.stringContaining('Zone → Zone Read'),
    });
  });

  it.each([
    ['expired', 'fail'],
    ['disabled', 'fail'],
    ['active', 'ok'],
  ])('reads the state of a token: %s is %s', async (status, expected) => {
    const ran = await doctor({
      world: emptyWorld(START),
      prepare: ({ cloudflare }) => {
        cloudflare.faults.answers.push({ status: 200, path: '/tokens/verify', body: envelope({ status }) });
      },
    });
    expect(ran.about('cloudflare', 'token')).toMatchObject({
      status: expected,
      why: expect.stringContaining(`CLOUDFLARE_API_TOKEN is ${status}`),
    });
    // A token that is refused is asked no further.
    expect(ran.about('cloudflare', `zone ${ZONE.name}`) === undefined).toBe(expected === 'fail');
  });

  it('counts the days a token has left', async () => {
    const ends = (days: number) => ({ status: 'active', expires_on: new Date(START + days * DAY).toISOString() });
    for (const [days, expected] of [
      [3, 'warn'],
      [90, 'ok'],
    ] as const) {
      const ran = await doctor({
        world: emptyWorld(START),
        prepare: ({ cloudflare }) => {
          cloudflare.faults.answers.push({ status: 200, path: '/tokens/verify', body: envelope(ends(days)) });
        },
      });
      expect(ran.about('cloudflare', 'token')).toMatchObject({
        status: expected,
        why: expect.stringContaining(`expires in ${days} days`),
      });
    }
  });

  it('verifies a token of an account at the account', async () => {
    const ran = await doctor({
      world: emptyWorld(START),
      prepare: ({ cloudflare }) => {
        cloudflare.faults.answers.push({ status: 401, path: '/user/tokens/verify', body: { success: false } });
        cloudflare.faults.answers.push({ status: 200, path: '/accounts/', body: envelope({ status: 'active' }) });
      },
    });
    expect(ran.about('cloudflare', 'token')?.status).toBe('ok');
    expect(ran.about('cloudflare', `zone ${ZONE.name}`)?.status).toBe('ok');
  });

  it('says that a token is refused, and goes on with the other systems', async () => {
    const ran = await doctor({ world: emptyWorld(START), env: { CLOUDFLARE_API_TOKEN: 'some-other-token' } });
    expect(failures(ran)).toEqual(['cloudflare token']);
    expect(ran.about('cloudflare', 'token')?.why).toContain('401');
    expect(ran.about('gitlab', 'token')?.status).toBe('ok');
    expect(ran.output).not.toContain('some-other-token');
  });

  it('says that Cloudflare cannot be reached, and that the rest was not looked at', async () => {
    const ran = await doctor({
      world: emptyWorld(START),
      prepare: ({ cloudflare }) => {
        cloudflare.faults.down = true;
      },
    });
    expect(failures(ran)).toEqual(['cloudflare connection']);
    expect(ran.status).toBe(1);
  });

  it.each([
    [{ CLOUDFLARE_WEBHOOK_SECRET: '' }, 'fail', 'CLOUDFLARE_WEBHOOK_SECRET is missing'],
    [{ CLOUDFLARE_WEBHOOK_SECRET: 'short' }, 'warn', '5 characters'],
    [{ CLOUDFLARE_WEBHOOK_SECRET: 'ümlaut in a secret of some length' }, 'fail', 'a header cannot carry'],
  ])('judges the webhook secret %j', async (env, status, why) => {
    const ran = await doctor({ world: emptyWorld(START), env });
    expect(ran.about('cloudflare', 'webhook secret')).toMatchObject({ status, why: expect.stringContaining(why) });
  });
});

describe('doctor about the monitor', () => {
  it('says how each zone’s security events are read, and what is not told of them', async () => {
    const world = withZone(emptyZone(FREE_ID, 'free.example', 'free', false));
    world.cloudflare.zones.push(emptyZone('e'.repeat(32), 'business.example', 'business', false));
    const ran = await doctor({ world });
    expect(ran.about('cloudflare', `monitor ${ZONE.name}`)).toEqual(
      expect.objectContaining({ status: 'ok', why: 'groups of security events' }),
    );
    expect(ran.about('cloudflare', 'monitor business.example')).toMatchObject({
      status: 'ok',
      why: 'groups of security events; not told here: botScore, ja4, botDetectionTags',
    });
    expect(ran.about('cloudflare', 'monitor free.example')).toMatchObject({
      status: 'warn',
      why: expect.stringMatching(/^single security events; not told here: botScore.*its plan has no groups/),
    });
    expect(failures(ran)).toEqual([]);
  });

  it('says where a zone keeps or tells less than the settings ask for', async () => {
    const world = withZone(emptyZone(FREE_ID, 'free.example', 'free', false));
    const ran = await doctor({ world, settings: { monitor: { windowHours: 72 } } });
    expect(ran.about('cloudflare', `monitor ${ZONE.name}`)?.status).toBe('ok');
    const free = ran.about('cloudflare', 'monitor free.example');
    expect(free?.why).toContain('only 24 h are told, monitor.windowHours asks for 72 h');
  });

  it('says that the names of rules are closed to the token, which costs the alerts nothing else', async () => {
    const world = withZone({ ...emptyZone(FREE_ID, 'closed.example', 'enterprise', true), rulesetAccess: 'refused' });
    const ran = await doctor({ world });
    expect(ran.about('cloudflare', 'monitor closed.example')).toMatchObject({
      status: 'warn',
      why: expect.stringContaining('Zone → Zone WAF Read'),
    });
    expect(ran.about('cloudflare', `monitor ${ZONE.name}`)?.status).toBe('ok');
    expect(ran.status).toBe(0);
  });

  it('fails where a zone tells no security events', async () => {
    const none = emptyZone(FREE_ID, 'none.example', 'free', false);
    none.nodes.firewallEventsAdaptive.enabled = false;
    const ran = await doctor({ world: withZone(none) });
    expect(failures(ran)).toEqual(['cloudflare monitor none.example']);
  });

  it('asks nothing for it where nothing is monitored', async () => {
    const { cloudflare, ...ran } = await doctor({
      world: emptyWorld(START),
      settings: { monitor: { filters: [] } },
    });
    expect(ran.about('cloudflare', `zone ${ZONE.name}`)?.status).toBe('ok');
    expect(ran.about('cloudflare', `monitor ${ZONE.name}`)).toBeUndefined();
    expect(cloudflare.seen.filter(({ target }) => target.includes('rulesets'))).toEqual([]);
  });
});
