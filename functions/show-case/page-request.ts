import { CASES_PATH, casePath, evidencePath } from '../core/case-link.ts';

/** What of an HTTP API event (payload format 2.0) is used. */
export interface PageRequest {
  /** For example `GET /cases/{caseId}`. */
  readonly routeKey?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly pathParameters?: Readonly<Record<string, string | undefined>>;
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>>;
}

/** What is asked for, and the path that a link to it is signed for. */
export type Wanted =
  | { readonly what: 'list'; readonly path: string }
  | { readonly what: 'case' | 'evidence'; readonly caseId: string; readonly path: string };

/** Undefined where there is nothing of the kind. */
export function wantedBy({ routeKey, pathParameters = {} }: PageRequest): Wanted | undefined {
  if (routeKey === 'GET /cases') return { what: 'list', path: CASES_PATH };
  const { caseId } = pathParameters;
  // An id with half a surrogate pair has no path at all.
  if (caseId === undefined || caseId === '' || !caseId.isWellFormed()) return undefined;
  if (routeKey === 'GET /cases/{caseId}') return { what: 'case', caseId, path: casePath(caseId) };
  if (routeKey === 'GET /cases/{caseId}/evidence.json') return { what: 'evidence', caseId, path: evidencePath(caseId) };
  return undefined;
}
