import type { EpochMs } from '../../../../functions/core/time.ts';
import type { Clock } from '../../../../functions/runtime/clock.ts';
import { CLOUDFLARE_STAND_IN_TOKEN, type CloudflareStandIn } from '../../../../infra/local/stand-ins/cloudflare.ts';
import { GITLAB_STAND_IN_TOKEN, type GitlabStandIn } from '../../../../infra/local/stand-ins/gitlab.ts';

/** Any day; nothing depends on which. */
export const START = Date.UTC(2031, 4, 6, 9, 30);

export interface FakeClock extends Clock {
  /** Set to move time. */
  at: EpochMs;
}

/** A clock that stands still; sleeping moves it. */
export function fakeClock(at: EpochMs = START): FakeClock {
  return {
    at,
    now() {
      return this.at;
    },
    async sleep(ms) {
      this.at += ms;
    },
  };
}

/** A group or a raw event; a query names what is in it. */
export interface Row {
  readonly count: number;
  readonly avg: { readonly sampleInterval: number };
  readonly sum: { readonly edgeResponseBytes: number; readonly visits: number };
  readonly confidence: { readonly count: Readonly<Record<'estimate' | 'lower' | 'upper' | 'sampleSize', number>> };
  readonly dimensions: Readonly<Record<string, string>> & { readonly clientIP: string };
  readonly datetime: string;
  readonly rayName: string;
}

export interface ZoneAnswer {
  readonly zoneTag?: string;
  readonly settings?: Readonly<
    Record<string, { readonly enabled: boolean; readonly availableFields: readonly string[] }>
  >;
  readonly rows?: readonly Row[];
  readonly top?: readonly Row[];
  readonly total?: readonly Row[];
}

export interface GraphqlAnswer {
  readonly status: number;
  readonly data: { readonly viewer: { readonly budget?: number; readonly zones: readonly ZoneAnswer[] } } | null;
  readonly errors: readonly { message: string; path: unknown; extensions: { code?: string } }[] | null;
}

export async function graphql(
  { url }: CloudflareStandIn,
  query: string,
  variables: object = {},
  token = CLOUDFLARE_STAND_IN_TOKEN,
): Promise<GraphqlAnswer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, ...JSON.parse(await response.text()) };
}

/** The one zone of an answer without errors. */
export function zoneOf({ data, errors }: GraphqlAnswer): ZoneAnswer {
  const zone = data?.viewer.zones[0];
  if (errors !== null || zone === undefined) throw new Error(errors?.map(({ message }) => message).join() ?? 'no zone');
  return zone;
}

/** The rows an answer has under `key`. */
export function rowsOf(answer: GraphqlAnswer, key: 'rows' | 'top' | 'total' = 'rows'): readonly Row[] {
  return zoneOf(answer)[key] ?? [];
}

export function sumOf(rows: readonly { readonly count: number }[]): number {
  return rows.reduce((sum, { count }) => sum + count, 0);
}

export interface RestAnswer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
}

/** GETs a path below `/api/v4`, or a whole URL, as the world's own token unless other headers are given. */
export async function askGitlab<Body = readonly { readonly id: number }[]>(
  { url }: GitlabStandIn,
  path: string,
  headers: Record<string, string> = { 'private-token': GITLAB_STAND_IN_TOKEN },
): Promise<RestAnswer<Body>> {
  return read(await fetch(path.startsWith('http') ? path : `${url}/api/v4/${path}`, { headers }));
}

export async function askCloudflare(
  { url }: CloudflareStandIn,
  path: string,
  headers: Record<string, string> = { authorization: `Bearer ${CLOUDFLARE_STAND_IN_TOKEN}` },
): Promise<RestAnswer<unknown>> {
  return read(await fetch(`${url}${path}`, { headers }));
}

async function read<Body>(response: Response): Promise<RestAnswer<Body>> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  return { status: response.status, headers: response.headers, text, body: JSON.parse(isJson ? text : 'null') };
}

/** The address of the next page, where the answer names one. */
export function nextLink({ headers }: RestAnswer<unknown>): string | undefined {
  return /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
}
