import { describe, expect, it } from 'vitest';
import { openCase } from '../../functions/core/case.ts';
import { complete } from '../../functions/core/coverage.ts';
import type { Finding } from '../../functions/core/finding.ts';
import { type HuntReport, huntReport } from '../../functions/core/hunt-report.ts';
import type { OperatorUse } from '../../functions/core/operators.ts';
import { HOUR, instant, toIso } from '../../functions/core/time.ts';
import { TransientError } from '../../functions/runtime/errors.ts';
import { type WriteReportServices, writeReport } from '../../functions/write-report/write-report.ts';
import { credential, finding, NOON } from '../support/evidence.ts';
import { MemoryCases, MemoryHunts } from '../support/memory-books.ts';

const WINDOW = { start: NOON, end: NOON + HOUR };
const CASE = 'hunt-1';

/** From where somebody worked in the hour. */
const WORKED: OperatorUse = { owner: 'user/7', machine: false, asn: 64500, at: instant(NOON) };

type Row = Readonly<Record<string, unknown>>;

function stateOf(attempt: number) {
  const window = { start: toIso(WINDOW.start), end: toIso(WINDOW.end) };
  const hunt = { attempt, resend: attempt > 1, written: false };
  const state = openCase({ caseId: CASE, trigger: 'hunt', window, shadow: false, hunt });
  return { ...state, look: 1, due: { ...state.due, report: true } };
}

/** An Axiom that takes rows until it is told to fail. */
function writer(findings: readonly Finding[]) {
  const cases = new MemoryCases();
  const hunts = new MemoryHunts();
  const stored: Row[] = [];
  const failing = { kind: '' };
  const raised: { source: string }[] = [];
  const learned: OperatorUse[] = [];
  const services: WriteReportServices = {
    cases,
    hunts,
    reports: {
      send: async (events) => {
        const rows = [...events].map((event): Row => ({ ...event }));
        for (const row of rows) {
          if (row.kind === failing.kind) throw new TransientError('Axiom is down');
          stored.push(row);
        }
        return { events: rows.length, requests: 1 };
      },
    },
    learned: { learnOperators: async (uses) => void learned.push(...uses) },
    health: { raised: async () => raised },
    clock: { now: () => NOON + 2 * HOUR, sleep: async () => {} },
    deadline: NOON + 3 * HOUR,
    logger: { info: () => {}, warn: () => {} },
  };
  const report = (found: readonly Finding[]) =>
    cases.saveReport(
      CASE,
      huntReport({
        caseId: CASE,
        window: WINDOW,
        findings: found,
        coverage: { axiom: complete() },
        verdict: 'confirmed',
        sightings: 3,
        tokenUses: 2,
        incidents: new Map(),
        shadow: false,
        operators: [WORKED],
      }),
    );
  return { services, cases, hunts, stored, failing, raised, learned, report, ready: report(findings) };
}

/** What the README tells readers to ask for. */
function asReadersSee(stored: readonly Row[]): Row[] {
  const newest = new Map<unknown, Row>();
  for (const row of stored) {
    const known = newest.get(row.row_key);
    if (known === undefined || Number(row.attempt) >= Number(known.attempt)) newest.set(row.row_key, row);
  }
  return [...newest.values()].filter(({ kind }) => kind === 'row');
}

const TWO = [finding(), finding({ credential: credential({ id: 'token/7' }), score: 40, decision: 'report' })];

const NONE: HuntReport = { window: { start: 0, end: 0 }, runId: '', rows: [], summary: {} };

describe('a report', () => {
  it('is written as ranked rows and one manifest, which comes last, and closes its window', async () => {
    const { services, stored, hunts, cases, ready } = writer(TWO);
    await ready;
    const state = await writeReport(stateOf(1), services);
    expect(stored.map(({ kind, rank, score }) => [kind, rank, score])).toEqual([
      ['row', 1, 90],
      ['row', 2, 40],
      ['run', undefined, undefined],
    ]);
    expect(stored.at(-1)).toMatchObject({ rows_expected: 2, status: 'complete', attempt: 1, _time: toIso(NOON) });
    expect(hunts.finished).toEqual([{ start: NOON, attempt: 1 }]);
    expect(state).toMatchObject({ hunt: { written: true }, due: { report: false, health: false } });
    expect(cases.states).toEqual([state]);
  });

  it('of an earlier version, which named no operators, is written like any other', async () => {
    const { services, cases, ready } = writer(TWO);
    await ready;
    const { operators: _, ...older } = (await cases.loadReport(stateOf(1).caseId)) ?? NONE;
    await cases.saveReport(stateOf(1).caseId, older);
    await expect(writeReport(stateOf(1), services)).resolves.toMatchObject({ hunt: { written: true } });
  });

  it('is one manifest for an hour with nothing, so that silence is visible', async () => {
    const { services, stored, ready } = writer([]);
    await ready;
    await writeReport(stateOf(1), services);
    expect(stored.map(({ kind }) => kind)).toEqual(['run']);
  });

  it('that broke off before its manifest is written again under the next attempt; readers see one copy', async () => {
    const { services, stored, failing, hunts, ready } = writer(TWO);
    await ready;
    failing.kind = 'run';
    await expect(writeReport(stateOf(1), services)).rejects.toThrow('Axiom is down');
    expect(hunts.finished).toEqual([]);
    failing.kind = '';
    await writeReport(stateOf(2), services);
    expect(stored.filter(({ kind }) => kind === 'row')).toHaveLength(4);
    expect(asReadersSee(stored).map(({ credential_id, attempt }) => [credential_id, attempt])).toEqual([
      ['token/42', 2],
      ['token/7', 2],
    ]);
    expect(stored.filter(({ kind }) => kind === 'run')).toHaveLength(1);
  });

  it('computed anew takes back the rows that are gone', async () => {
    const { services, stored, report, ready } = writer(TWO);
    await ready;
    await writeReport(stateOf(1), services);
    await report([finding()]);
    await writeReport(stateOf(2), services);
    expect(stored.filter(({ kind }) => kind === 'retracted')).toHaveLength(1);
    expect(stored.at(-1)).toMatchObject({ kind: 'run', rows_expected: 1, retracted: 1, attempt: 2 });
    expect(asReadersSee(stored).map(({ credential_id }) => credential_id)).toEqual(['token/42']);
  });

  it('is left to a newer attempt at the same window', async () => {
    const { services, stored, hunts, ready } = writer(TWO);
    await ready;
    hunts.newestAttempt = 2;
    await expect(writeReport(stateOf(1), services)).rejects.toMatchObject({ name: 'BadInputError' });
    expect(stored).toEqual([]);
  });

  it('written after one that was not makes the pipeline’s owner hear of it', async () => {
    const { services, raised, ready } = writer([]);
    await ready;
    raised.push({ source: 'hunt-report' });
    expect((await writeReport(stateOf(1), services)).due.health).toBe(true);
  });

  it('teaches from which operators’ networks owners worked, once it is written', async () => {
    const { services, learned, ready } = writer(TWO);
    await ready;
    await writeReport(stateOf(1), services);
    expect(learned).toEqual([WORKED]);
  });

  it('teaches nothing before it is written', async () => {
    const { services, learned, failing, ready } = writer(TWO);
    await ready;
    failing.kind = 'run';
    await expect(writeReport(stateOf(1), services)).rejects.toThrow('Axiom is down');
    expect(learned).toEqual([]);
  });

  it('that is not stored is an error, never an empty hour', async () => {
    const { services } = writer([]);
    const state = { ...stateOf(1), caseId: 'hunt-other' };
    await expect(writeReport(state, services)).rejects.toMatchObject({ name: 'EvidenceGapError' });
  });
});
