import { describe, expect, it } from 'vitest';
import { whyEvents } from './explain.ts';
import { claim, counted, simPage } from './fixtures.ts';
import { kindEvents, summaryEvent, textReport } from './report.ts';
import { missedGoals } from './summary.ts';
import { mixSummary } from './summary-fixture.ts';

describe('the summary of a mix', () => {
  it('is one line of JSON with what checks read (design §5)', () => {
    expect(summaryEvent(mixSummary())).toEqual({
      event: 'summary',
      mix: 'all',
      months: 2,
      intrusions: 10,
      observable: 10,
      recall: 1,
      observableRecall: 1,
      falsePagesPerMonth: 0,
      averagePrecision: 1,
      precisionAt10: 1,
      minutesToPage: { median: 4, p90: 61 },
      baselines: {
        'address-overlap': { recall: 0.4, falsePagesPerMonth: 250, falsePagesAtOurRecall: null, highestRecall: 0.4 },
      },
    });
  });

  it('says null where there was nothing to measure', () => {
    const nothing = { recall: undefined, averagePrecision: undefined, minutesToPage: undefined };
    expect(summaryEvent(mixSummary({ ours: nothing }))).toMatchObject({
      recall: null,
      averagePrecision: null,
      minutesToPage: null,
    });
  });

  it('has a line for each kind', () => {
    expect(kindEvents(mixSummary())).toMatchObject([
      { event: 'kind', mix: 'all', kind: 'carrier-nat', intrusions: 10, recalled: 10, recall: 1, observable: 8 },
    ]);
  });
});

describe('the text report', () => {
  it('has every figure, in columns', () => {
    const text = textReport([mixSummary()], []);
    expect(text).toContain('All four sources  1.000   1.000 of 10/10  0.00');
    expect(text).toContain('4 (p90 61)');
    expect(text).toContain('Plain address overlap  0.400   250.00             never: 0.400 at 250.00');
    expect(text).toContain('10/10 (8 observable)');
    expect(text).toContain('All goals that were checked hold');
  });

  it('says which goals were checked', () => {
    const all = textReport([mixSummary(), mixSummary({ name: 'x' })], []);
    expect(all).toContain('all: recall >= 0.95, false pages a month <= 1, average precision >= 0.98');
    const other = textReport([mixSummary({ name: 'x' })], []);
    expect(other).toContain('Checked: only the comparison with the baselines');
    expect(other).not.toContain('average precision >=');
  });

  it('names the goals that are missed', () => {
    expect(textReport([mixSummary()], ['all: recall 0.900 is below 0.95'])).toContain(
      'Missed:\n  all: recall 0.900 is below 0.95',
    );
  });
});

describe('the goals', () => {
  const missedBy = (ours: Parameters<typeof mixSummary>[0]) => missedGoals(mixSummary(ours));

  it('hold at their very edge', () => {
    const ours = { recall: 0.95, falsePagesPerMonth: 1, averagePrecision: 0.98 };
    expect(missedBy({ ours })).toEqual([]);
  });

  it('are each missed alone', () => {
    expect(missedBy({ ours: { recall: 0.949 } })).toEqual(['all: recall 0.949 is below 0.95']);
    expect(missedBy({ ours: { falsePagesPerMonth: 1.05 } })).toEqual(['all: 1.05 false pages a month are more than 1']);
    expect(missedBy({ ours: { averagePrecision: 0.97 } })).toEqual(['all: average precision 0.970 is below 0.98']);
  });

  it('ask a mix that sees less only to be better than the baselines', () => {
    expect(missedBy({ name: 'gitlab-com-premium', ours: { recall: 0.5 } })).toEqual([]);
  });

  it('are missed where a baseline is no worse at any strictness', () => {
    const summary = mixSummary({ name: 'x', ours: { recall: 0.1, falsePagesPerMonth: 10 } });
    expect(missedGoals(summary)).toEqual(['x: address-overlap has both recall and false pages no worse than ours']);
  });

  it('are missed where a baseline costs less than five times our false pages at our recall', () => {
    const [baseline] = mixSummary().baselines;
    if (baseline === undefined) throw new Error('no baseline');
    const at = (falsePagesAtOurRecall: number) => ({
      ...mixSummary({ name: 'x', ours: { recall: 0.5, falsePagesPerMonth: 2 } }),
      baselines: [{ ...baseline, points: [], falsePagesAtOurRecall }],
    });
    expect(missedGoals(at(10))).toEqual([]);
    expect(missedGoals(at(9.9))).toEqual(['x: at our recall address-overlap has less than 5 times our false pages']);
  });
});

describe('an explanation', () => {
  it('tells of what was missed and of false pages, and of nothing else', () => {
    const intrusions = ['found', 'silent', 'reported'].map((id) => counted({ id }));
    const claims = [claim({ intrusion: 'reported', score: 30 })];
    const pages = [simPage({ intrusions: ['found'] }), simPage({ incident: 'wrong', actors: ['scraper/3'] })];
    const result = { intrusions, run: { claims, pages }, baselines: [] };
    expect(whyEvents({ seed: 7, mix: 'all', result, ms: 1 })).toMatchObject([
      { event: 'missed', seed: 7, mix: 'all', intrusion: 'silent', said: 'nothing' },
      { event: 'missed', intrusion: 'reported' },
      { event: 'false-page', incident: 'wrong', actors: ['scraper/3'] },
    ]);
  });
});
