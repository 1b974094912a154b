import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR, MINUTE, toIso } from '../../functions/core/time.ts';
import { arrayAt, isObject, numberAt, objectAt, stringAt } from '../../infra/local/json.ts';
import { paintWith } from '../../infra/local/paint.ts';
import { judgeHunt, type PlayedHunt, playHunt } from '../../infra/local/sample-hunt.ts';
import { judgeMonitor, type PlayedMonitor, playMonitor } from '../../infra/local/sample-monitor.ts';
import { judgeSample, type Played, playSample } from '../../infra/local/sample-run.ts';
import { DATASETS, ZONE } from '../../infra/local/scenario/builders.ts';
import { huntTimeOf } from '../../infra/local/scenario/hunt-time.ts';
import { sampleWorld } from '../../infra/local/scenario/sample.ts';
import { CAST, TOKENS } from '../../infra/local/scenario/sample-cast.ts';
import { openKeptTable, openScene, PAYLOAD_BYTES, type Scene, temporaryDirectory } from './support.ts';

const TIMEOUT = 60_000;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('the sample', { timeout: TIMEOUT }, () => {
  const given: {
    scene?: Scene;
    played: readonly Played[];
    hunt?: PlayedHunt;
    monitor?: PlayedMonitor;
    /** What the run told people of its hunt. */
    told: string[];
    directory?: Awaited<ReturnType<typeof temporaryDirectory>>;
  } = { played: [], told: [] };

  beforeAll(async () => {
    given.directory = await temporaryDirectory();
    given.scene = await openScene({ world: sampleWorld(Date.now()), dataDir: given.directory.path });
    given.played = await playSample(given.scene.stack, () => {});
    given.hunt = await playHunt(given.scene.stack, (line) => void given.told.push(line), paintWith(false));
    given.monitor = await playMonitor(given.scene.stack, () => {});
  }, TIMEOUT);
  afterAll(async () => {
    await given.scene?.[Symbol.asyncDispose]();
    await given.directory?.[Symbol.asyncDispose]();
  });

  /** What a `/local` route shows. */
  async function shown(route: string): Promise<unknown> {
    return await (await fetch(`${given.scene?.stack.apiUrl}/local/${route}`)).json();
  }

  /** What the hunt wrote. */
  function written(): readonly unknown[] {
    return given.scene?.stack.outbox().axiom[DATASETS.report] ?? [];
  }

  it('ends as it should', () => {
    expect(given.played.map(({ status }) => status)).toEqual([200, 202, 200, 202]);
    const { scene, hunt, monitor, played } = given;
    expect(scene && judgeSample(scene.stack, played)).toEqual([]);
    expect(scene && hunt && judgeHunt(scene.stack, hunt)).toEqual([]);
    expect(scene && monitor && judgeMonitor(scene.stack, monitor)).toEqual([]);
  });

  it('sends exactly one event, which pages for the intrusion', () => {
    const [page, ...more] = given.scene?.stack.outbox().pagerduty ?? [];
    expect(more).toEqual([]);
    expect(page?.body).toMatchObject({
      event_action: 'trigger',
      payload: { class: 'token-abuse', severity: 'critical', summary: expect.stringContaining(CAST.intruder[0]) },
    });
    const details = objectAt(objectAt(page?.body, 'payload'), 'custom_details');
    expect(details.credential_ids).toEqual([`token/${TOKENS.stolen}`]);
    const addresses = arrayAt(details, 'addresses').map((row) => objectAt({ row }, 'row').address);
    expect(addresses).toEqual(expect.arrayContaining([...CAST.intruder]));
  });

  it('shows its executions', async () => {
    const all = await shown('executions');
    expect(Array.isArray(all) && all.map(({ trigger }) => trigger)).toEqual([
      ...['spike', 'spike', 'hunt'],
      ...['monitor', 'monitor'],
    ]);
    const executions = Array.isArray(all) ? all.slice(0, 2) : [];
    const looks = { 'Wait for look 2': 1, 'Wait for look 3': 1, 'Wait for look 4': 1 };
    expect(executions).toEqual(
      [1, 2].map(() => ({
        id: expect.any(String),
        trigger: 'spike',
        caseId: expect.stringMatching(/^spike-/),
        status: 'SUCCEEDED',
        states: expect.any(Array),
        output: expect.any(Object),
      })),
    );
    for (const execution of executions) {
      expect(await shown(`executions/${execution.id}`)).toEqual(execution);
      for (const state of execution.states) {
        expect(state).toEqual({
          name: expect.any(String),
          enteredAt: expect.stringMatching(ISO),
          exitedAt: expect.stringMatching(ISO),
        });
      }
      const names = execution.states.map(({ name }: { name: string }) => name);
      for (const [name, times] of Object.entries(looks)) {
        expect(names.filter((one: string) => one === name)).toHaveLength(times);
      }
      expect(execution.output).toMatchObject({
        caseId: execution.caseId,
        trigger: 'spike',
        window: { start: expect.stringMatching(ISO), end: expect.stringMatching(ISO) },
        look: 4,
        counts: { sightings: expect.any(Number), tokenUses: expect.any(Number), findings: expect.any(Number) },
        coverage: { cloudflare: 'complete', inventory: 'complete', audit: 'complete' },
        verdict: expect.stringMatching(/^(?:probable|not-observed)$/),
        topScore: expect.any(Number),
        decision: { page: expect.any(Boolean), alert: false, report: expect.any(Boolean) },
        shadow: false,
        incidentIds: expect.any(Array),
        analysis: { status: expect.stringMatching(/^(?:model|none)$/) },
      });
    }
    expect(await shown('executions/no-such-id')).toEqual({ message: expect.any(String) });
  });

  it('shows its outbox', async () => {
    expect(await shown('outbox')).toEqual({
      pagerduty: [{ at: expect.stringMatching(ISO), body: expect.objectContaining({ event_action: 'trigger' }) }],
      alerts: given.scene?.alerts().map((body) => ({ at: expect.stringMatching(ISO), body })),
      axiom: { [DATASETS.report]: written() },
    });
    const ingests = given.scene?.events.filter(({ kind }) => kind === 'axiom-ingest');
    expect(ingests).toEqual([{ kind: 'axiom-ingest', events: written().length, requests: 2 }]);
  });

  it('hunts the hour of the spike', async () => {
    const { start = 0 } = given.scene?.stack.world ?? {};
    const end = huntTimeOf({ start }) - 10 * MINUTE;
    const [id = ''] = given.hunt?.executions ?? [];
    expect(await shown(`executions/${id}`)).toMatchObject({
      trigger: 'hunt',
      status: 'SUCCEEDED',
      output: {
        window: { start: toIso(end - HOUR), end: toIso(end) },
        look: 1,
        counts: { sightings: expect.any(Number), tokenUses: expect.any(Number), findings: expect.any(Number) },
        coverage: { axiom: 'complete', inventory: 'complete', audit: 'complete' },
        decision: { page: false, report: true },
        hunt: { attempt: 1, written: true },
      },
    });
  });

  it('reports what the spike was too loud for: the slow drip, below the thief and above the rest', () => {
    const rows = written().flatMap((row) => (isObject(row) && row.kind === 'row' ? [row] : []));
    const [first, second, ...others] = Map.groupBy(rows, ({ rank }) => rank).values();
    expect(first?.map(({ credential_id }) => credential_id)).toContain(`token/${TOKENS.stolen}`);
    expect(first?.map(({ address }) => address)).toEqual(expect.arrayContaining([...CAST.intruder]));
    expect(second).toMatchObject([
      { credential_id: `token/${TOKENS.drip}`, address: CAST.drip, decision: 'report', lowest_bot_score: 22 },
    ]);
    expect(others.length).toBeGreaterThan(10);
    expect(Math.max(...others.flat().map((row) => numberAt(row, 'requests') ?? 0))).toBeGreaterThan(100);
    expect(second?.[0]?.requests).toBeLessThan(20);
  });

  it('alerts once for each zone with events, and not again for the same events', () => {
    expect(given.monitor?.first.executions).toHaveLength(2);
    expect(given.monitor?.again).toEqual({ status: 200, executions: [] });
    const alerts = given.scene?.alerts() ?? [];
    expect(alerts.map(({ zone }) => stringAt(zone, 'name')).sort()).toEqual(['example.com', 'example.net']);
    for (const alert of alerts) {
      expect(alert).toMatchObject({ schema: 'latchkey.alert/1', kind: 'attack', case: { look: 1 } });
      expect(arrayAt(objectAt(alert, 'rawEvents'), 'groups')).toHaveLength(25);
    }
  });

  it('says in the alert who holds a key, in words that come from the events', () => {
    const alert = given.scene?.alerts().find(({ zone }) => stringAt(zone, 'name') === ZONE.name);
    expect(alert).toMatchObject({
      severity: 'high',
      // The spike before paged on-call about the same credential.
      gitlab: { page: 'elsewhere', findings: expect.arrayContaining([expect.objectContaining({ decision: 'page' })]) },
      analysis: { status: 'model', summary: expect.arrayContaining([expect.stringContaining(ZONE.name)]) },
    });
    const { findings = [] } = objectAt(alert, 'gitlab');
    expect(findings).toMatchObject([{ credentialId: `token/${TOKENS.stolen}` }, {}, {}]);
    const rules = arrayAt(objectAt(objectAt(alert, 'metrics'), 'rules'), 'values').map((row) => stringAt(row, 'value'));
    // Only the ruleset tells what it is called.
    expect(rules).toContain('Log sign-in attempts');
  });

  it('shows people the table of its hunt', () => {
    const text = given.told.join('\n');
    for (const shown of ['credential', `token/${TOKENS.drip}`, CAST.drip, CAST.intruder[0], 'hunted', 'attempt 1']) {
      expect(text).toContain(shown);
    }
  });

  it('holds every payload of a state far below what Step Functions takes', () => {
    const sizes = given.scene?.payloadSizes() ?? [];
    expect(sizes.length).toBeGreaterThan(40);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(PAYLOAD_BYTES);
  });

  it('reports the others with their reasons, also whom only asking back could find', async () => {
    const { scene, directory, played } = given;
    const caseId = played.find(({ delivery }) => delivery.expected.pages > 0)?.caseId ?? '';
    await scene?.[Symbol.asyncDispose]();
    await using table = await openKeptTable(directory?.path ?? '');
    const findings = await table.cases.loadFindings(caseId, 1);
    const [worst, ...others] = findings;
    expect(worst).toMatchObject({ credential: { id: `token/${TOKENS.stolen}` }, decision: 'page' });
    for (const { decision, reasons, parts } of others) {
      expect(decision).toBe('report');
      expect(reasons.length * parts.length).toBeGreaterThan(0);
    }
    const found = (id: number) => findings.find(({ credential }) => credential.id === `token/${id}`);
    expect(found(TOKENS.belowTheCut)?.matches[0]?.sighting).toMatchObject({
      address: CAST.belowTheCut,
      askedBack: true,
    });
    expect(found(TOKENS.neighbour)?.matches[0]?.rule).toBe('same-network');
    expect(findings.some(({ sharedNetworks }) => sharedNetworks.includes(CAST.office))).toBe(true);
    for (const nobody of [TOKENS.unscored, TOKENS.worker, TOKENS.solver]) expect(found(nobody)).toBeUndefined();
  });

  it('keeps of each look how many requests its bots made over time', async () => {
    const { scene, directory } = given;
    const executions = scene?.stack.executions() ?? [];
    await scene?.[Symbol.asyncDispose]();
    await using table = await openKeptTable(directory?.path ?? '');
    const kept = new Map<string, number>();
    for (const { caseId = '', trigger = '' } of executions) {
      for (const { look, sightings, traffic } of (await table.files.load(caseId))?.looks ?? []) {
        // What began a monitor's case was no look.
        if (look === 0) continue;
        const counted = (traffic?.points ?? []).reduce((sum, { requests }) => sum + requests, 0);
        expect(traffic).toMatchObject({ step: MINUTE, points: expect.any(Array) });
        // A monitor's events are not all evidence; a request may have a bot's score and meet a rate limit, too.
        expect(Math.abs(counted / (sightings?.totalRequests ?? 0) - 1)).toBeLessThan(0.05);
        const times = (traffic?.points ?? []).map(({ at }) => at);
        expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
        kept.set(trigger, (kept.get(trigger) ?? 0) + 1);
      }
    }
    expect(Object.fromEntries(kept)).toEqual({ spike: 8, hunt: 1, monitor: 8 });
  });
});
