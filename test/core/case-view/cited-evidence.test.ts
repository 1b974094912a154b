import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Analysis, Claim } from '../../../functions/core/analysis.ts';
import type { CaseFile, CaseLook } from '../../../functions/core/case-file.ts';
import { currentFindings } from '../../../functions/core/case-file.ts';
import { citedEvidence } from '../../../functions/core/case-view/cited-evidence.ts';
import { allIds, identifyEvidence } from '../../../functions/core/evidence-ids.ts';
import { monitorCaseFile, openedCaseFile, sampleCaseFile } from '../../support/case-files.ts';
import { credential, finding } from '../../support/evidence.ts';

function analysisOf(...summary: readonly Claim[]): Analysis {
  const indicators = { geography: [], asns: [], targets: [], patterns: [] };
  return { status: 'model', model: 'm', severity: 'high', summary, indicators, actions: [] };
}

/** The monitor's case with one look, whose analysis cites these. */
function citing(ids: readonly string[], more: Partial<CaseLook> = {}): CaseFile {
  const file = monitorCaseFile();
  const claims = ids.map((id) => ({ text: 'It is so.', evidence: [id] }));
  const look = file.looks.at(-1);
  return { ...file, looks: look === undefined ? [] : [{ ...look, ...more, analysis: analysisOf(...claims) }] };
}

function rowsOf(file: CaseFile) {
  return citedEvidence(file)?.rows ?? [];
}

describe('the evidence that an analysis cites', () => {
  it('is missing where no look stored an analysis', () => {
    expect(citedEvidence(openedCaseFile())).toBeUndefined();
  });

  it('is found for every id that the evidence gives out, each with an anchor of its own', () => {
    const [look] = citing([]).looks;
    const { findings = [], sightings, coverage = {}, picture } = look ?? {};
    const ids = [...allIds(identifyEvidence(findings, sightings?.sightings ?? [], coverage, picture))];
    expect(ids).toEqual(
      expect.arrayContaining(['f1', 'f1.m1', 's1', 't1', 'c1', 'n1', 'h1', 'p1', 'b1', 'v1', 't2', 'e1', 'ea1']),
    );
    const rows = rowsOf(citing(ids));
    expect(rows.map(({ id }) => id)).toEqual(ids);
    expect(new Set(rows.map(({ anchor }) => anchor)).size).toBe(ids.length);
    for (const { anchor, what } of rows) {
      expect(anchor).toMatch(/^cited-[a-z]{1,2}\d+(?:-m\d+)?$/);
      expect(what).not.toBe('');
    }
  });

  it('is looked up at the look of the analysis, and leads to where the finding stands now', () => {
    const file = sampleCaseFile();
    const [first, second] = file.looks;
    const newcomer = finding({ credential: credential({ id: 'token/9' }), score: 100 });
    const looks: CaseLook[] = [
      { ...first, look: 1, analysis: analysisOf({ text: 'x', evidence: ['f1'] }) },
      { look: 2, findings: [newcomer, ...(second?.findings ?? [])] },
    ];
    const [row] = rowsOf({ ...file, looks });
    expect(row?.what).toContain('Token 42');
    const place = currentFindings({ ...file, looks }).findIndex((one) => one.credential.id === 'token/42') + 1;
    expect(place).toBe(2);
    expect(row?.finding).toBe(place);
  });

  it('tells no totals of sightings that are not stored', () => {
    const { looks, ...file } = citing(['t1', 'c1', 'f1']);
    const without = looks.map(({ sightings, ...look }) => look);
    expect(rowsOf({ ...file, looks: without }).map(({ anchor }) => anchor)).toEqual([undefined, undefined, 'cited-f1']);
  });

  it('resolves or is marked, whatever an analysis cites', () => {
    const known = fc.constantFrom('f1', 'f1.m1', 'f2', 's1', 't1', 't2', 'v1', 'e1', 'ea1', 'c1', 'b1');
    const ids = fc.array(
      fc.oneof(known, fc.string({ unit: 'binary' }), fc.constantFrom('f99', 'F1', '__proto__', 'f1.m99', '')),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(ids, (cited) => {
        const evidence = citedEvidence(citing(cited));
        for (const id of cited) {
          const row = evidence?.rowOf(id);
          expect(row).toBeDefined();
          if (row?.anchor === undefined) expect(row?.kind).toBe('Not found');
          else expect(row.id).toBe(id);
        }
        const anchors = evidence?.rows.flatMap(({ anchor }) => anchor ?? []) ?? [];
        expect(new Set(anchors).size).toBe(anchors.length);
      }),
    );
  });
});
