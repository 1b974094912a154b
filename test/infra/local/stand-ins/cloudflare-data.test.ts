import { afterEach, describe, expect, it } from 'vitest';
import { MINUTE, toIso } from '../../../../functions/core/time.ts';
import { emptyWorld, type SpikeOptions, withSpike, ZONE } from '../../../../infra/local/scenario/builders.ts';
import { type CloudflareStandIn, startCloudflareStandIn } from '../../../../infra/local/stand-ins/cloudflare.ts';
import { type FakeClock, fakeClock, graphql, rowsOf, START, sumOf } from './asking.ts';

let standIn: CloudflareStandIn;
let clock: FakeClock;
afterEach(() => standIn.close());

async function start(spike: SpikeOptions) {
  clock = fakeClock();
  standIn = await startCloudflareStandIn({ world: withSpike(emptyWorld(START), spike), clock });
}

const SPAN = `datetime_geq: "${toIso(START - 30 * MINUTE)}", datetime_lt: "${toIso(START + 30 * MINUTE)}"`;

async function groups(filter: string, selection = 'count dimensions { clientIP }', rest = 'limit: 10000') {
  const query = `{ viewer { zones(filter: { zoneTag: "${ZONE.id}" }) {
    rows: httpRequestsAdaptiveGroups(${rest}, filter: { ${SPAN} ${filter} }) { ${selection} } } } }`;
  return rowsOf(await graphql(standIn, query));
}

async function found(filter: string): Promise<string[]> {
  return (await groups(filter)).map(({ dimensions }) => dimensions.clientIP).sort();
}

const [A, B, C] = ['198.18.0.1', '198.18.0.2', '2001:db8::3'];

describe('filters', () => {
  it('compare, list, match patterns and combine', async () => {
    await start({ addresses: [A, B, C] });
    expect(await found('')).toEqual([A, B, C]);
    expect(await found(`clientIP: "${A}"`)).toEqual([A]);
    expect(await found(`clientIP_neq: "${A}"`)).toEqual([B, C]);
    expect(await found(`clientIP_in: ["${A}", "${C}"]`)).toEqual([A, C]);
    expect(await found(`clientIP_notin: ["${A}", "${C}"]`)).toEqual([B]);
    expect(await found('clientIP_like: "198.18.%"')).toEqual([A, B]);
    expect(await found('clientIP_notlike: "198.18.%"')).toEqual([C]);
    expect(await found(`OR: [{ clientIP: "${A}" }, { clientIP: "${B}", clientRequestHTTPHost: "elsewhere" }]`)).toEqual(
      [A],
    );
    expect(await found(`AND: [{ clientIP_neq: "${A}" }, { clientIP_like: "%.%" }]`)).toEqual([B]);
    expect(await found('botScore_gt: 0, botScore_lt: 30')).toEqual([A, B, C]);
    expect(await found('botScore_geq: 30')).toEqual([]);
    expect(await found('botDetectionIds_hasany: [1]'.replace('[1]', '["1"]'))).toEqual([]);
  });

  it('take variables, their defaults, fragments and aliases', async () => {
    await start({ addresses: [A, B, C] });
    const query = `query ($zones: [string!]!, $ips: [string!] = ["${B}"], $since: Time!, $limit: uint64!) {
      viewer { zones(filter: { zoneTag_in: $zones }) { ...Rows } } }
      fragment Rows on zone { rows: httpRequestsAdaptiveGroups(limit: $limit, filter: { datetime_geq: $since, clientIP_in: $ips }) {
        __typename n: count dimensions { who: clientIP } } }`;
    const variables = { zones: [ZONE.id], since: toIso(START - 20 * MINUTE), limit: 5 };
    expect(rowsOf(await graphql(standIn, query, variables))).toMatchObject([{ n: 200, dimensions: { who: B } }]);
    expect((await graphql(standIn, query, { zones: [ZONE.id], limit: 5 })).errors?.[0]?.message).toContain(
      '"since" must be given',
    );
  });

  it('page raw events without cursors, each exactly once', async () => {
    await start({ addresses: [A, B, C] });
    const seen: string[] = [];
    let after = '';
    for (let page = 0; page < 20; page++) {
      const query = `{ viewer { zones(filter: { zoneTag: "${ZONE.id}" }) { rows: firewallEventsAdaptive(limit: 7,
        orderBy: [datetime_ASC, rayName_ASC], filter: { ${SPAN} ${after} }) { datetime rayName } } } }`;
      const rows = rowsOf(await graphql(standIn, query));
      seen.push(...rows.map(({ rayName }) => rayName));
      const last = rows.at(-1);
      if (last === undefined) break;
      after = `OR: [{ datetime_gt: "${last.datetime}" }, { datetime: "${last.datetime}", rayName_gt: "${last.rayName}" }]`;
    }
    expect(seen).toHaveLength(30);
    expect(new Set(seen).size).toBe(30);
  });
});

describe('groups', () => {
  it('split by every selected dimension and order by more than one field', async () => {
    await start({ addresses: [B, A], perMinute: 3 });
    const rows = await groups(
      '',
      'count dimensions { datetimeFiveMinutes clientIP }',
      'limit: 100, orderBy: [datetimeFiveMinutes_DESC, clientIP_ASC]',
    );
    const keys = rows.map((row) => Object.values(row.dimensions).join(' '));
    expect(new Set(keys).size).toBe(keys.length);
    expect(rows[0]?.dimensions.clientIP).toBe(A);
    expect(String(rows[0]?.dimensions.datetimeFiveMinutes) > String(rows.at(-1)?.dimensions.datetimeFiveMinutes)).toBe(
      true,
    );
    expect(sumOf(rows)).toBe(2 * 10 * 3);
  });

  it('are one total without dimensions, and nothing when nothing matched', async () => {
    await start({ addresses: [A, B] });
    expect(await groups('', 'count')).toEqual([{ count: 400 }]);
    expect(await groups('clientIP: "192.0.2.1"', 'count')).toEqual([]);
  });
});

describe('what analytics do not show', () => {
  it('is younger than the lag, or comes late', async () => {
    await start({ addresses: [A], from: START, to: START + MINUTE });
    expect(await found('')).toEqual([]);
    clock.at = START + 89_999;
    expect(await found('')).toEqual([]);
    clock.at = START + 90_000;
    expect(await found('')).toEqual([A]);
    const late = { addresses: [B], row: { visibleFrom: START + 10 * MINUTE } };
    standIn.world = withSpike(standIn.world, late);
    expect(await found('')).toEqual([A]);
    clock.at = START + 10 * MINUTE;
    expect(await found('')).toEqual([A, B]);
  });

  it('is lost by sampling: totals stay near the truth, quiet addresses go missing', async () => {
    const quiet = Array.from({ length: 400 }, (_, index) => `198.18.${index % 8}.${Math.floor(index / 8)}`);
    await start({ addresses: quiet, perMinute: 1 });
    const zone = standIn.world.cloudflare.zones[0];
    if (zone) zone.sampling = { interval: 100, finestBelowMs: 5 * MINUTE };
    const rows = await groups(
      '',
      'count avg { sampleInterval } confidence(level: 0.95) { count { lower upper sampleSize } } dimensions { clientIP }',
    );
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.length).toBeLessThan(100);
    const [total] = await groups(
      '',
      'count avg { sampleInterval } confidence(level: 0.95) { count { lower upper sampleSize } }',
    );
    expect(total?.avg.sampleInterval).toBe(100);
    expect((total?.confidence.count.sampleSize ?? 0) * 100).toBe(total?.count);
    expect(total?.confidence.count.lower).toBeLessThan(4000);
    expect(total?.confidence.count.upper).toBeGreaterThan(4000);
    const narrow = `datetime_geq: "${toIso(START - 5 * MINUTE)}", datetime_lt: "${toIso(START)}"`;
    const fine = rowsOf(
      await graphql(
        standIn,
        `{ viewer { zones(filter: { zoneTag: "${ZONE.id}" }) { rows: httpRequestsAdaptiveGroups(limit: 10000,
        filter: { ${narrow} }) { count avg { sampleInterval } } } } }`,
      ),
    );
    expect(fine).toEqual([{ count: 1200, avg: { sampleInterval: 1 } }]);
  });
});
