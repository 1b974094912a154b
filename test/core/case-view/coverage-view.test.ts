import { describe, expect, it } from 'vitest';
import type { CaseFile } from '../../../functions/core/case-file.ts';
import { countTexts } from '../../../functions/core/case-view/count-words.ts';
import { coverageView, type SourceStatus } from '../../../functions/core/case-view/coverage-view.ts';
import { type Coverage, complete, off, SOURCE_NAMES, unavailable } from '../../../functions/core/coverage.ts';
import { openedCaseFile, quietCaseFile, sampleCaseFile } from '../../support/case-files.ts';

const WHOLE: Coverage = {
  cloudflare: complete(),
  logs: complete(),
  stream: complete(),
  inventory: complete(),
  audit: complete(),
};
const PART = { status: 'partial', why: ['A list was cut.'], counts: {}, pages: 2 } as const;

/** A case whose looks have these coverages, and whose state knows of no source. */
function fileWith(base: CaseFile, ...coverages: readonly (Coverage | undefined)[]): CaseFile {
  const [look] = base.looks;
  const looks = coverages.map((coverage, index) => {
    const { coverage: before, ...rest } = look ?? { look: 0 };
    return { ...rest, look: index + 1, ...(coverage === undefined ? {} : { coverage }) };
  });
  return { ...base, looks, ...(base.state === undefined ? {} : { state: { ...base.state, coverage: {} } }) };
}

function statuses(file: CaseFile): Record<string, SourceStatus> {
  return Object.fromEntries(coverageView(file).rows.map(({ source, status }) => [source, status]));
}

describe('the sources of a case', () => {
  it('are all told, those that were not asked or of which nothing is stored apart from empty ones', () => {
    const file = fileWith(quietCaseFile(), { cloudflare: complete({ sightings: 0 }), inventory: complete() });
    expect(coverageView(file).rows.map(({ source }) => source)).toEqual(SOURCE_NAMES);
    expect(statuses(file)).toEqual({
      cloudflare: 'complete',
      axiom: 'no-part',
      logs: 'no-part',
      stream: 'no-part',
      inventory: 'complete',
      audit: 'not-stored',
    });
    for (const { status, why } of coverageView(file).rows) expect(why.length > 0).toBe(status !== 'complete');
  });

  it('that are missing where GitLab answered are not set up, and it is not said that GitLab may not have answered', () => {
    const whyOf = (coverage: Coverage) =>
      coverageView(fileWith(quietCaseFile(), coverage)).rows.find(({ source }) => source === 'logs')?.why;
    expect(whyOf({ cloudflare: complete(), inventory: complete() })).toEqual(['It was not asked: it is not set up.']);
    expect(whyOf({ cloudflare: complete(), inventory: unavailable('503') })?.[0]).toContain(
      'could not be asked at all',
    );
  });

  it('say of the token lists that they hold tokens in use only', () => {
    const lists = coverageView(quietCaseFile()).rows.find(({ source }) => source === 'inventory');
    expect(lists?.shows).toMatch(/^Tokens used since/);
  });

  it('of a hunt have Axiom where a spike has Cloudflare', () => {
    const file = fileWith({ ...quietCaseFile(), trigger: 'hunt' }, { axiom: complete(), inventory: complete() });
    expect(statuses(file)).toMatchObject({ cloudflare: 'no-part', axiom: 'complete' });
  });

  it('are those of the newest look, and say what an earlier one saw better', () => {
    const file = fileWith(quietCaseFile(), WHOLE, { ...WHOLE, audit: unavailable('GitLab timed out.') });
    const audit = coverageView(file).rows.find(({ source }) => source === 'audit');
    expect(audit).toMatchObject({ status: 'unavailable', why: ['GitLab timed out.', 'At look 1: read whole.'] });
  });

  it('are told by the state where no look stored them', () => {
    const file = fileWith(sampleCaseFile(), undefined);
    const known = {
      ...file,
      ...(file.state && { state: { ...file.state, coverage: { audit: 'unavailable' as const } } }),
    };
    expect(statuses(known)).toMatchObject({ audit: 'unavailable', inventory: 'not-stored' });
    expect(coverageView(known).rows.find(({ source }) => source === 'audit')).toMatchObject({
      why: ['Why is not stored.'],
    });
  });
});

describe('what blind spots mean for the verdict', () => {
  const meaning = (file: CaseFile) => coverageView(file).meaning;

  it('is that nothing found is not nothing there, where a source could not be read', () => {
    const file = fileWith(quietCaseFile(), { ...WHOLE, audit: unavailable('403'), logs: PART });
    expect(meaning(file)).toBe(
      "“Not observed” is not “nothing there”: GitLab's audit events could not be read, GitLab's request logs only in part, and a use that shows only there would not have been seen.",
    );
  });

  it('is said of sources not in use, too', () => {
    const file = fileWith(quietCaseFile(), { ...WHOLE, audit: off('No plan offers it.') });
    expect(meaning(file)).toBe(
      "Every source in use was read whole; GitLab's audit events are not in use, and a use that shows only there would not have been seen.",
    );
    expect(meaning(fileWith(quietCaseFile(), WHOLE))).toContain('none of them can show');
  });

  it('leaves what was found standing', () => {
    expect(meaning(fileWith(sampleCaseFile(), { ...WHOLE, audit: PART }))).toBe(
      "What was found stands, and there may be more: GitLab's audit events could be read only in part.",
    );
    expect(meaning(fileWith(sampleCaseFile(), WHOLE))).toBe(
      'What was found stands, and every source in use was read whole.',
    );
  });

  it('is that nothing is known where the bots, or GitLab, could not be read', () => {
    const blind = fileWith(quietCaseFile(), { ...WHOLE, cloudflare: unavailable('down') });
    expect(meaning(blind)).toContain('says nothing about whether');
    const { state } = quietCaseFile();
    const file = { ...quietCaseFile(), ...(state && { state: { ...state, verdict: 'undetermined' as const } }) };
    const silent = { cloudflare: complete(), inventory: unavailable('down'), audit: unavailable('down') };
    expect(meaning(fileWith(file, silent))).toBe(
      "Whether a bot held a key is not known: GitLab's token lists and GitLab's audit events could not be read.",
    );
  });

  it('is that nothing may be read as nothing there, where nothing is stored', () => {
    expect(meaning(openedCaseFile())).toContain('No look was joined so far, so nothing on this page');
    expect(meaning(fileWith(quietCaseFile(), undefined))).toContain(
      'is not stored, so nothing on this page may be read',
    );
  });
});

describe('counts in words', () => {
  it('tell what was read even where that is nothing, and of what was left out only what there was', () => {
    expect(countTexts('inventory', { credentials: 1, uses: 0, skippedMalformed: 0, refused: 2 })).toEqual([
      '1 credential listed',
      '0 uses of credentials',
      '2 lists refused to us',
    ]);
    expect(countTexts('logs', { refused: 2 })).toEqual(['2 refused tries']);
  });

  it('never show a name as programs write it', () => {
    expect(countTexts('audit', { somethingNewHere: 3, other_thing: 1, __proto__: 5 })).toEqual([
      '3 something new here',
      '1 other thing',
    ]);
    expect(countTexts('audit', { constructor: 2, broken: Number.NaN })).toEqual(['2 constructor']);
  });
});
