import { describe, expect, it } from 'vitest';
import type { CaseFile } from '../../../functions/core/case-file.ts';
import { looksDue } from '../../../functions/core/case-view/looks-due.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import { openedCaseFile, sampleCaseFile } from '../../support/case-files.ts';
import { NOON } from '../../support/evidence.ts';

const MINUTES = [5, 15, 60];
/** When the sample's second look was stored. */
const SECOND = NOON + 5 * MINUTE + 30_000;

describe('the looks of a case', () => {
  it('come as long after the one before as the settings lie apart', () => {
    const due = looksDue(sampleCaseFile(), MINUTES, SECOND + MINUTE);
    expect(due).toEqual({ done: 2, due: 4, nextAt: SECOND + 10 * MINUTE, isLate: false });
  });

  it('are late a while after they were due, not at once', () => {
    expect(looksDue(sampleCaseFile(), MINUTES, SECOND + 15 * MINUTE).isLate).toBe(false);
    expect(looksDue(sampleCaseFile(), MINUTES, SECOND + 15 * MINUTE + 1).isLate).toBe(true);
  });

  it('are one where a hunt began the case', () => {
    const file: CaseFile = { ...sampleCaseFile(), trigger: 'hunt' };
    const state = file.state && { ...file.state, trigger: 'hunt' as const, look: 1 };
    expect(looksDue({ ...file, ...(state && { state }) }, MINUTES, NOON)).toEqual({ done: 1, due: 1, isLate: false });
  });

  it('are never fewer than were done, whatever the settings say by now', () => {
    expect(looksDue(sampleCaseFile(), [], NOON)).toEqual({ done: 2, due: 2, isLate: false });
  });

  it('begin when the case is opened', () => {
    const file = openedCaseFile();
    expect(looksDue(file, MINUTES, file.openedAt)).toEqual({ done: 0, due: 4, nextAt: file.openedAt, isLate: false });
  });

  it('come at a time nobody knows where the last one stored none', () => {
    const file = sampleCaseFile();
    expect(looksDue({ ...file, looks: file.looks.slice(0, 1) }, MINUTES, NOON)).toEqual({
      done: 2,
      due: 4,
      isLate: false,
    });
  });
});
