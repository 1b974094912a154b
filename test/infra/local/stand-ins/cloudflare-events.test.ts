import { afterEach, describe, expect, it } from 'vitest';
import { EVENT_DIMENSIONS } from '../../../../functions/core/security-events.ts';
import { DAY, MINUTE, toIso } from '../../../../functions/core/time.ts';
import { emptyWorld, emptyZone, withSpike, ZONE } from '../../../../infra/local/scenario/builders.ts';
import { RULES, RULESETS } from '../../../../infra/local/scenario/sample-rules.ts';
import type { World, Zone, ZonePlan } from '../../../../infra/local/scenario/world.ts';
import { type CloudflareStandIn, startCloudflareStandIn } from '../../../../infra/local/stand-ins/cloudflare.ts';
import { askCloudflare, fakeClock, graphql, type Row, START, sumOf } from './asking.ts';

const [A, B] = ['198.18.0.1', '198.18.0.2'];
const OTHER = 'b'.repeat(32);

let standIn: CloudflareStandIn;
afterEach(() => standIn.close());

/** The first zone was attacked by two addresses, each ten times; there may be a second, quiet one. */
async function start(change: (world: World) => void = () => {}, second?: ZonePlan) {
  const world = withSpike(emptyWorld(START), { addresses: [A, B] });
  if (second !== undefined) world.cloudflare.zones.push(emptyZone(OTHER, 'other.example', second, false));
  change(world);
  standIn = await startCloudflareStandIn({ world, clock: fakeClock() });
}

function zoneIn({ cloudflare }: World): Zone {
  const [zone] = cloudflare.zones;
  if (zone === undefined) throw new Error('no zone');
  return zone;
}

const VARIABLES = '$zones: [string!], $since: Time, $until: Time';
const SPAN = 'datetime_geq: $since, datetime_lt: $until';

/** A query as a monitor asks it, over the last 24 hours. */
async function ask(nodes: string, zones: readonly string[] = [ZONE.id], since = START - DAY) {
  const query = `query (${VARIABLES}) { viewer { zones(filter: { zoneTag_in: $zones }) { zoneTag ${nodes} } } }`;
  return await graphql(standIn, query, { zones, since: toIso(since), until: toIso(START) });
}

async function rows(node: string, filter: string, selection: string, rest = 'limit: 10000'): Promise<readonly Row[]> {
  const { data, errors } = await ask(`rows: ${node}(${rest}, filter: { ${SPAN} ${filter} }) { ${selection} }`);
  if (errors !== null) throw new Error(errors.map(({ message }) => message).join());
  return data?.viewer.zones[0]?.rows ?? [];
}

const groups = (filter = '', selection = 'count dimensions { clientIP }', rest?: string) =>
  rows('firewallEventsAdaptiveGroups', filter, selection, rest);

describe('security events in groups', () => {
  it('give totals beside groups, by aliases, zone by zone', async () => {
    await start(undefined, 'business');
    const pair = (n: number, filter: string) => `
      total${n}: firewallEventsAdaptiveGroups(limit: 1, filter: { ${SPAN} ${filter} }) { count avg { sampleInterval } }
      top${n}: firewallEventsAdaptiveGroups(limit: 1, orderBy: [count_DESC], filter: { ${SPAN} ${filter} }) {
        count dimensions { clientIP source } }`;
    const nodes = `${pair(0, '')} ${pair(1, `clientIP: "${A}"`)}`;
    const { data, errors } = await ask(nodes, [OTHER, ZONE.id, 'f'.repeat(32)]);
    expect(errors).toBeNull();
    const empty = { zoneTag: OTHER, total0: [], top0: [], total1: [], top1: [] };
    const top = { count: 10, dimensions: { clientIP: expect.any(String), source: 'botManagement' } };
    expect(data?.viewer.zones).toEqual([
      {
        zoneTag: ZONE.id,
        total0: [{ count: 20, avg: { sampleInterval: 1 } }],
        top0: [top],
        total1: [{ count: 10, avg: { sampleInterval: 1 } }],
        top1: [{ ...top, dimensions: { ...top.dimensions, clientIP: A } }],
      },
      empty,
    ]);
  });

  it('have every dimension a monitor tells of', async () => {
    await start((world) => {
      const { events } = zoneIn(world);
      for (const [index, event] of events.entries()) events[index] = { ...event, ...RULES.bots, botTags: ['go'] };
    });
    const dimensions = [...EVENT_DIMENSIONS, 'verifiedBotCategory', 'datetimeMinute'];
    const [first] = await groups('', `count dimensions { ${dimensions.join(' ')} }`);
    expect(Object.keys(first?.dimensions ?? {}).sort()).toEqual([...dimensions].sort());
    expect(first?.dimensions).toMatchObject({ ...RULES.bots, botDetectionTags: ['go'], clientAsn: expect.any(String) });
  });

  it('can be narrowed to what a monitor watches', async () => {
    await start((world) => {
      const { events } = zoneIn(world);
      for (const [index, event] of events.entries()) {
        if (event.address === B) events[index] = { ...event, ...RULES.signIns, action: 'block', asn: 64999 };
      }
    });
    for (const [filter, found] of [
      [`ruleId_in: ["${RULES.signIns.ruleId}"]`, [B]],
      [`rulesetId_in: ["${RULES.bots.rulesetId}"]`, [A]],
      ['source_in: ["rateLimit", "l7ddos"]', [B]],
      ['action_in: ["managed_challenge"]', [A]],
      ['clientRequestHTTPHost_in: ["www.example.com"]', [A, B]],
      ['description_like: "Login: %"', [B]],
      ['clientAsn_notin: ["64999"]', [A]],
      [`clientIP_neq: "${A}"`, [B]],
      ['clientAsn_notin: ["64999"], source_in: ["rateLimit"]', []],
    ] as const) {
      expect((await groups(filter)).map(({ dimensions }) => dimensions.clientIP).sort()).toEqual(found);
    }
  });

  it('refuse a batch for one zone that lacks a field, and name it', async () => {
    await start(undefined, 'pro');
    const node = `rows: firewallEventsAdaptiveGroups(limit: 1, filter: { ${SPAN} }) { count dimensions { botScore } }`;
    const { data, errors } = await ask(node, [ZONE.id, OTHER]);
    expect(data).toBeNull();
    expect(errors?.[0]?.message).toBe(`zone '${OTHER}' does not have access to the field 'botscore'`);
    expect((await ask(node, [ZONE.id])).errors).toBeNull();
  });

  it('are refused beyond the limits of the node', async () => {
    const tight = { maxDuration: 3600, notOlderThan: 7200, maxNumberOfFields: 2, maxPageSize: 10 };
    await start((world) => void Object.assign(zoneIn(world).nodes.firewallEventsAdaptiveGroups, tight));
    const refused = async (rest: string, selection: string, since: number) => {
      const node = `rows: firewallEventsAdaptiveGroups(${rest}, filter: { ${SPAN} }) { ${selection} }`;
      return (await ask(node, [ZONE.id], since)).errors?.[0]?.message;
    };
    const hour = START - 60 * MINUTE;
    expect(await refused('limit: 10', 'count dimensions { clientIP }', hour)).toBeUndefined();
    expect(await refused('limit: 11', 'count', hour)).toContain('not greater than 10');
    expect(await refused('limit: 1', 'count dimensions { clientIP ja4 }', hour)).toContain("can't be more than 2");
    expect(await refused('limit: 1', 'count', hour - 1000)).toContain('query time range is too large');
    expect(await refused('limit: 1', 'count', START - DAY)).toContain('cannot request data older than 7200s');
  });

  it('are too many nodes in combination where the scenario draws that line', async () => {
    await start((world) => {
      world.cloudflare.mostNodes = 3;
    }, 'pro');
    const node = (name: string) => `${name}: firewallEventsAdaptiveGroups(limit: 1, filter: { ${SPAN} }) { count }`;
    const { errors } = await ask(`${node('a')} ${node('b')}`, [ZONE.id, OTHER]);
    expect(errors?.[0]?.message).toContain('queries too many nodes, zones and accounts');
    expect((await ask(`${node('a')} ${node('b')}`, [ZONE.id])).errors).toBeNull();
  });
});

describe('raw security events', () => {
  it('come newest first, with what each stands for', async () => {
    await start((world) => {
      zoneIn(world).sampling = { interval: 10, finestBelowMs: 0 };
    });
    const selection = 'datetime rayName sampleInterval clientIP botDetectionTags';
    const found = await rows('firewallEventsAdaptive', '', selection, 'limit: 10, orderBy: [datetime_DESC]');
    expect(found.length).toBeGreaterThan(0);
    for (const row of found) expect(row).toMatchObject({ sampleInterval: 10, rayName: expect.any(String) });
    const times = found.map(({ datetime }) => datetime);
    expect(times).toEqual(times.toSorted().reverse());
  });

  it('are as many as their groups count', async () => {
    await start();
    const [raw, grouped] = [await rows('firewallEventsAdaptive', '', 'rayName'), await groups()];
    expect(raw).toHaveLength(sumOf(grouped));
  });
});

describe('rulesets', () => {
  const path = `/zones/${ZONE.id}/rulesets`;

  it('are listed without their rules, and read with them', async () => {
    await start((world) => void zoneIn(world).rulesets.push(...RULESETS));
    const { body } = await askCloudflare(standIn, path);
    expect(body).toMatchObject({ success: true, result: RULESETS.map(({ id, name, phase }) => ({ id, name, phase })) });
    expect(JSON.stringify(body)).not.toContain('"rules"');
    const one = await askCloudflare(standIn, `${path}/${RULES.signInLog.rulesetId}`);
    expect(one.body).toMatchObject({
      result: { name: 'Custom rules', rules: [{ id: RULES.signInLog.ruleId, description: 'Log sign-in attempts' }] },
    });
  });

  it('come in pages with a cursor', async () => {
    await start((world) => void zoneIn(world).rulesets.push(...RULESETS));
    const last = { success: true, result: [{ name: RULESETS.at(-1)?.name }] };
    expect((await askCloudflare(standIn, `${path}?per_page=4`)).body).toMatchObject({
      result_info: { cursors: { after: '4' } },
    });
    const { body } = await askCloudflare(standIn, `${path}?per_page=4&cursor=4`);
    expect(body).toMatchObject(last);
    expect(body).not.toHaveProperty('result_info');
    for (const wrong of ['per_page=0', 'per_page=51', 'cursor=x']) {
      expect((await askCloudflare(standIn, `${path}?${wrong}`)).status).toBe(400);
    }
  });

  it('are nobody’s without the permission, where the zone is not ours, and where there is none', async () => {
    await start((world) => {
      zoneIn(world).rulesetAccess = 'refused';
    });
    expect((await askCloudflare(standIn, path)).status).toBe(403);
    expect((await askCloudflare(standIn, `${path}/${RULES.bots.rulesetId}`)).status).toBe(403);
    zoneIn(standIn.world).rulesetAccess = 'read';
    expect((await askCloudflare(standIn, `${path}/${RULES.bots.rulesetId}`)).status).toBe(404);
    expect((await askCloudflare(standIn, `${path}/bots`)).status).toBe(400);
    expect((await askCloudflare(standIn, `/zones/${OTHER}/rulesets`)).status).toBe(403);
  });
});
