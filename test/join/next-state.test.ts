import { describe, expect, it } from 'vitest';
import { openCase } from '../../functions/core/case.ts';
import { type Coverage, complete, unavailable } from '../../functions/core/coverage.ts';
import type { Finding } from '../../functions/core/finding.ts';
import { type LookResult, nextState } from '../../functions/join/next-state.ts';
import { finding } from '../support/evidence.ts';

const START = openCase({ caseId: 'spike-1', trigger: 'spike', window: { start: '', end: '' }, shadow: false });
const ANSWERED: Coverage = { cloudflare: complete(), inventory: complete(), audit: complete() };

function look(findings: Finding[], overrides: Partial<LookResult> = {}): LookResult {
  return {
    sightings: 10,
    tokenUses: 5,
    findings,
    coverage: ANSWERED,
    incidentIds: [],
    due: { explain: false, page: false, report: false, alert: false, health: false },
    ...overrides,
  };
}

const reported = finding({ decision: 'report', verdict: 'confirmed', score: 24 });
const paging = finding({ verdict: 'probable', score: 79 });

describe('the verdict of a case', () => {
  it('is that of what pages, not of a better proven use that does not', () => {
    expect(nextState(START, look([paging, reported])).verdict).toBe('probable');
  });

  it('is that of the worst finding while nothing pages', () => {
    expect(nextState(START, look([reported])).verdict).toBe('confirmed');
    const worse = finding({ decision: 'report', verdict: 'corroborated', score: 54 });
    expect(nextState(START, look([worse, reported])).verdict).toBe('corroborated');
  });

  it('follows the first page, whatever was reported before it', () => {
    const before = nextState(START, look([reported]));
    expect(nextState(before, look([paging, reported])).verdict).toBe('probable');
  });

  it('never gets worse by a look that sees less', () => {
    const paged = nextState(START, look([paging]));
    expect(nextState(paged, look([reported])).verdict).toBe('probable');
    expect(nextState(paged, look([])).verdict).toBe('probable');
    const silent = { cloudflare: complete(), inventory: unavailable('down'), audit: unavailable('down') };
    expect(nextState(paged, look([], { coverage: silent })).verdict).toBe('probable');
  });

  it('is not-observed only when GitLab answered', () => {
    expect(nextState(START, look([])).verdict).toBe('not-observed');
    const silent = { cloudflare: complete(), inventory: unavailable('down'), audit: unavailable('down') };
    expect(nextState(START, look([], { coverage: silent })).verdict).toBe('undetermined');
    const inPart = { cloudflare: complete(), inventory: unavailable('down'), audit: complete() };
    expect(nextState(START, look([], { coverage: inPart })).verdict).toBe('not-observed');
  });

  it('is that of what was found, whoever else was silent, and replaces one that nobody could answer', () => {
    const streamed: Coverage = {
      cloudflare: complete(),
      stream: { ...complete(), status: 'partial' },
      audit: unavailable('down'),
    };
    expect(nextState(START, look([paging], { coverage: streamed })).verdict).toBe('probable');
    const unanswered = nextState(START, look([], { coverage: streamed }));
    expect(unanswered.verdict).toBe('undetermined');
    const found = nextState(unanswered, look([reported], { coverage: streamed }));
    expect(found.verdict).toBe('confirmed');
    expect(nextState(found, look([])).verdict).toBe('confirmed');
  });
});

describe('what a case sums up', () => {
  it('keeps the highest counts and score, and a page once decided', () => {
    const first = nextState(START, look([paging, reported], { incidentIds: ['incident-1'] }));
    const second = nextState(first, look([], { sightings: 3, tokenUses: 9, incidentIds: ['incident-2'] }));
    expect(second).toMatchObject({
      counts: { sightings: 10, tokenUses: 9, findings: 2, incidents: 2 },
      topScore: 79,
      decision: { page: true, report: true },
      incidentIds: ['incident-1', 'incident-2'],
    });
  });

  it('knows the top score of as many findings as there are', () => {
    const findings = [...Array.from({ length: 200_000 }, () => reported), paging];
    expect(nextState(START, look(findings)).topScore).toBe(79);
  });

  it('stays small however many incidents there are, and says how many', () => {
    const incidentIds = Array.from(
      { length: 5_000 },
      (_, n) => `incident-spike-20310506T120000Z-0a1b2c3d4e-token-${n}`,
    );
    const first = nextState(START, look([paging], { incidentIds }));
    expect(first.incidentIds).toEqual(incidentIds.slice(0, 100));
    const second = nextState(first, look([paging], { incidentIds: incidentIds.slice(0, 3) }));
    expect([first, second].map(({ counts }) => counts.incidents)).toEqual([5_000, 5_000]);
    expect(JSON.stringify(second).length).toBeLessThan(32_000);
  });
});
