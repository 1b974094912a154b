import { describe, expect, it } from 'vitest';
import { complete, unavailable } from '../../functions/core/coverage.ts';
import { addressesOf } from '../../functions/core/finding-addresses.ts';
import { type HuntFacts, huntReport, manifestOf } from '../../functions/core/hunt-report.ts';
import { HOUR, instant, MINUTE, toIso } from '../../functions/core/time.ts';
import { credential, finding, match, NOON, sighting, tokenUse } from '../support/evidence.ts';

const FACTS: HuntFacts = {
  caseId: 'hunt-1',
  window: { start: NOON, end: NOON + HOUR },
  findings: [],
  coverage: { axiom: complete(), inventory: unavailable('GitLab answered 503.') },
  verdict: 'not-observed',
  sightings: 12,
  tokenUses: 3,
  incidents: new Map([['token/42', 'incident-1']]),
  shadow: false,
  operators: [],
};

const AGAIN = tokenUse({ address: '2001:db8::2', network: '2001:db8::/64', strength: 'refused', sources: ['logs'] });
const BOT = sighting();
const MATCHES = [
  match({ sighting: BOT, use: tokenUse({ at: instant(NOON + MINUTE), times: 40, sources: ['inventory', 'logs'] }) }),
  match({ sighting: BOT, use: tokenUse({ at: { notBefore: NOON, notAfter: NOON + 5 * MINUTE } }) }),
  match({ use: AGAIN, rule: 'same-network', sighting: sighting({ address: '2001:db8::9', lowestBotScore: 4 }) }),
];
const FOUND = finding({
  matches: MATCHES,
  matchCount: 3,
  addresses: addressesOf(MATCHES),
  parts: [PART()],
  sharedNetworks: ['203.0.113.7'],
  usualNetworks: ['2001:db8::/64'],
});

function PART() {
  return { name: 'known-egress', input: '-', weight: -60, points: -60, sentence: 'It is ours.' };
}

describe('a report', () => {
  it('has one row for each address of each finding, with all a chart needs in it', () => {
    const { rows } = huntReport({ ...FACTS, findings: [FOUND] });
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      kind: 'row',
      rank: 1,
      score: 90,
      score_known_egress: -60,
      score_why: ['It is ours.'],
      network_shared: true,
      network_usual: false,
      strength: 'used',
      address: '203.0.113.7',
      uses: 41,
      requests: 900,
      lowest_bot_score: 1,
      first_use: toIso(NOON),
      last_use: toIso(NOON + 5 * MINUTE),
      sources: ['logs', 'inventory', 'audit'],
      scopes: ['api'],
      owner: 'sam',
      incident_id: 'incident-1',
      coverage_axiom: 'complete',
      coverage_inventory: 'unavailable',
      window_start: toIso(NOON),
    });
    expect(rows[1]).toMatchObject({ strength: 'refused', matched_by: 'same-network', network: '2001:db8::/64' });
    expect(rows[1]).toMatchObject({ network_shared: false, network_usual: true });
  });

  it('tells the top score of as many findings as there are', () => {
    const low = finding({ score: 3, matches: [], addresses: [] });
    const findings = [...Array.from({ length: 200_000 }, () => low), FOUND];
    expect(huntReport({ ...FACTS, findings }).summary).toMatchObject({ top_score: 90, findings: 200_001 });
    expect(huntReport(FACTS).summary.top_score).toBe(0);
  });

  it('has no nested value, as dashboards cannot reach into one', () => {
    const { rows, summary } = huntReport({ ...FACTS, findings: [FOUND] });
    const values = [...rows, summary].flatMap((row) => Object.values(row)).flat();
    expect(values.filter((value) => typeof value === 'object')).toEqual([]);
  });

  it('keeps what is known of a credential that GitLab cannot explain, and says that its scopes are unknown', () => {
    const gone = finding({ credential: { id: 'token/9', kind: 'personal' } });
    const [row] = huntReport({ ...FACTS, findings: [gone] }).rows;
    expect(row).toMatchObject({ credential_id: 'token/9', scopes_known: false });
    expect(row).not.toHaveProperty('scopes');
  });

  it('names its rows the same at every computation, and differently for every credential, address and window', () => {
    const keysAt = (start: number) => {
      const window = { start, end: start + HOUR };
      const other = finding({ credential: credential({ id: 'token/7' }) });
      return huntReport({ ...FACTS, window, findings: [FOUND, other] }).rows.map(({ row_key }) => row_key);
    };
    expect(keysAt(NOON)).toEqual(keysAt(NOON));
    expect(new Set([...keysAt(NOON), ...keysAt(NOON + HOUR)]).size).toBe(6);
  });

  it('is closed by a manifest that says how many rows to expect, and what could not be seen', () => {
    const report = huntReport({ ...FACTS, findings: [FOUND] });
    expect(manifestOf(report, 3, NOON + HOUR, 0)).toMatchObject({
      kind: 'run',
      run_id: `${toIso(NOON)}/1`,
      attempt: 3,
      rows_expected: 2,
      findings: 1,
      sightings: 12,
      verdict: 'not-observed',
      coverage_why: ['inventory: GitLab answered 503.'],
      _time: toIso(NOON),
    });
  });
});
