import { describe, expect, it } from 'vitest';
import type { CaseFile } from '../../../functions/core/case-file.ts';
import { pagingStory } from '../../../functions/core/case-view/paging-outcome.ts';
import type { Incident } from '../../../functions/core/incident.ts';
import { sampleCaseFile } from '../../support/case-files.ts';

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
      pages: 1,
      isLost: false,
    });
    expect(pagingStory(pagedBefore({ pagedCredentials: ['token/7'] })).before).toBeUndefined();
    expect(pagingStory({ ...pagedBefore(), incidents: [] }).before).toBeUndefined();
  });

  it('is none where this case paged', () => {
    expect(pagingStory(sampleCaseFile()).before).toBeUndefined();
  });
});
