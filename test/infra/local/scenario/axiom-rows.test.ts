import { describe, expect, it } from 'vitest';
import { CLOUDFLARE_PRESETS, GITLAB_LOG_FIELDS } from '../../../../functions/adapters/axiom/fields.ts';
import { DAY, MINUTE } from '../../../../functions/core/time.ts';
import { withGitlabLogs, withRefusal } from '../../../../infra/local/scenario/axiom-builders.ts';
import { gitlabLogRows, logpushRows } from '../../../../infra/local/scenario/axiom-rows.ts';
import { DATASETS, emptyWorld, withSpike, withTokenUse } from '../../../../infra/local/scenario/builders.ts';
import { person, requests } from '../../../../infra/local/scenario/clients.ts';
import type { HttpRequests, World } from '../../../../infra/local/scenario/world.ts';
import { START } from '../stand-ins/asking.ts';

function worldOf(rows: readonly HttpRequests[], world: World = emptyWorld(START)): World {
  world.cloudflare.zones[0]?.requests.push(...rows);
  return world;
}

describe('logpushRows', () => {
  it('writes one event per request, within its minute, one at its very instant', () => {
    const at = START + 41_000;
    const rows = logpushRows(worldOf([requests(person('192.0.2.1'), at, { count: 7 })]));
    const times = rows.map(({ EdgeStartTimestamp }) => Date.parse(String(EdgeStartTimestamp)));
    expect(new Set(times).size).toBe(7);
    expect(times).toContain(at);
    for (const time of times) expect(Math.floor(time / MINUTE)).toBe(Math.floor(START / MINUTE));
  });

  it('has every column the product looks for', () => {
    const [row] = logpushRows(withSpike(emptyWorld(START), { addresses: ['198.18.0.1'] }));
    for (const column of Object.values(CLOUDFLARE_PRESETS.logpush)) expect(row).toHaveProperty([column]);
    expect(row).toMatchObject({
      ClientIP: '198.18.0.1',
      ClientRequestPath: '/login',
      SecuritySources: ['botManagement'],
    });
  });

  it('arrives after it happened, and is shown late where the request was seen late', () => {
    const visibleFrom = START + 20 * MINUTE;
    const [soon, late] = logpushRows(
      worldOf([requests(person('192.0.2.1'), START), requests(person('192.0.2.2'), START, { visibleFrom })]),
    );
    expect((soon?._time ?? 0) - START).toBeGreaterThan(0);
    expect((soon?._time ?? 0) - START).toBeLessThan(MINUTE);
    expect(soon).not.toHaveProperty('visibleFrom');
    expect(late).toMatchObject({ _time: soon?._time, visibleFrom });
  });

  it('says where a score comes from', () => {
    const clients = [
      person('192.0.2.1', { botScore: 0, botDecision: 'other' }),
      person('192.0.2.2', { botScore: 1, botDecision: 'automated' }),
      person('192.0.2.3', { botScore: 1, botDecision: 'verified_bot', verifiedBotCategory: 'Search Engine Crawler' }),
      person('192.0.2.4', { botScore: 80 }),
    ];
    const rows = logpushRows(worldOf(clients.map((client) => requests(client, START))));
    expect(
      rows.map(({ BotScore, BotScoreSrc, VerifiedBotCategory }) => [BotScore, BotScoreSrc, VerifiedBotCategory]),
    ).toEqual([
      [0, 'Not Computed', ''],
      [1, 'Heuristics', ''],
      [1, 'Verified Bot', 'Search Engine Crawler'],
      [80, 'Machine Learning', ''],
    ]);
  });

  it('has no scores without Bot Management, and no rows below Enterprise', () => {
    const row = requests(person('192.0.2.1'), START);
    const [bare] = logpushRows(worldOf([row], emptyWorld(START, { botManagement: false })));
    expect(bare).toHaveProperty('ClientIP', '192.0.2.1');
    for (const column of ['BotScore', 'BotScoreSrc', 'VerifiedBotCategory', 'JA4'])
      expect(bare).not.toHaveProperty(column);
    expect(logpushRows(worldOf([row], emptyWorld(START, { plan: 'business' })))).toEqual([]);
  });
});

describe('gitlabLogRows', () => {
  const used = withTokenUse(emptyWorld(START), { tokenId: 7, address: '2001:db8::7', at: START - MINUTE });
  const refusal = { at: START - DAY, address: '198.18.0.9', tokenId: 7, reason: 'token_expired' };

  it('writes a line for each use, under the names the product looks for', () => {
    const [line, ...more] = gitlabLogRows(used.gitlab);
    expect(more).toEqual([]);
    expect(line).toMatchObject({
      time: new Date(START - MINUTE).toISOString(),
      status: 200,
      token_id: 7,
      token_type: 'PersonalAccessToken',
      username: 'user7',
      'meta.remote_ip': '2001:db8::7',
    });
    const { scopes: _, failReason: __, failToken: ___, ...always } = GITLAB_LOG_FIELDS;
    for (const column of Object.values(always)) expect(line).toHaveProperty([column]);
    expect(line?._time).toBeGreaterThan(START - MINUTE);
  });

  it('writes a line for a token that was turned away, without saying who came', () => {
    const lines = withGitlabLogs(withRefusal(used, refusal)).axiom.datasets[DATASETS.gitlab] ?? [];
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatchObject({
      status: 401,
      'meta.auth_fail_reason': 'token_expired',
      'meta.auth_fail_token_id': 'PersonalAccessToken/7',
    });
    expect(lines[1]).not.toHaveProperty('token_id');
    expect(lines[1]).not.toHaveProperty('user_id');
  });
});
