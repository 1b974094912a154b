import { describe, expect, it } from 'vitest';
import { type EpochMs, HOUR, MINUTE, toIso } from '../../functions/core/time.ts';
import {
  malformedRows,
  manyAddresses,
  withEvents,
  withFlagged,
  withGitlabLogs,
  withRefusal,
} from '../../infra/local/scenario/axiom-builders.ts';
import { DATASETS, emptyWorld, withTokenUse } from '../../infra/local/scenario/builders.ts';
import type { World } from '../../infra/local/scenario/world.ts';
import {
  BOT,
  huntAssembly,
  movableClock,
  openScene,
  QUIET_BOT,
  type Scene,
  spikeAlert,
  temporaryDirectory,
} from './support.ts';

/** The last full hour. */
const END = Math.floor(Date.now() / HOUR) * HOUR;
const START = END - HOUR;
/** When that hour is hunted. */
const DUE = END + 10 * MINUTE;
const MANIFEST_OF = (start: EpochMs) => ({ kind: 'run', window_start: toIso(start) });

/** Two bots in the hour, and a token that was used from one of them between its requests. */
function intrusion(at: EpochMs = START + 20 * MINUTE, world: World = emptyWorld(Date.now())): World {
  const within = { start: at - 5 * MINUTE, end: at + 5 * MINUTE };
  const seen = withFlagged(world, [QUIET_BOT, BOT], { within, each: 20 });
  return withGitlabLogs(withTokenUse(seen, { tokenId: 4711, address: BOT, at }));
}

async function openHunt(world: World, more: Partial<Parameters<typeof openScene>[0]> = {}): Promise<Scene> {
  return await openScene({ world, assemblyDir: await huntAssembly(), ...more });
}

describe('a hunt', { timeout: 120_000 }, () => {
  it('writes its findings ranked, closes its hour with one manifest, pages what is confirmed, and is done once', async () => {
    let world = intrusion();
    world = withFlagged(world, ['192.0.2.9'], { within: { start: START, end: END } });
    world = withGitlabLogs(
      withTokenUse(world, { tokenId: 4799, address: '192.0.2.9', at: START + MINUTE, scopes: ['read_user'] }),
    );
    await using scene = await openHunt(world);
    const [execution, ...others] = await scene.hunt(DUE);
    expect(others).toEqual([]);
    expect(execution).toMatchObject({
      id: `hunt-${toIso(START).slice(0, 13)}Z-1`,
      trigger: 'hunt',
      status: 'SUCCEEDED',
      output: {
        window: { start: toIso(START), end: toIso(END) },
        look: 1,
        counts: { sightings: 3, findings: 2 },
        coverage: { axiom: 'complete', logs: 'complete' },
        verdict: 'confirmed',
        decision: { page: true, report: true },
      },
    });
    expect(
      scene.written('row').map(({ rank, credential_id, verdict, address }) => [rank, credential_id, verdict, address]),
    ).toEqual([
      [1, 'token/4711', 'confirmed', BOT],
      [2, 'token/4799', 'confirmed', '192.0.2.9'],
    ]);
    expect(scene.written('row')[0]).toMatchObject({
      _time: toIso(START),
      sources: expect.arrayContaining(['logs', 'inventory']),
      scopes: ['api'],
      requests: 20,
      uses: 1,
    });
    expect(scene.written('run')).toMatchObject([
      { ...MANIFEST_OF(START), rows_expected: 2, attempt: 1, status: 'complete' },
    ]);
    expect(scene.health()).toEqual([]);

    const rows = scene.written().length;
    expect(await scene.hunt(DUE)).toEqual([]);
    expect(scene.written()).toHaveLength(rows);
  });

  it('leaves a manifest for an hour with nothing', async () => {
    await using scene = await openHunt(
      withFlagged(emptyWorld(Date.now()), [BOT], { within: { start: START, end: END } }),
    );
    const [execution] = await scene.hunt(DUE);
    expect(execution?.output).toMatchObject({ verdict: 'not-observed', decision: { page: false, report: false } });
    expect(scene.written()).toMatchObject([{ ...MANIFEST_OF(START), rows_expected: 0 }]);
    expect(scene.pages()).toEqual([]);
  });

  it('finds the thief below any cut: 60,000 flagged addresses, one request', async () => {
    const within = { start: START, end: END };
    const crowd = withFlagged(emptyWorld(Date.now()), manyAddresses(60_000), { within, each: 1 });
    const at = START + 30 * MINUTE;
    const one = withFlagged(crowd, ['2001:db8:bad::1'], { within: { start: at, end: at + MINUTE } });
    const world = withGitlabLogs(withTokenUse(one, { tokenId: 4711, address: '2001:db8:bad::77', at }));
    await using scene = await openHunt(world);
    const [execution] = await scene.hunt(DUE);
    expect(execution?.output).toMatchObject({
      counts: { sightings: 60_001, findings: 1 },
      coverage: { axiom: 'complete' },
    });
    expect(scene.written('row')).toMatchObject([
      {
        credential_id: 'token/4711',
        address: '2001:db8:bad::77',
        matched_by: 'same-network',
        network: '2001:db8:bad::/64',
      },
    ]);
  });

  it('counts what it cannot read and goes on', async () => {
    const at = START + 20 * MINUTE;
    const broken = Object.values(malformedRows(at, '198.18.9.9'));
    await using scene = await openHunt(withEvents(intrusion(), DATASETS.cloudflare, broken));
    const [execution] = await scene.hunt(DUE);
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: { counts: { findings: 1 } } });
    expect(scene.written('run')).toHaveLength(1);
  });

  it('takes refused credentials for evidence', async () => {
    const at = START + 10 * MINUTE;
    const world = withFlagged(emptyWorld(Date.now()), [BOT], { within: { start: at, end: at + MINUTE } });
    const refused = withRefusal(world, { at, address: BOT, tokenId: 99, reason: 'token_revoked' });
    // Somebody else's ordinary day: GitLab's logs name tokens.
    const logs = withGitlabLogs(withTokenUse(refused, { address: '192.0.2.200', at }));
    await using scene = await openHunt(logs);
    await scene.hunt(DUE);
    expect(scene.written('row')).toMatchObject([
      { credential_id: 'token/99', strength: 'refused', scopes_known: false, decision: 'report' },
    ]);
  });
});

describe('hunts over the hours', { timeout: 180_000 }, () => {
  it('find a pair that straddles two hours exactly once, in the hour of its later instant', async () => {
    const at = END + 5 * MINUTE - HOUR;
    const before = { start: START - 11 * MINUTE, end: START - 10 * MINUTE };
    const world = withFlagged(emptyWorld(Date.now()), [BOT], { within: before, each: 3 });
    await using scene = await openHunt(withGitlabLogs(withTokenUse(world, { tokenId: 4711, address: BOT, at })));
    await scene.hunt(DUE - HOUR);
    await scene.hunt(DUE);
    expect(scene.written('run').map(({ window_start, findings }) => [window_start, findings])).toEqual([
      [toIso(START - HOUR), 0],
      [toIso(START), 1],
    ]);
  });

  it('find what arrived too late for its own hour in the next, once', async () => {
    const clock = movableClock();
    const at = START - 2 * MINUTE;
    // It happened two minutes before the hour ended, and arrived two minutes after that hour was hunted.
    const columns = { _time: at + 14 * MINUTE, visibleFrom: clock.now() + 5 * MINUTE };
    const before = withFlagged(emptyWorld(Date.now()), [QUIET_BOT], { within: { start: START - HOUR, end: END } });
    const world = withFlagged(before, [BOT], { within: { start: at, end: at + MINUTE }, columns });
    const logs = withGitlabLogs(withTokenUse(world, { tokenId: 4711, address: BOT, at }));
    await using scene = await openHunt(logs, { clock });
    await scene.hunt(DUE - HOUR);
    expect(scene.written('row')).toEqual([]);
    clock.forward(6 * MINUTE);
    await scene.hunt(DUE);
    await scene.hunt(DUE + HOUR);
    expect(scene.written('row')).toMatchObject([{ credential_id: 'token/4711', window_start: toIso(START) }]);
  });

  it('catch up after an outage of Axiom, three hours a run, the oldest first', async () => {
    await using scene = await openHunt(intrusion());
    const { axiom } = scene.stack.standIns;
    if (axiom === undefined) throw new Error('Axiom is no stand-in');
    axiom.faults.down = true;
    for (const hours of [0, 1, 2]) await scene.hunt(DUE + hours * HOUR);
    expect(scene.written()).toEqual([]);
    expect(scene.health()).toEqual(['trigger latchkey-health/axiom']);

    axiom.faults.down = false;
    const caughtUp = await scene.hunt(DUE + 3 * HOUR);
    expect(caughtUp.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
    expect(await scene.hunt(DUE + 3 * HOUR)).toHaveLength(1);
    expect(await scene.hunt(DUE + 3 * HOUR)).toEqual([]);
    const hours = scene.written('run').map(({ window_start }) => window_start);
    expect([...hours].sort()).toEqual([0, 1, 2, 3].map((hour) => toIso(START + hour * HOUR)));
    expect(scene.readable()).toMatchObject([{ credential_id: 'token/4711', window_start: toIso(START) }]);
    expect(scene.health()).toContain('resolve latchkey-health/axiom');
  });

  it('are one alert with a spike that saw the same intrusion', async () => {
    const world = intrusion(Date.now() - 6 * MINUTE);
    await using scene = await openHunt(world);
    await scene.hunt(END + HOUR + 10 * MINUTE);
    await scene.investigate(spikeAlert(world));
    const keys = new Set(scene.pages().map(({ dedup_key }) => dedup_key));
    expect(keys.size).toBeLessThanOrEqual(1);
  });
});

describe('a hunt that breaks off', { timeout: 120_000 }, () => {
  it('after its rows and before its manifest leaves readers one copy once it is run again', async () => {
    await using directory = await temporaryDirectory();
    const world = intrusion();
    const dataDir = directory.path;
    let first: readonly unknown[] = [];
    {
      await using scene = await openHunt(world, { dataDir });
      const { axiom } = scene.stack.standIns;
      if (axiom === undefined) throw new Error('Axiom is no stand-in');
      scene.after('Join and score', () => {
        // The rows go through, whatever comes after them does not.
        axiom.ingestFaults.failAfter = 1;
      });
      const [execution] = await scene.hunt(DUE);
      first = scene.written();
      expect(first).toMatchObject([{ kind: 'row', attempt: 1 }]);
      expect(execution).toMatchObject({ status: 'SUCCEEDED', output: { decision: { page: true } } });
      expect(scene.pages()).toHaveLength(1);
      expect(scene.health()).toEqual(['trigger latchkey-health/hunt-report']);
    }
    await using again = await openHunt(world, { dataDir });
    const [execution] = await again.hunt(DUE);
    expect(execution).toMatchObject({ id: expect.stringMatching(/-2$/), status: 'SUCCEEDED' });
    expect(again.written('row')).toMatchObject([{ attempt: 2, row_key: Object(first[0]).row_key }]);
    expect(again.written('run')).toHaveLength(1);
    expect(again.pages()).toEqual([]);
    expect(again.health()).toEqual(['resolve latchkey-health/hunt-report']);
  });

  it('is computed anew when it is forced, and takes back what is gone', async () => {
    const clock = movableClock();
    const world = intrusion();
    await using scene = await openHunt(world, { clock });
    await scene.hunt(DUE);
    expect(scene.readable()).toHaveLength(1);
    const rows = world.axiom.datasets[DATASETS.cloudflare] ?? [];
    rows.splice(0, rows.length, ...rows.filter(({ ClientIP }) => ClientIP !== BOT));
    const [execution] = await scene.hunt(DUE, { force: true });
    expect(execution).toMatchObject({ id: expect.stringMatching(/-2$/), status: 'SUCCEEDED' });
    expect(scene.written('retracted')).toHaveLength(1);
    expect(scene.readable()).toEqual([]);
    expect(scene.written('run').map(({ attempt, retracted }) => [attempt, retracted])).toEqual([
      [1, 0],
      [2, 1],
    ]);
  });
});
