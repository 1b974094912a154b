import { afterEach, describe, expect, it } from 'vitest';
import { DAY, MINUTE, toIso } from '../../../../functions/core/time.ts';
import { type EmptyWorldOptions, emptyWorld, withSpike, ZONE } from '../../../../infra/local/scenario/builders.ts';
import type { World } from '../../../../infra/local/scenario/world.ts';
import { type CloudflareStandIn, startCloudflareStandIn } from '../../../../infra/local/stand-ins/cloudflare.ts';
import { askCloudflare, type FakeClock, fakeClock, graphql, rowsOf, START, zoneOf } from './asking.ts';

let standIn: CloudflareStandIn;
let clock: FakeClock;
afterEach(() => standIn.close());

async function start(options: EmptyWorldOptions = {}, change: (world: World) => void = () => {}) {
  clock = fakeClock();
  const world = withSpike(emptyWorld(START, options), { addresses: ['198.18.0.1', '198.18.0.2'] });
  change(world);
  standIn = await startCloudflareStandIn({ world, clock });
}

const SPAN = `datetime_geq: "${toIso(START - 30 * MINUTE)}", datetime_lt: "${toIso(START)}"`;

function http(selection: string, filter = SPAN, rest = 'limit: 10'): string {
  return `{ viewer { zones(filter: { zoneTag: "${ZONE.id}" }) {
    rows: httpRequestsAdaptiveGroups(${rest}, filter: { ${filter} }) { ${selection} } } } }`;
}

async function refusal(query: string) {
  const { status, data, errors } = await graphql(standIn, query);
  expect(data).toBeNull();
  return { status, message: errors?.[0]?.message, code: errors?.[0]?.extensions.code };
}

describe('fields a plan does not include', () => {
  it('fail the whole query in a 200, by their lower-cased name', async () => {
    await start({ plan: 'pro' });
    expect(await refusal(http('count dimensions { clientIP botScore }'))).toEqual({
      status: 200,
      message: `zone '${ZONE.id}' does not have access to the field 'botscore'`,
      code: 'authz',
    });
    expect((await refusal(http('count', `${SPAN}, botScore_geq: 1`))).message).toContain("'botscore'");
    expect(
      (await refusal(http('count dimensions { clientIP }', SPAN, 'limit: 1, orderBy: [ja4_ASC]'))).message,
    ).toContain("'ja4'");
    expect(rowsOf(await graphql(standIn, http('count dimensions { clientIP clientAsn }')))).toHaveLength(2);
  });

  it('are left out of the settings', async () => {
    await start({ plan: 'free' });
    const query = `{ viewer { zones(filter: { zoneTag: "${ZONE.id}" }) { settings {
      httpRequestsAdaptiveGroups { availableFields } firewallEventsAdaptiveGroups { enabled } } } } }`;
    const { settings } = zoneOf(await graphql(standIn, query));
    const fields = settings?.httpRequestsAdaptiveGroups?.availableFields;
    expect(fields).toContain('dimensions_clientIP');
    for (const gated of ['botScore', 'ja4', 'clientAsn', 'wafAttackScore'])
      expect(fields).not.toContain(`dimensions_${gated}`);
    expect(settings?.firewallEventsAdaptiveGroups?.enabled).toBe(false);
  });

  it('close a whole node on Free, while the raw node stays open', async () => {
    await start({ plan: 'free' });
    const node = (name: string) =>
      `{ viewer { zones(filter: { zoneTag: "${ZONE.id}" }) { rows: ${name}(limit: 5, filter: { ${SPAN} }) { `;
    const { message } = await refusal(`${node('firewallEventsAdaptiveGroups')} count } } } }`);
    expect(message).toContain('does not have access to the path');
    const raw = await graphql(standIn, `${node('firewallEventsAdaptive')} clientIP sampleInterval } } } }`);
    expect(rowsOf(raw)).toHaveLength(5);
  });
});

describe('limits', () => {
  it('refuse what is too old, too wide, too long or too much', async () => {
    await start({}, ({ cloudflare }) => {
      const node = cloudflare.zones[0]?.nodes.httpRequestsAdaptiveGroups;
      if (node) Object.assign(node, { maxDuration: 3600, notOlderThan: 7200, maxNumberOfFields: 3, maxPageSize: 100 });
    });
    const from = (age: number) => `datetime_geq: "${toIso(START - age)}", datetime_lt: "${toIso(START)}"`;
    expect((await refusal(http('count', from(DAY)))).message).toContain('cannot request data older than 7200s');
    expect((await refusal(http('count', from(3601_000)))).message).toContain('query time range is too large');
    expect((await refusal(http('count', 'requestSource: "eyeball"'))).message).toContain(
      'cannot request a time range wider than',
    );
    for (const limit of ['limit: 101', 'limit: 0', 'orderBy: [count_DESC]']) {
      expect((await refusal(http('count', SPAN, limit))).message).toContain(
        'limit must be positive number and not greater than 100',
      );
    }
    expect((await refusal(http('count dimensions { clientIP clientAsn ja4 }'))).message).toContain(
      "number of fields can't be more than 3",
    );
    expect(rowsOf(await graphql(standIn, http('count dimensions { clientIP ja4 }', from(3600_000))))).toHaveLength(2);
  });

  it('refuse names that do not exist and values of the wrong type', async () => {
    await start();
    expect((await refusal(http('count dimensions { clientIp }'))).message).toBe('unknown field "clientIp"');
    expect((await refusal(http('count clientIP'))).message).toBe('unknown field "clientIP"');
    expect((await refusal(http('count', `${SPAN}, botScore_between: 3`))).message).toBe(
      'unknown field "botScore_between"',
    );
    expect((await refusal(http('count', `${SPAN}, clientAsn: 64496`))).message).toContain('a string expected');
    expect((await refusal(http('count', 'datetime_geq: "yesterday"'))).message).toContain('ISO 8601');
    expect((await refusal('{ viewer { zones')).message).toContain('error parsing query');
    expect((await refusal(http('count', `${SPAN}, clientIP: $who`))).message).toContain('not declared');
  });

  it('answer with the documented class as status where asked to', async () => {
    clock = fakeClock();
    standIn = await startCloudflareStandIn({ world: emptyWorld(START, { plan: 'pro' }), clock, errorsAsStatus: true });
    expect((await refusal(http('count dimensions { clientIp }'))).status).toBe(400);
    expect((await refusal(http('count dimensions { botScore }'))).status).toBe(200);
  });

  it('stop a caller at 300 queries in five minutes, and let it in again later', async () => {
    await start();
    const query = '{ viewer { budget } }';
    for (let spent = 0; spent < 300; spent++) await graphql(standIn, query);
    expect(await refusal(query)).toMatchObject({
      status: 429,
      message: 'rate limiter budget depleted, try again after 5 minutes',
    });
    clock.at += 5 * MINUTE;
    expect((await graphql(standIn, query)).errors).toBeNull();
  });

  it('take ten zones at a time', async () => {
    await start();
    const zones = (count: number) =>
      `{ viewer { zones(filter: { zoneTag_in: [${Array(count).fill(`"${ZONE.id}"`)}] }) { zoneTag } } }`;
    expect(zoneOf(await graphql(standIn, zones(10)))).toEqual({ zoneTag: ZONE.id });
    expect((await refusal(zones(11))).message).toContain('too many zones requested');
  });
});

describe('who may ask', () => {
  it('turns a wrong token away everywhere but at the published ranges', async () => {
    await start();
    expect(await graphql(standIn, '{ viewer { budget } }', {}, 'wrong')).toMatchObject({ status: 401, data: null });
    for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
      expect((await askCloudflare(standIn, '/zones', headers)).status).toBe(403);
      expect((await askCloudflare(standIn, '/user/tokens/verify', headers)).status).toBe(401);
      expect((await askCloudflare(standIn, '/ips', headers)).text).toContain('2a06:98c0::/29');
    }
    expect((await askCloudflare(standIn, '/user/tokens/verify')).body).toMatchObject({ result: { status: 'active' } });
  });

  it('shows an unknown or hidden zone as none at all, and refuses a refused one', async () => {
    await start();
    const query = http('count');
    const unknown = query.replace(ZONE.id, 'f'.repeat(32));
    expect((await graphql(standIn, unknown)).data).toEqual({ viewer: { zones: [] } });
    const zone = standIn.world.cloudflare.zones[0];
    if (zone) zone.access = 'hidden';
    expect((await graphql(standIn, query)).data).toEqual({ viewer: { zones: [] } });
    expect((await askCloudflare(standIn, '/zones')).body).toMatchObject({ result: [] });
    if (zone) zone.access = 'refused';
    expect((await refusal(query)).message).toBe(`zones [${ZONE.id}] are not authorized`);
  });

  it('finds zones by name and by id', async () => {
    await start();
    const { body } = await askCloudflare(standIn, `/zones?name=${ZONE.name}&per_page=5`);
    expect(body).toMatchObject({
      success: true,
      result: [{ id: ZONE.id, name: ZONE.name }],
      result_info: { total_count: 1 },
    });
    expect((await askCloudflare(standIn, `/zones/${ZONE.id}`)).body).toMatchObject({ result: { name: ZONE.name } });
    expect((await askCloudflare(standIn, '/zones?name=nobody.example')).body).toMatchObject({ result: [] });
    expect((await askCloudflare(standIn, '/zones/zone')).status).toBe(400);
  });
});
