import { describe, expect, it } from 'vitest';
import { type EpochMs, MINUTE } from '../../functions/core/time.ts';
import { arrayAt, objectAt } from '../../infra/local/json.ts';
import { emptyWorld, withHostUsingManyTokens, withSpike, withTokenUse } from '../../infra/local/scenario/builders.ts';
import { bot, requests } from '../../infra/local/scenario/clients.ts';
import { SAMPLE_SETTINGS } from '../../infra/local/scenario/sample.ts';
import type { World } from '../../infra/local/scenario/world.ts';
import {
  BOT,
  openKeptTable,
  openScene,
  QUIET_BOT,
  spikeAlert,
  spikeWithIntruder,
  temporaryDirectory,
} from './support.ts';

/** A spike of two addresses. */
function spike(addresses: readonly string[] = [QUIET_BOT, BOT], start: EpochMs = Date.now()): World {
  return withSpike(emptyWorld(start), { addresses });
}

describe('a spike', { timeout: 60_000 }, () => {
  it('pages once when one of its addresses held a credential, with the evidence attached', async () => {
    const world = spikeWithIntruder();
    await using scene = await openScene({ world });
    const execution = await scene.investigate();
    expect(execution).toMatchObject({
      status: 'SUCCEEDED',
      trigger: 'spike',
      output: {
        look: 4,
        shadow: false,
        counts: { sightings: 2, findings: 1 },
        coverage: { cloudflare: 'complete', inventory: 'complete', audit: 'complete' },
        verdict: 'probable',
        decision: { page: true, alert: false, report: true },
        analysis: { status: 'model' },
      },
    });
    const [incidentId, ...others] = arrayAt(execution.output, 'incidentIds');
    expect(others).toEqual([]);

    const [page, ...more] = scene.pages();
    expect(more).toEqual([]);
    expect(scene.health()).toEqual([]);
    expect(page).toMatchObject({
      event_action: 'trigger',
      dedup_key: `${incidentId}/1`,
      payload: { severity: 'critical', class: 'token-abuse', component: 'gitlab-token' },
    });
    const details = objectAt(objectAt(page, 'payload'), 'custom_details');
    expect(details).toMatchObject({
      case_id: execution.caseId,
      incident_id: incidentId,
      mode: 'live',
      look: 1,
      credential_ids: ['token/4711'],
      credentials: [{ id: 'token/4711', kind: 'personal', scopes: ['api'], decision: 'page', owner: { id: 14_711 } }],
      addresses: [{ address: BOT, method: 'bot-score', hosts: ['www.example.com'], zone: 'example.com' }],
      coverage: [
        'cloudflare: complete',
        expect.stringMatching(/^stream: off: No audit event was streamed to us/),
        'inventory: complete',
        'audit: complete',
      ],
      analysis: { status: 'model' },
    });
    // The strongest first: a new key outweighs a new project.
    const event = { address: BOT, matched: 'same address' };
    expect(details.matched_events).toEqual([
      expect.objectContaining({ ...event, credential: 'token/4711', strength: 'used', sources: 'inventory' }),
      expect.objectContaining({ ...event, credential: 'user/14711', action: 'deploy_key_added', event_id: '2' }),
      expect.objectContaining({ ...event, credential: 'user/14711', action: 'project_created', event_id: '1' }),
    ]);
    expect(details.score).toBeGreaterThanOrEqual(70);
    expect(Date.parse(String(objectAt(page, 'payload').timestamp))).toBeLessThanOrEqual(Date.now());
    expect(objectAt(page, 'payload').summary).toContain(`(api) very probably used from ${BOT}`);
  });

  it('is stored and dropped when none of its addresses held a credential', async () => {
    const world = withTokenUse(spike(), { address: '198.51.100.78', at: Date.now() - 5 * MINUTE, audit: ['a'] });
    await using directory = await temporaryDirectory();
    const { caseId = '', output } = await (async () => {
      await using scene = await openScene({ world, dataDir: directory.path });
      const execution = await scene.investigate();
      expect(execution.status).toBe('SUCCEEDED');
      expect(scene.stack.outbox().pagerduty).toEqual([]);
      return execution;
    })();
    expect(output).toMatchObject({
      counts: { sightings: 2, tokenUses: 2, findings: 0 },
      verdict: 'not-observed',
      topScore: 0,
      decision: { page: false, alert: false, report: false },
      incidentIds: [],
      analysis: { status: 'none' },
    });
    await using table = await openKeptTable(directory.path);
    const stored = await table.cases.load(caseId);
    expect(stored?.state).toMatchObject({ look: 4, decision: { page: false, report: false } });
    expect(stored?.alert).toMatchObject({ zoneName: 'example.com', alertType: 'bot_traffic_basic_alert' });
    const sightings = await table.cases.loadSightings(caseId, 1);
    expect(sightings?.sightings.map(({ address }) => address).sort()).toEqual([QUIET_BOT, BOT]);
    expect(await table.cases.loadFindings(caseId, 4)).toEqual([]);
    expect(await table.cases.loadCoverage(caseId, 1)).toMatchObject({ inventory: { counts: { uses: 1 } } });
  });

  it("pages nothing for GitLab's own API traffic, which is automated by nature", async () => {
    const start = Date.now();
    const machine = '198.51.100.64';
    const world = withTokenUse(spike([BOT], start), { address: machine, at: start - 5 * MINUTE, audit: ['a'] });
    for (let minute = 2; minute < 30; minute++) {
      const calls = { host: world.gitlab.host, path: '/api/v4/projects', count: 50 };
      world.cloudflare.zones[0]?.requests.push(
        requests(bot(machine, { botScore: 1, botDecision: 'automated' }), start - minute * MINUTE, calls),
      );
    }
    await using scene = await openScene({ world });
    const { output } = await scene.investigate();
    expect(output).toMatchObject({ counts: { sightings: 1, tokenUses: 2, findings: 0 }, verdict: 'not-observed' });
    expect(scene.stack.outbox().pagerduty).toEqual([]);
  });

  it('matches an IPv6 address by its /64, and no neighbouring one', async () => {
    const start = Date.now();
    const [sighted, same, next] = ['2001:db8:1:2::a', '2001:db8:1:2:ffff::b', '2001:db8:1:3::a'];
    const audit = ['project_created', 'deploy_key_added', 'member_created'];
    const intruded = withTokenUse(spike([sighted], start), {
      tokenId: 4711,
      address: same,
      at: start - 5 * MINUTE,
      audit,
    });
    const world = withTokenUse(intruded, { tokenId: 4712, address: next, at: start - 5 * MINUTE, audit });
    await using scene = await openScene({ world });
    const { output } = await scene.investigate();
    expect(output).toMatchObject({ counts: { findings: 1 }, verdict: 'probable', decision: { page: true } });
    const [page, ...more] = scene.pages();
    expect(more).toEqual([]);
    expect(objectAt(objectAt(page, 'payload'), 'custom_details')).toMatchObject({
      credential_ids: ['token/4711'],
      addresses: [{ address: sighted, network: '2001:db8:1:2::/64' }],
      matched_events: Array.from({ length: 4 }, () => ({ address: same, matched: `same network as ${sighted}` })),
    });
    expect(JSON.stringify(page)).not.toContain(next);
  });

  it('pages once for a host that used twenty credentials new to it, and not for the office that holds as many', async () => {
    const start = Date.now();
    const office = '203.0.113.10';
    expect(SAMPLE_SETTINGS.knownEgress).toContain('203.0.113.8/29');
    let world = withHostUsingManyTokens(spike([office, BOT], start), BOT, start - 6 * MINUTE);
    for (let tokenId = 6000; tokenId < 6020; tokenId++) {
      world = withTokenUse(world, { tokenId, address: office, at: start - 7 * MINUTE, audit: ['project_created'] });
    }
    await using scene = await openScene({ world });
    const { output } = await scene.investigate();
    expect(output).toMatchObject({ counts: { findings: 40 }, decision: { page: true, report: true } });
    expect(arrayAt(output, 'incidentIds')).toHaveLength(1);
    const [page, ...more] = scene.pages();
    expect(more).toEqual([]);
    const details = objectAt(objectAt(page, 'payload'), 'custom_details');
    expect([...arrayAt(details, 'credential_ids')].sort()).toEqual(
      Array.from({ length: 20 }, (_, index) => `token/${5000 + index}`),
    );
    expect(details.addresses).toEqual([expect.objectContaining({ address: BOT })]);
    expect(JSON.stringify(details.credentials)).toContain(
      '20 owners were seen on this network at once, of whom nothing is known yet',
    );
  });

  it('shares its incident, and its page, with every other that finds the same credential', async () => {
    const world = spikeWithIntruder();
    await using scene = await openScene({ world });
    await Promise.all(['1', '2'].map((correlation) => scene.post(spikeAlert(world, correlation))));
    await scene.stack.waitForIdle();
    // Two at the same moment may both send it, as the same alert: PagerDuty notifies once per key.
    expect(new Set(scene.pages().map(({ dedup_key }) => dedup_key)).size).toBe(1);
    const before = scene.pages().length;
    await scene.investigate(spikeAlert(world, '3'));
    expect(scene.pages()).toHaveLength(before);
    const executions = scene.stack.executions();
    expect(executions).toHaveLength(3);
    expect(executions.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
    const incidents = new Set(executions.flatMap(({ output }) => arrayAt(output, 'incidentIds')));
    expect(incidents.size).toBe(1);
    for (const { output } of executions) expect(output).toMatchObject({ decision: { page: true } });
  });
});
