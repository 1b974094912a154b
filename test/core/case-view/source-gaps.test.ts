import { describe, expect, it } from 'vitest';
import type { CaseFile } from '../../../functions/core/case-file.ts';
import { sourceGaps } from '../../../functions/core/case-view/source-gaps.ts';
import { type Coverage, complete, off, unavailable } from '../../../functions/core/coverage.ts';
import { quietCaseFile } from '../../support/case-files.ts';

/** A case whose one look had this coverage, and whose state is not stored. */
function seenWith(coverage: Coverage): CaseFile {
  const { state, ...file } = quietCaseFile();
  return { ...file, looks: [{ look: 1, coverage }] };
}

describe('what a case could not see, in a sentence', () => {
  it.each([
    [{ cloudflare: complete(), audit: complete() }, 'Every source was read whole.', false],
    [
      { cloudflare: complete(), logs: off('No dataset.') },
      "Every source in use was read whole. Not in use: GitLab's request logs.",
      false,
    ],
    [
      { cloudflare: complete(), stream: unavailable('x'), audit: unavailable('x') },
      "GitLab's streamed audit events and GitLab's audit events could not be read.",
      true,
    ],
    [
      { audit: { ...complete(), status: 'partial', why: ['x'] } },
      "GitLab's audit events could be read only in part.",
      true,
    ],
    [{ audit: complete({ skippedMalformed: 2 }) }, '2 rows were malformed and skipped.', true],
  ] satisfies [Coverage, string, boolean][])('%#', (coverage, sentence, isBlind) => {
    expect(sourceGaps(seenWith(coverage))).toEqual({ sentence, isBlind, isListOnly: false });
  });

  it('counts a source that answered once as seen in part, as the state does', () => {
    const file = seenWith({ audit: unavailable('x') });
    const { state } = quietCaseFile();
    const told = { ...file, ...(state && { state: { ...state, coverage: { audit: 'partial' as const } } }) };
    expect(sourceGaps(told).sentence).toBe("GitLab's audit events could be read only in part.");
  });

  it('is blind where nothing is stored', () => {
    expect(sourceGaps(seenWith({}))).toEqual({
      sentence: 'What each source could see is not stored.',
      isBlind: true,
      isListOnly: false,
    });
  });

  it('is blind to what lies beyond a list that was cut, unless GitLab’s addresses were asked about', () => {
    const cut = (askedBack: number, tokenUses: number) => {
      const file = quietCaseFile();
      const coverage = complete({ askedBack }, 3);
      const looks = file.looks.map(({ sightings, ...look }) => ({
        ...look,
        ...(sightings && { sightings: { ...sightings, whole: false, totalAddresses: 48_000, coverage } }),
      }));
      const counts = { sightings: 48_000, tokenUses, findings: 0 };
      return sourceGaps({ ...file, looks, ...(file.state && { state: { ...file.state, counts } }) });
    };
    expect(cut(0, 1_204)).toMatchObject({ isBlind: true, isListOnly: true });
    expect(cut(0, 1_204).sentence).toBe('Addresses beyond the list were not compared.');
    expect(cut(68, 1_204)).toMatchObject({ isBlind: false, isListOnly: false });
    expect(cut(0, 0)).toMatchObject({ isBlind: false, isListOnly: false });
  });
});
