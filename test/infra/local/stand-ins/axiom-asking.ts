import { gzipSync } from 'node:zlib';
import { AXIOM_STAND_IN_TOKEN, type AxiomStandIn } from '../../../../infra/local/stand-ins/axiom.ts';

export const AUTHORIZED = { authorization: `Bearer ${AXIOM_STAND_IN_TOKEN}` };

export interface AxiomAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AxiomBody;
}

/** Every answer has some of it. */
interface AxiomBody {
  readonly code: number;
  readonly message: string;
  readonly detail: object;
  readonly ingested: number;
  readonly failed: number;
  readonly failures: readonly { readonly timestamp: string; readonly error: string }[];
  readonly format: string;
  readonly datasetNames: readonly string[];
  readonly tables: readonly {
    readonly name: string;
    readonly fields: readonly { readonly name: string; readonly type: string }[];
    readonly columns: readonly (readonly unknown[])[];
  }[];
  readonly status: {
    readonly isPartial: boolean;
    readonly numGroups: number;
    readonly messages?: readonly { readonly code: string }[];
  };
}

export async function askAxiom(
  { url }: AxiomStandIn,
  path: string,
  init: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string | Buffer } = {},
): Promise<AxiomAnswer> {
  const { headers = AUTHORIZED, method = init.body === undefined ? 'GET' : 'POST', body } = init;
  const response = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

/** Asks a query, over all time unless a range is given. */
export async function query(standIn: AxiomStandIn, apl: string, range: object = {}): Promise<AxiomAnswer> {
  return askAxiom(standIn, '/v1/datasets/_apl?format=tabular', { body: JSON.stringify({ apl, ...range }) });
}

/** Sends events as one JSON object in each line, packed with gzip, as Axiom's library does. */
export async function ingest(
  standIn: AxiomStandIn,
  dataset: string,
  events: readonly unknown[],
  { params = '', headers = {} }: { readonly params?: string; readonly headers?: Record<string, string> } = {},
): Promise<AxiomAnswer> {
  return askAxiom(standIn, `/v1/datasets/${dataset}/ingest${params}`, {
    headers: { ...AUTHORIZED, 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip', ...headers },
    body: gzipSync(events.map((event) => JSON.stringify(event)).join('\n')),
  });
}
