import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR, MINUTE, toIso } from '../../../../functions/core/time.ts';
import { ZONE } from '../../../../infra/local/scenario/builders.ts';
import { sampleWorld } from '../../../../infra/local/scenario/sample.ts';
import { CAST } from '../../../../infra/local/scenario/sample-cast.ts';
import { type CloudflareStandIn, startCloudflareStandIn } from '../../../../infra/local/stand-ins/cloudflare.ts';
import { fakeClock, graphql, rowsOf, START, sumOf, zoneOf } from './asking.ts';

// The documented queries, word for word where the reference spells them (`reference/cloudflare.md` §4.3, §5).
const BOTS = `datetime_geq: $since, datetime_lt: $until, requestSource: "eyeball",
  botScore_geq: 1, botScore_leq: 29, botManagementDecision_neq: "verified_bot"`;
const Q1 = `query SpikeIps($zoneTag: string, $since: Time, $until: Time, $limit: uint64) {
  viewer { zones(filter: { zoneTag: $zoneTag }) { zoneTag
    top: httpRequestsAdaptiveGroups(limit: $limit, orderBy: [count_DESC], filter: { ${BOTS} }) {
      count avg { sampleInterval } sum { edgeResponseBytes visits }
      confidence(level: 0.95) { count { estimate lower upper sampleSize } }
      dimensions { clientIP clientAsn clientCountryName }
    }
    total: httpRequestsAdaptiveGroups(limit: 1, filter: { ${BOTS} }) { count avg { sampleInterval } }
  } } }`;
const Q2 = `query SpikeIpsFw($zoneTag: string, $since: Time, $until: Time) {
  viewer { zones(filter: { zoneTag: $zoneTag }) { zoneTag
    top: firewallEventsAdaptiveGroups(limit: 200, orderBy: [count_DESC],
      filter: { datetime_geq: $since, datetime_lt: $until,
                source_in: ["botFight","botManagement","rateLimit","ratelimit","l7ddos","firewallManaged","firewallCustom"],
                action_notin: ["allow","skip","bypass"] }) {
      count avg { sampleInterval } dimensions { clientIP clientAsn clientCountryName source action }
    } } } }`;
const Q3 = `query Series($zoneTag: string, $since: Time, $until: Time, $ips: [string!]) {
  viewer { zones(filter: { zoneTag: $zoneTag }) {
    total: httpRequestsAdaptiveGroups(limit: 1000, orderBy: [datetimeMinute_ASC],
      filter: { datetime_geq: $since, datetime_lt: $until, requestSource: "eyeball" }) {
      count dimensions { datetimeMinute } }
    rows: httpRequestsAdaptiveGroups(limit: 1000, orderBy: [datetimeMinute_ASC],
      filter: { datetime_geq: $since, datetime_lt: $until, requestSource: "eyeball", clientIP_in: $ips }) {
      count dimensions { datetimeMinute } }
  } } }`;
const Q4 = `query Monitor($zoneTag: string, $since: Time, $until: Time) {
  viewer { budget zones(filter: { zoneTag: $zoneTag }) { zoneTag
    total: firewallEventsAdaptiveGroups(limit: 1, filter: { datetime_geq: $since, datetime_lt: $until }) {
      count avg { sampleInterval } }
    top: firewallEventsAdaptiveGroups(limit: 100, orderBy: [count_DESC],
      filter: { datetime_geq: $since, datetime_lt: $until }) {
      count dimensions { action botScore clientAsn clientCountryName clientIP clientRequestHTTPHost
        clientRequestPath description edgeResponseStatus ja4 ruleId rulesetId source } }
    rows: firewallEventsAdaptiveGroups(limit: 50, orderBy: [count_DESC],
      filter: { datetime_geq: $since, datetime_lt: $until }) { count dimensions { action source } }
  } } }`;
const Q5 = `query Raw($zoneTag: string, $since: Time, $until: Time, $ips: [string!]) {
  viewer { zones(filter: { zoneTag: $zoneTag }) {
    rows: firewallEventsAdaptive(limit: 100, orderBy: [datetime_DESC],
      filter: { datetime_geq: $since, datetime_lt: $until, clientIP_in: $ips }) {
      datetime clientIP rayName action source ruleId clientRequestHTTPHost clientRequestPath userAgent edgeResponseStatus
    } } } }`;
const CAPABILITIES = `query Capabilities($zoneTag: string) {
  viewer { zones(filter: { zoneTag: $zoneTag }) { zoneTag settings {
    firewallEventsAdaptive       { enabled availableFields maxPageSize maxNumberOfFields notOlderThan maxDuration }
    firewallEventsAdaptiveGroups { enabled availableFields maxPageSize maxNumberOfFields notOlderThan maxDuration }
    httpRequestsAdaptiveGroups   { enabled availableFields maxPageSize maxNumberOfFields notOlderThan maxDuration }
  } } } }`;

const world = sampleWorld(START);
const zone = world.cloudflare.zones[0];
const span = { zoneTag: ZONE.id, since: toIso(START - 30 * MINUTE), until: toIso(START) };
let standIn: CloudflareStandIn;

beforeAll(async () => {
  standIn = await startCloudflareStandIn({ world, clock: fakeClock() });
});
afterAll(() => standIn.close());

/** The truth, counted without the stand-in. */
const shown = (zone?.requests ?? []).filter(
  ({ at }) => at >= START - 30 * MINUTE && at + world.cloudflare.lagMs <= START,
);
const bots = shown.filter(
  (row) =>
    row.requestSource === 'eyeball' && row.botScore >= 1 && row.botScore <= 29 && row.botDecision !== 'verified_bot',
);

describe('the documented queries on the sample', () => {
  it('Q1 lists the spike by address, the busiest first, beside its true total', async () => {
    const answer = await graphql(standIn, Q1, { ...span, limit: 1000 });
    const top = rowsOf(answer, 'top');
    const truth = new Map<string, number>();
    for (const { address, count } of bots) truth.set(address, (truth.get(address) ?? 0) + count);
    expect(truth.size).toBeGreaterThan(1200);
    expect(top).toHaveLength(1000);
    for (const { count, dimensions } of top) expect(count).toBe(truth.get(dimensions.clientIP));
    expect(top.map(({ count }) => count)).toEqual([...truth.values()].sort((a, b) => b - a).slice(0, 1000));
    expect(rowsOf(answer, 'total')).toEqual([{ count: sumOf(bots), avg: { sampleInterval: 1 } }]);
    const first = top[0]?.count;
    expect(top[0]?.confidence.count).toEqual({ estimate: first, lower: first, upper: first, sampleSize: first });
    expect(top[0]?.sum.edgeResponseBytes).toBeGreaterThan(0);
    expect(top[0]?.dimensions.clientAsn).toMatch(/^\d+$/);
  });

  it('Q1 ends before the quiet tail, which asking by address finds', async () => {
    const top = rowsOf(await graphql(standIn, Q1, { ...span, limit: 1000 }), 'top');
    const listed = top.map(({ dimensions }) => dimensions.clientIP);
    expect(listed).not.toContain(CAST.belowTheCut);
    expect(listed).toEqual(expect.arrayContaining([...CAST.intruder, CAST.neighbourSpike]));
    const asked = rowsOf(await graphql(standIn, Q3, { ...span, ips: [CAST.belowTheCut] }));
    expect(asked.map(({ count }) => count)).toEqual([2]);
  });

  it('Q2 groups security events and leaves out what was let through', async () => {
    const top = rowsOf(await graphql(standIn, Q2, span), 'top');
    expect(top).toHaveLength(200);
    for (const { dimensions } of top) expect(['allow', 'skip', 'bypass']).not.toContain(dimensions.action);
  });

  it('Q3 gives a series by minute that adds up to the total', async () => {
    const all = rowsOf(await graphql(standIn, Q3, { ...span, ips: [] }), 'total');
    const minutes = all.map(({ dimensions }) => dimensions.datetimeMinute);
    expect(minutes).toEqual([...minutes].sort());
    expect(minutes[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00Z$/);
    expect(sumOf(all)).toBe(sumOf(shown.filter(({ requestSource }) => requestSource === 'eyeball')));
  });

  it('Q4 answers the monitor with one total, the top groups and the budget left', async () => {
    const answer = await graphql(standIn, Q4, { ...span, since: toIso(START - 23 * HOUR) });
    const events = (zone?.events ?? []).filter(({ at }) => at + world.cloudflare.lagMs <= START);
    expect(rowsOf(answer, 'total')[0]?.count).toBe(events.length);
    expect(rowsOf(answer, 'top')).toHaveLength(100);
    expect(sumOf(rowsOf(answer))).toBe(events.length);
    expect(answer.data?.viewer.budget).toBeLessThan(300);
  });

  it('Q5 gives raw events of the asked addresses, the newest first', async () => {
    const rows = rowsOf(await graphql(standIn, Q5, { ...span, ips: [CAST.solvers[0]] }));
    expect(rows).toMatchObject([
      { clientIP: CAST.solvers[0], action: 'managed_challenge_interactive_solved' },
      { clientIP: CAST.solvers[0], action: 'managed_challenge' },
    ]);
  });

  it('tells what each node offers', async () => {
    const { settings } = zoneOf(await graphql(standIn, CAPABILITIES, { zoneTag: ZONE.id }));
    expect(settings).toMatchObject({
      httpRequestsAdaptiveGroups: {
        enabled: true,
        maxPageSize: 10_000,
        availableFields: expect.arrayContaining(['count', 'sum_visits', 'dimensions_botScore', 'dimensions_clientIP']),
      },
      firewallEventsAdaptive: { availableFields: expect.arrayContaining(['clientIP']) },
    });
  });

  it('answers each of them faster than a network would', async () => {
    for (const query of [Q1, Q2, Q3, Q4, Q5]) {
      const times: number[] = [];
      for (let round = 0; round < 3; round++) {
        const before = performance.now();
        zoneOf(await graphql(standIn, query, { ...span, limit: 1000, ips: [CAST.office] }));
        times.push(performance.now() - before);
      }
      expect(Math.min(...times)).toBeLessThan(150);
    }
  });
});
