import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../../functions/core/analysis.ts';
import type { CaseFile, CaseLook } from '../../../functions/core/case-file.ts';
import { isUnexplained } from '../../../functions/core/case-view/unexplained.ts';
import { analysisSection } from '../../../functions/show-case/html/analysis-section.ts';
import { eventsSection } from '../../../functions/show-case/html/events-section.ts';
import { casePageFactsOf, monitorCaseFile, quietCaseFile, sampleCaseFile } from '../../support/case-files.ts';

function words(file: CaseFile): string {
  return String(analysisSection(casePageFactsOf(file)));
}

const FILE = sampleCaseFile();
/** A look of the sample with both of its findings and an analysis, and the same without. */
const [EXPLAINED, SILENT] = looksOf(FILE);

function looksOf({ looks }: CaseFile): [CaseLook, CaseLook] {
  const [first, second] = looks;
  if (first === undefined || second === undefined) throw new Error('the sample has two looks');
  const { analysis, ...silent } = second;
  return [first, silent];
}

describe('later looks without an analysis', () => {
  const one = { ...EXPLAINED, findings: (EXPLAINED.findings ?? []).slice(0, 1) };

  it('had nothing new to explain where they found what the look before had', () => {
    expect(words({ ...FILE, looks: [EXPLAINED, SILENT] })).toContain(
      'Written at look 1. Later looks found nothing new to explain.',
    );
  });

  it('had something where they found more, or decided otherwise', () => {
    const told = words({ ...FILE, looks: [one, SILENT] });
    expect(told).toContain('Written at look 1. To write of what was found since failed, or is not done yet.');
    expect(told).not.toContain('nothing new');
    const raised = (EXPLAINED.findings ?? []).map((finding) => ({ ...finding, decision: 'page' as const }));
    expect(isUnexplained({ ...FILE, looks: [EXPLAINED, { ...SILENT, findings: raised }] }, 1)).toBe(true);
  });

  it('had something where the case says that an analysis failed', () => {
    const state = FILE.state && { state: { ...FILE.state, analysis: { status: 'failed' as const } } };
    expect(words({ ...FILE, ...state, looks: [EXPLAINED, SILENT] })).toContain('what was found since failed');
  });

  it('do not make a case one with nothing to explain where none has any', () => {
    const told = words(quietCaseFile({ looks: [{ ...SILENT, look: 1 }] }));
    expect(told).toContain('No analysis is stored: to write it failed, or is not done yet.');
    expect(told).not.toContain('Nothing was analysed');
  });

  it('of a monitor had its attack to explain at the first of them', () => {
    const looks = [{ look: 0 }, { look: 1, findings: [] }];
    expect(isUnexplained({ ...monitorCaseFile(), looks }, 0)).toBe(true);
    expect(isUnexplained({ ...monitorCaseFile(), looks: [{ look: 0 }] }, 0)).toBe(false);
    expect(isUnexplained(quietCaseFile(), 0)).toBe(false);
  });
});

describe('hosts in the words of a case', () => {
  const saying = (status: Analysis['status']) => {
    const summary = [{ text: 'They asked for api[.]example[.]com and http[:]//x[.]test, a[.]1.', evidence: ['t1'] }];
    const analysis = EXPLAINED.analysis && { analysis: { ...EXPLAINED.analysis, status, summary } };
    return words({ ...FILE, looks: [{ ...EXPLAINED, ...analysis }] });
  };

  it('are shown as they are where the words are our own', () => {
    expect(saying('summary')).toContain('They asked for api.example.com and http://x.test, a[.]1.');
    const events = String(eventsSection(casePageFactsOf(monitorCaseFile())));
    expect(events).toContain('security events of zone example.com between');
    expect(events).not.toContain('[.]');
  });

  it('are left as a model wrote them', () => {
    expect(saying('model')).toContain('api[.]example[.]com');
  });
});
