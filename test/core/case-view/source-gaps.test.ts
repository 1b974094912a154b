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
    expect(sourceGaps(seenWith(coverage))).toEqual({ sentence, isBlind });
  });

  it('counts a source that answered once as seen in part, as the state does', () => {
    const file = seenWith({ audit: unavailable('x') });
    const { state } = quietCaseFile();
    const told = { ...file, ...(state && { state: { ...state, coverage: { audit: 'partial' as const } } }) };
    expect(sourceGaps(told).sentence).toBe("GitLab's audit events could be read only in part.");
  });

  it('is blind where nothing is stored', () => {
    expect(sourceGaps(seenWith({}))).toEqual({ sentence: 'What each source could see is not stored.', isBlind: true });
  });
});
