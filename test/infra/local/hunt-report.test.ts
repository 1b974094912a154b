import { describe, expect, it } from 'vitest';
import { retractionOf } from '../../../functions/core/hunt-report.ts';
import { HOUR } from '../../../functions/core/time.ts';
import { readReport } from '../../../infra/local/hunt-report.ts';
import { NOON } from '../../support/evidence.ts';
import { found, HUNT, written } from './hunt-rows.ts';

const TWO = [found(1, ['198.18.0.1', '198.18.0.2']), found(2, ['198.18.0.3'], { score: 40 })];

describe('readReport', () => {
  it('finds the rows of a case in whatever dataset they are, by rank', () => {
    const rows = written(TWO);
    const report = readReport({ other: [{ kind: 'row' }], findings: rows.toReversed() }, HUNT);
    expect(report?.dataset).toBe('findings');
    expect(report?.manifests).toEqual([rows.at(-1)]);
    expect(report?.rows.map(({ rank }) => rank)).toEqual([1, 1, 2]);
    expect(new Set(report?.rows)).toEqual(new Set(rows.slice(0, -1)));
  });

  it('has no report of a case without a manifest', () => {
    expect(readReport({ findings: written(TWO).slice(0, -1) }, HUNT)).toBeUndefined();
    expect(readReport({ findings: written(TWO) }, 'hunt-2')).toBeUndefined();
    expect(readReport({}, HUNT)).toBeUndefined();
  });

  it('reads each row once, from its newest attempt', () => {
    const half = written(TWO).slice(0, 2);
    const again = written(TWO, 2);
    const report = readReport({ findings: [...half, ...again] }, HUNT);
    expect(report?.rows.map(({ attempt }) => attempt)).toEqual([2, 2, 2]);
    expect(report?.manifests).toHaveLength(1);
    const twice = readReport({ findings: [...written(TWO), ...again] }, HUNT);
    expect(twice?.manifests.map(({ attempt }) => attempt)).toEqual([2]);
  });

  it('leaves out what was taken back', () => {
    const rows = written(TWO);
    const gone = rows.find(({ address }) => address === '198.18.0.2');
    const window = { start: NOON, end: NOON + HOUR };
    const back = retractionOf(String(gone?.row_key), String(gone?.run_id), 2, NOON, window);
    const again = written([found(1, ['198.18.0.1']), TWO[1] ?? found(2, [])], 2, 1);
    const report = readReport({ findings: [...rows, ...again.slice(0, -1), back, ...again.slice(-1)] }, HUNT);
    expect(report?.rows.map(({ address }) => address)).toEqual(['198.18.0.1', '198.18.0.3']);
  });

  it('tells two manifests of one attempt', () => {
    const rows = written(TWO);
    expect(readReport({ findings: [...rows, ...rows.slice(-1)] }, HUNT)?.manifests).toHaveLength(2);
  });
});
