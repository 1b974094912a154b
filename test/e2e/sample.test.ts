import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrayAt, objectAt } from '../../infra/local/json.ts';
import { judgeSample, type Played, playSample } from '../../infra/local/sample-run.ts';
import { sampleWorld } from '../../infra/local/scenario/sample.ts';
import { CAST, TOKENS } from '../../infra/local/scenario/sample-cast.ts';
import { openKeptTable, openScene, PAYLOAD_BYTES, type Scene, temporaryDirectory } from './support.ts';

const TIMEOUT = 60_000;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('the sample', { timeout: TIMEOUT }, () => {
  const given: {
    scene?: Scene;
    played: readonly Played[];
    directory?: Awaited<ReturnType<typeof temporaryDirectory>>;
  } = { played: [] };

  beforeAll(async () => {
    given.directory = await temporaryDirectory();
    given.scene = await openScene({ world: sampleWorld(Date.now()), dataDir: given.directory.path });
    given.played = await playSample(given.scene.stack, () => {});
  }, TIMEOUT);
  afterAll(async () => {
    await given.scene?.[Symbol.asyncDispose]();
    await given.directory?.[Symbol.asyncDispose]();
  });

  /** What a `/local` route shows. */
  async function shown(route: string): Promise<unknown> {
    return await (await fetch(`${given.scene?.stack.apiUrl}/local/${route}`)).json();
  }

  it('ends as it should', () => {
    expect(given.played.map(({ status }) => status)).toEqual([200, 202, 200, 202]);
    expect(given.scene && judgeSample(given.scene.stack, given.played)).toEqual([]);
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
    const executions = await shown('executions');
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
    for (const execution of Array.isArray(executions) ? executions : []) {
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
      alerts: [],
      axiom: {},
    });
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
});
