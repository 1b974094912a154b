import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CaseState, openCase } from '../../functions/core/case.ts';
import type { HuntReport } from '../../functions/core/hunt-report.ts';
import { DAY, HOUR } from '../../functions/core/time.ts';
import { type HuntRule, openHuntRule } from './hunt-rule.ts';

const TEN_PAST_SIX = Date.UTC(2026, 10, 20, 18, 10);
const FIVE = Date.UTC(2026, 10, 20, 17);
const CASE = 'hunt-2026-11-20T17Z';

const REPORT: HuntReport = {
  window: { start: FIVE, end: FIVE + HOUR },
  runId: 'run',
  rows: [],
  operators: [],
  summary: {},
};
const ANALYSIS = {
  status: 'summary',
  summary: [],
  severity: 'high',
  indicators: { geography: [], asns: [], targets: [], patterns: [] },
  actions: [],
} as const;

/** What the first attempt had found when it was written down. */
const FOUND: CaseState = {
  ...openCase({
    caseId: CASE,
    trigger: 'hunt',
    window: { start: '2026-11-20T17:00:00.000Z', end: '2026-11-20T18:00:00.000Z' },
    shadow: false,
    hunt: { attempt: 1, resend: false, written: false },
  }),
  look: 1,
  counts: { sightings: 1_000, tokenUses: 40, findings: 2 },
  verdict: 'confirmed',
  topScore: 91,
  decision: { page: true, alert: false, report: true },
  due: { explain: true, page: true, report: true, alert: false, health: false },
};

let rule: HuntRule;
beforeEach(async () => {
  rule = await openHuntRule();
  // The first attempt has stored what it found, has begun to write it, and was killed.
  await rule.fire(TEN_PAST_SIX);
  await rule.cases.saveState(CASE, FOUND);
  await rule.cases.saveReport(CASE, REPORT);
  await rule.hunts.beginWriting(FIVE, 1, ['k1']);
  await rule.end(`${CASE}-1`, 'FAILED');
});
afterEach(() => rule.close());

const stateOf = (attempt: number) => rule.executions.get(`${CASE}-${attempt}`)?.state;

describe('an attempt that broke off while it wrote', () => {
  it('is followed by one that only writes what was found', async () => {
    await rule.fire(TEN_PAST_SIX);
    expect(stateOf(2)).toEqual({ ...FOUND, hunt: { attempt: 2, resend: true, written: false } });
  });

  it('is not explained again where that was done', async () => {
    await rule.cases.saveAnalysis(CASE, 1, ANALYSIS);
    await rule.cases.saveState(CASE, { ...FOUND, due: { ...FOUND.due, report: false } });
    await rule.fire(TEN_PAST_SIX);
    expect(stateOf(2)?.due).toEqual({ ...FOUND.due, explain: false, report: true });
  });

  it('may break off again', async () => {
    await rule.fire(TEN_PAST_SIX);
    await rule.end(`${CASE}-2`, 'ABORTED');
    await rule.fire(TEN_PAST_SIX);
    expect(stateOf(3)?.hunt).toEqual({ attempt: 3, resend: true, written: false });
    await rule.hunts.beginWriting(FIVE, 3, ['k1']);
    await rule.end(`${CASE}-3`);
    expect((await rule.fire(TEN_PAST_SIX)).executions).toEqual([]);
  });

  it('is followed by the next number also where nobody remembers its execution', async () => {
    rule.executions.clear();
    expect((await rule.fire(TEN_PAST_SIX)).executions).toEqual([`${CASE}-2`]);
    // That one was claimed and began nothing: it is the same attempt that is started again.
    rule.executions.clear();
    expect((await rule.fire(TEN_PAST_SIX)).executions).toEqual([`${CASE}-2`]);
    expect(stateOf(2)?.hunt).toEqual({ attempt: 2, resend: true, written: false });
  });

  it('is hunted anew when that is forced', async () => {
    await rule.fire(TEN_PAST_SIX, { force: true });
    expect(stateOf(2)).toMatchObject({ look: 0, verdict: 'undetermined', hunt: { attempt: 2, resend: false } });
  });

  it('is hunted anew where its report is gone', async () => {
    rule.services.cases.loadReport = async () => undefined;
    await rule.fire(TEN_PAST_SIX);
    expect(stateOf(2)).toMatchObject({ look: 0, hunt: { attempt: 2, resend: false } });
  });

  it('is hunted anew where all it stored has passed its time', async () => {
    rule.local.clock.advance(31 * DAY);
    await rule.fire(TEN_PAST_SIX);
    expect(stateOf(2)).toMatchObject({ look: 0, hunt: { attempt: 2, resend: false } });
  });
});
