import { casePath, evidencePath } from '../core/case-link.ts';
import type { PageRequest } from '../runtime/page/page-request.ts';

/** What is asked for, and the path that a link to it is signed for. */
export interface Wanted {
  readonly what: 'case' | 'evidence';
  readonly caseId: string;
  readonly path: string;
}

/** Undefined where there is nothing of the kind. */
export function wantedBy({ routeKey, pathParameters = {} }: PageRequest): Wanted | undefined {
  const { caseId } = pathParameters;
  // An id with half a surrogate pair has no path at all.
  if (caseId === undefined || caseId === '' || !caseId.isWellFormed()) return undefined;
  if (routeKey === 'GET /cases/{caseId}') return { what: 'case', caseId, path: casePath(caseId) };
  if (routeKey === 'GET /cases/{caseId}/evidence.json') return { what: 'evidence', caseId, path: evidencePath(caseId) };
  return undefined;
}
