import fc from 'fast-check';
import { HtmlValidate } from 'html-validate';
import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../../functions/core/analysis.ts';
import type { CaseFile } from '../../../functions/core/case-file.ts';
import type { Html } from '../../../functions/runtime/page/markup.ts';
import { analysisSection } from '../../../functions/show-case/html/analysis-section.ts';
import type { CasePageFacts } from '../../../functions/show-case/html/case-page-facts.ts';
import { coverageSection } from '../../../functions/show-case/html/coverage-section.ts';
import { eventsSection } from '../../../functions/show-case/html/events-section.ts';
import { evidenceSection } from '../../../functions/show-case/html/evidence-section.ts';
import { findingsSection } from '../../../functions/show-case/html/findings-section.ts';
import { nextSection } from '../../../functions/show-case/html/next-section.ts';
import {
  casePageFactsOf,
  hostileCaseFile,
  largeCaseFile,
  monitorCaseFile,
  openedCaseFile,
  quietCaseFile,
  sampleCaseFile,
} from '../../support/case-files.ts';
import { groupOf, monitorOf, pictureOf } from '../../support/event-facts.ts';

const SECTIONS: Readonly<Record<string, (facts: CasePageFacts) => Html>> = {
  coverage: coverageSection,
  analysis: analysisSection,
  events: eventsSection,
  evidence: evidenceSection,
  next: nextSection,
};

const FILES: Readonly<Record<'sample' | 'monitor' | 'quiet' | 'opened' | 'large' | 'hostile', CaseFile>> = {
  sample: sampleCaseFile(),
  monitor: monitorCaseFile(),
  quiet: quietCaseFile(),
  opened: openedCaseFile(),
  large: largeCaseFile(),
  hostile: hostileCaseFile(`"><script>alert(1)</script>' onload='x`),
};

function drawn(section: (facts: CasePageFacts) => Html, file: CaseFile, more: Partial<CasePageFacts> = {}): string {
  return section(casePageFactsOf(file, more)).toString();
}

/** What a reader sees of it. */
function read(markup: string): string {
  return markup
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

/** The file with another analysis at its newest look. */
function analysed(analysis: Partial<Analysis>): CaseFile {
  const file = sampleCaseFile();
  return {
    ...file,
    looks: file.looks.map((look) => ({
      ...look,
      ...(look.analysis && { analysis: { ...look.analysis, ...analysis } }),
    })),
  };
}

describe('each section', () => {
  const validator = new HtmlValidate({
    extends: ['html-validate:recommended'],
    rules: {
      'long-title': 'off',
      'no-trailing-whitespace': 'off',
      'no-inline-style': 'error',
      'prefer-native-element': 'off',
      'void-style': 'off',
      'attr-quotes': ['error', { style: 'double' }],
    },
  });

  for (const [name, section] of Object.entries(SECTIONS)) {
    it(`${name} is sound markup for every kind of case`, async () => {
      for (const [kind, file] of Object.entries(FILES)) {
        const document = `<!DOCTYPE html><html lang="en"><head><title>x</title></head><body><main><h1>x</h1>${drawn(section, file)}</main></body></html>`;
        const report = await validator.validateString(document);
        expect(
          report.results.flatMap(({ messages }) =>
            messages.map(({ ruleId, message }) => `${kind}: ${ruleId} ${message}`),
          ),
        ).toEqual([]);
      }
    });

    it(`${name} stays small, and lets no text of others become markup`, () => {
      for (const file of Object.values(FILES)) expect(Buffer.byteLength(drawn(section, file))).toBeLessThan(100_000);
      expect(drawn(section, hostileCaseFile('"><script>alert(1)</script>'))).not.toContain('<script');
      for (const file of Object.values(FILES)) expect(drawn(section, file)).not.toMatch(/ style=|javascript:/);
    });
  }
});

describe('a field that has nothing to show', () => {
  it('is a dash for the eye, and says why to whoever has the page read out', () => {
    const markup = drawn(coverageSection, FILES.sample);
    expect(markup).toContain(
      '<td><span aria-hidden="true">–</span><span class="visually-hidden">nothing, as it was not asked</span></td>',
    );
    expect(markup).not.toContain('Not known');
  });
});

describe('the coverage section', () => {
  it('tells every source by shape and word, and never a name as programs write it', () => {
    const file = sampleCaseFile();
    const counts = { onGitlabHosts: 3, skippedMalformed: 2, undecidedAuthors: 1 };
    const looks = file.looks.map((look) => ({
      ...look,
      coverage: { audit: { status: 'partial', why: ['Cut.'], counts, pages: 1 } as const },
    }));
    const markup = drawn(coverageSection, { ...file, looks });
    expect(markup.match(/<svg/g)).toHaveLength(6);
    expect(read(markup)).toContain(
      '3 requests to GitLab itself, no sightings alone, 2 entries not readable and left out',
    );
    expect(read(markup)).not.toMatch(/[a-z][A-Z][a-z]+s\b(?<!GitLabs)/);
  });

  it('says what is not stored, and not that nothing was seen', () => {
    const text = read(drawn(coverageSection, openedCaseFile()));
    expect(text).toContain('Nothing is stored of what it could see, which is not the same as nothing.');
    expect(text).toContain('Not known');
  });
});

describe('the analysis section', () => {
  it('says who wrote it', () => {
    const author = (analysis: Partial<Analysis>) => read(drawn(analysisSection, analysed(analysis)));
    expect(author({ status: 'model', model: 'us.anthropic.model-v1:0' })).toContain(
      'Written by a model, us.anthropic.model-v1:0: an opinion; it decided nothing.',
    );
    expect(author({ status: 'summary' })).toContain('no model is set up');
    expect(author({ status: 'late', why: 'it took 30 s.' })).toContain('too late (it took 30 s).');
    expect(read(drawn(analysisSection, quietCaseFile()))).toContain('no look found anything new to explain');
    expect(read(drawn(analysisSection, openedCaseFile()))).toContain('No analysis is stored');
  });

  it('leads from each citation to its row, and from rows to findings that are there', () => {
    const file = sampleCaseFile();
    const page = drawn(analysisSection, file) + drawn(findingsSection, file) + drawn(nextSection, file);
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(targets).toEqual(expect.arrayContaining(['cited-f1', 'cited-f1-m1', 'cited-t1', 'finding-1']));
    for (const id of targets) expect(page.split(`id="${id}"`)).toHaveLength(2);
  });

  it('marks what is not in the evidence, and never leads to it', () => {
    const ids = fc.array(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('f1', 's1', 'f9', '"><a href="#x">', 'next')),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(ids, (evidence) => {
        const markup = drawn(
          analysisSection,
          analysed({
            summary: [{ text: 'It is so.', evidence }],
            actions: [],
            indicators: { geography: [], asns: [], targets: [], patterns: [] },
          }),
        );
        for (const [, id] of markup.matchAll(/href="#([^"]+)"/g)) {
          if (id?.startsWith('finding-') !== true) expect(markup.split(`id="${id}"`)).toHaveLength(2);
        }
        const unknown = new Set(evidence.filter((id) => id !== 'f1' && id !== 's1'));
        expect(markup.split('not in the evidence]').length - 1).toBe(unknown.size);
      }),
    );
  });
});

describe('the events section', () => {
  it('is empty where no monitor began the case', () => {
    expect(drawn(eventsSection, sampleCaseFile())).toBe('');
  });

  it('says which numbers are estimates and lower bounds', () => {
    const file = monitorCaseFile();
    const picture = pictureOf([groupOf(900)], {
      sampleInterval: 10,
      totalIsLowerBound: true,
      facetsAreLowerBounds: true,
    });
    const monitor = monitorOf({ isEstimate: true });
    const text = read(
      drawn(eventsSection, {
        ...file,
        ...(file.state && { state: { ...file.state, monitor } }),
        looks: [{ look: 1, picture }],
      }),
    );
    expect(text).toContain('Counted at the newest look at least about 900');
    expect(text).toContain('Counted by the poll that alerted about 20');
    expect(text).toContain('at least 1 rule');
    expect(text).toContain('Not seen: events beyond those that could be counted.');
  });

  it('says that the events are not at hand where no look stored them', () => {
    const file = monitorCaseFile();
    const text = read(drawn(eventsSection, { ...file, looks: file.looks.map(({ picture, ...look }) => look) }));
    expect(text).toContain('Not seen: the events themselves');
    expect(text).toContain('Measured against 10');
  });
});

describe('the evidence section', () => {
  it('leads to all of it, folds what it shows and says what it leaves out', () => {
    const markup = drawn(evidenceSection, FILES.large);
    expect(markup).toMatch(/<a href="\/cases\/[^"]+\/evidence\.json\?[^"]+" download>The evidence as JSON<\/a>/);
    expect(read(markup)).toMatch(/Left out here: [\d,]+ entries and ends of texts/);
    expect(markup.match(/<details/g)).toHaveLength(2);
    expect(read(markup)).toContain(
      'all that fits one answer, which is everything but for the largest cases; a note in it says what does not',
    );
  });

  it('tells what could not be read apart', () => {
    expect(read(drawn(evidenceSection, { ...quietCaseFile(), unread: ['Look 2: sightings.'] }))).toContain(
      'could not be read, which is not the same as nothing: Look 2: sightings.',
    );
    const { alert, ...file } = sampleCaseFile();
    expect(read(drawn(evidenceSection, file))).toContain('notification said is not stored');
  });
});

describe('the section of what to do', () => {
  it('has the commands, what they need and what they break', () => {
    const text = read(drawn(nextSection, sampleCaseFile(), { axiomDataset: 'cloudflare-http' }));
    expect(text).toContain("'https://gitlab.example.com/api/v4/personal_access_tokens/42'");
    expect(text.match(/Needs:/g)?.length).toBe(text.match(/Breaks:/g)?.length);
    expect(text).toContain("| where ['ClientIP'] in ('203.0.113.7'");
  });

  it('tells of so many credentials that it stays readable', () => {
    const text = read(drawn(nextSection, FILES.large));
    expect(text).toContain('295 further credentials are at page level, too.');
  });
});
