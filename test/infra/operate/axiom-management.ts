import * as z from 'zod/mini';
import type { Clock } from '../../../functions/runtime/clock.ts';
import { isObject, parseJson } from '../../../infra/local/json.ts';
import { type Answer, type Asked, faults, type StandIn, serve } from '../../../infra/local/stand-ins/stand-in.ts';

export const AXIOM_TOKEN = 'xaat-0f6a2f6e-management-of-tests';

/** What Axiom's management API holds, live. */
export interface AxiomBooks {
  readonly datasets: Record<string, unknown>[];
  /** By uid. */
  readonly dashboards: Map<string, unknown>;
  /** What the token may; everything where it is undefined. */
  readonly may?: readonly string[];
  /** Retentions are fixed by the plan. */
  readonly fixedRetention?: boolean;
}

/** `/v2/datasets` and `/v2/dashboards` of Axiom's management API (`reference/axiom.md` §4, §5). */
export async function startAxiomManagement(books: AxiomBooks, clock: Clock): Promise<StandIn> {
  return await serve({ name: 'axiom-management', clock, faults: faults(), answer: (asked) => answerTo(asked, books) });
}

function answerTo({ method, path, headers, text }: Asked, books: AxiomBooks): Answer {
  if (headers.authorization !== `Bearer ${AXIOM_TOKEN}`) return refusal(403, 'Forbidden');
  const body = parseJson(text);
  const may = (capability: string) => books.may?.includes(capability) ?? true;
  if (path === '/v2/datasets') return datasets(method, isObject(body) ? body : {}, books, may);
  const uid = /^\/v2\/dashboards\/uid\/([A-Za-z0-9_-]{1,128})$/.exec(path)?.[1];
  if (uid !== undefined) return dashboards(method, uid, body, books, may);
  return refusal(404, 'Not found');
}

type May = (capability: string) => boolean;

function datasets(method: string, body: Record<string, unknown>, books: AxiomBooks, may: May): Answer {
  if (method === 'GET') {
    return may('datasets|read') ? { status: 200, body: books.datasets } : refusal(403, 'Forbidden');
  }
  if (!may('datasets|create')) return refusal(403, 'Forbidden');
  const wanted = NewDataset.safeParse(body);
  if (!wanted.success) return refusal(400, 'invalid dataset');
  const { name } = wanted.data;
  if (books.datasets.some((one) => one.name === name)) return refusal(409, 'entity already exists');
  if (books.fixedRetention && 'retentionDays' in body) return refusal(400, 'custom retention is not part of your plan');
  const made = { id: name, created: '2031-01-01T00:00:00Z', who: 'a token', ...body };
  books.datasets.push(made);
  return { status: 200, body: made };
}

function dashboards(method: string, uid: string, body: unknown, { dashboards }: AxiomBooks, may: May): Answer {
  const found = dashboards.get(uid);
  if (method === 'GET') {
    if (!may('dashboards|read')) return refusal(403, 'Forbidden');
    if (found === undefined) return refusal(404, 'Not found');
    return { status: 200, body: { uid, id: '1', version: 7, dashboard: found } };
  }
  if (!may(found === undefined ? 'dashboards|create' : 'dashboards|update')) return refusal(403, 'Forbidden');
  const wanted = Upsert.safeParse(body);
  if (!wanted.success) {
    const [issue] = wanted.error.issues;
    return refusal(400, `dashboard validation failed at [${issue?.path.join(' ')}]: ${issue?.message}`);
  }
  if (found !== undefined && !wanted.data.overwrite) return refusal(412, 'version conflict');
  dashboards.set(uid, { ...wanted.data.dashboard, uid });
  return { status: found === undefined ? 201 : 200, body: { status: found === undefined ? 'created' : 'updated' } };
}

function refusal(status: number, message: string): Answer {
  return { status, body: { code: status, message } };
}

const NewDataset = z.strictObject({
  name: z.string().check(z.regex(/^[A-Za-z0-9-]{1,128}$/)),
  description: z.string(),
  kind: z.literal('axiom:events:v1'),
  retentionDays: z.optional(z.int()),
  useRetentionPeriod: z.optional(z.boolean()),
  edgeDeployment: z.optional(z.string().check(z.regex(/^cloud\.[a-z0-9-]+\.[a-z0-9-]+$/))),
});

/** The schemas are closed: a field they do not name is refused (`reference/axiom.md` §5). */
const Id = z.string().check(z.minLength(1), z.maxLength(200));
const Name = z.string().check(z.minLength(1), z.maxLength(500));
const Table = z.strictObject({
  id: Id,
  type: z.literal('Table'),
  name: Name,
  query: z.strictObject({ apl: z.string().check(z.minLength(1)) }),
});
const TimeSeries = z.strictObject({
  id: Id,
  type: z.literal('TimeSeries'),
  name: Name,
  query: z.strictObject({
    apl: z.string().check(z.minLength(1)),
    queryOptions: z.optional(
      z.strictObject({
        displayNull: z.enum(['auto', 'null', 'span', 'zero', '']),
        timeSeriesVariant: z.enum(['area', 'bars', 'line', 'lines', '']),
      }),
    ),
  }),
});
const Place = z.strictObject({
  i: Id,
  x: z.int().check(z.minimum(0), z.maximum(11)),
  y: z.int().check(z.minimum(0)),
  w: z.int().check(z.minimum(1), z.maximum(12)),
  h: z.int().check(z.minimum(1), z.maximum(100)),
});
const Upsert = z.strictObject({
  dashboard: z.strictObject({
    name: z.string().check(z.minLength(1), z.maxLength(100)),
    description: z.optional(z.string().check(z.maxLength(1000))),
    owner: z.string(),
    charts: z.array(z.discriminatedUnion('type', [Table, TimeSeries])),
    layout: z.array(Place),
    refreshTime: z.literal([15, 60, 300]),
    schemaVersion: z.literal(2),
    timeWindowStart: z.string().check(z.regex(/^qr-now-\d+[smhdw]$/)),
    timeWindowEnd: z.literal('qr-now'),
  }),
  overwrite: z.optional(z.boolean()),
  message: z.optional(z.string()),
});
