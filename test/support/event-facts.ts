import type { CaseState, MonitorCase } from '../../functions/core/case.ts';
import { type EventGroup, type EventsPicture, facetsOf } from '../../functions/core/security-events.ts';
import { HOUR, MINUTE } from '../../functions/core/time.ts';
import { AT, stateOf } from './pager-facts.ts';

const ZONE = { id: '0123456789abcdef0123456789abcdef', name: 'example.com' };

export function groupOf(count: number, dimensions: EventGroup['dimensions'] = {}): EventGroup {
  return {
    count,
    dimensions: {
      clientIP: '203.0.113.7',
      source: 'firewallManaged',
      action: 'block',
      ruleId: 'a'.repeat(32),
      clientAsn: '64500',
      clientCountryName: 'NL',
      clientRequestHTTPHost: 'shop.example.com',
      clientRequestPath: '/wp-login.php',
      description: 'WordPress brute force',
      edgeResponseStatus: 403,
      ...dimensions,
    },
  };
}

/** What a monitor saw over the day before {@link AT}; total and facets follow from the groups. */
export function pictureOf(groups: readonly EventGroup[], more: Partial<EventsPicture> = {}): EventsPicture {
  return {
    window: { start: AT - 24 * HOUR, end: AT },
    readAt: AT + MINUTE,
    total: groups.reduce((sum, { count }) => sum + count, 0),
    totalIsLowerBound: false,
    sampleInterval: 1,
    groups,
    cut: false,
    facets: facetsOf(groups, more.ruleNames),
    facetsAreLowerBounds: false,
    ruleNames: {},
    notes: [],
    ...more,
  };
}

export function monitorOf(more: Partial<MonitorCase> = {}): MonitorCase {
  return {
    name: 'all',
    key: `${ZONE.id}#0`,
    zone: ZONE,
    total: 20,
    reference: 10,
    isEstimate: false,
    isLowerBound: false,
    window: { start: '2026-11-19T19:00:00.000Z', end: '2026-11-20T19:00:00.000Z' },
    alertOn: 'growth',
    resend: false,
    ...more,
  };
}

/** A monitor's case in which GitLab answered and nothing matched. */
export function monitorStateOf(more: Partial<CaseState> = {}): CaseState {
  return stateOf({
    caseId: 'monitor-20261120T190000Z-0123456789ab',
    trigger: 'monitor',
    window: { start: '2026-11-20T18:00:00.000Z', end: '2026-11-20T19:01:00.000Z' },
    verdict: 'not-observed',
    topScore: 0,
    decision: { page: false, alert: true, report: false },
    incidentIds: [],
    monitor: monitorOf(),
    ...more,
  });
}
