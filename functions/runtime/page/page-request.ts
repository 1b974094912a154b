/** What of an HTTP API event (payload format 2.0) is used. */
export interface PageRequest {
  /** For example `GET /cases/{caseId}`. */
  readonly routeKey?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly pathParameters?: Readonly<Record<string, string | undefined>>;
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>>;
}
