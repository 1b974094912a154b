import { describe, expect, it } from 'vitest';
import type { CaseFile } from '../../../functions/core/case-file.ts';
import { pagingStory } from '../../../functions/core/case-view/paging-outcome.ts';
import type { Incident } from '../../../functions/core/incident.ts';
import { openedCaseFile, reportedOnly, sampleCaseFile } from '../../support/case-files.ts';
import { NOON } from '../../support/evidence.ts';

/** The sample, whose credential another case had paged. */
function pagedBefore(more: Partial<Incident> = {}): CaseFile {
  const file = sampleCaseFile({ pages: [] });
  const pagedBy = { 1: 'spike-2031-05-06-0900#3' };
  return { ...file, incidents: file.incidents.map((incident) => ({ ...incident, pagedBy, ...more })) };
}

describe('a case that ordered no page, as another had', () => {
  it('names the case, the look and the incident', () => {
    const { outcome, before } = pagingStory(pagedBefore());
    expect(outcome).toBe('elsewhere');
    expect(before).toEqual({
      incidentId: 'inc-1',
      by: { caseId: 'spike-2031-05-06-0900', look: 3 },
      firstAt: NOON + 22_000,
      pages: 1,
      isLost: false,
    });
  });

  it('says that it was never taken where the incident knows so', () => {
    expect(pagingStory(pagedBefore({ undeliveredCredentials: ['token/42'] })).before?.isLost).toBe(true);
    expect(pagingStory(pagedBefore({ undeliveredCredentials: ['token/7'] })).before?.isLost).toBe(false);
  });

  it('names nobody where the incident does not say who it was, or something else', () => {
    expect(pagingStory(pagedBefore({ pagedBy: { 1: 'no look' } })).before).toEqual({
      incidentId: 'inc-1',
      firstAt: NOON + 22_000,
      pages: 1,
      isLost: false,
    });
    expect(pagingStory({ ...pagedBefore(), incidents: [] }).before).toBeUndefined();
  });

  it('is told of a credential that this case by itself would only have reported', () => {
    const file = reportedOnly(pagedBefore());
    expect(pagingStory(file)).toMatchObject({ outcome: 'elsewhere', before: { incidentId: 'inc-1' } });
    const others = file.incidents.map((one) => ({ ...one, pagedCredentials: ['token/9'] }));
    expect(pagingStory({ ...file, incidents: others }).outcome).toBe('reported');
  });

  it('is what was ordered, or is not known, where the state is lost', () => {
    const { state, ...file } = sampleCaseFile();
    expect(pagingStory(file).outcome).toBe('delivered');
    expect(pagingStory({ ...file, pages: [] }).outcome).toBe('lost');
    expect(pagingStory(openedCaseFile()).outcome).toBe('undecided');
  });

  it('is none where this case paged', () => {
    expect(pagingStory(sampleCaseFile()).before).toBeUndefined();
  });
});
