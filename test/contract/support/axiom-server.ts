import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';

export const TOKEN = 'xaat-test-token';

/** An answer given instead of the real one. */
export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly text?: string;
  /** Close the socket after this many bytes of the body; 0: without any answer. */
  readonly cutAfter?: number;
  /** Send the head and the first byte, and never the end. */
  readonly hang?: boolean;
}

export interface AskedQuery {
  readonly apl: string;
  readonly startTime: string;
  readonly endTime: string;
}

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Bytes on the wire. */
  readonly bytes: number;
}

/** Query and ingest of Axiom's API over real HTTP, at the paths with and without an edge deployment. */
export class AxiomServer {
  /** Answers given instead of real ones, in order; `undefined` lets one request through. */
  faults: (Fault | undefined)[] = [];
  /** What every query is answered; by default a row for each query there was. */
  answer: (query: AskedQuery) => unknown = () => tabular(['n'], [[this.queries.length]]);
  /** The tokens it takes. */
  tokens = new Set([TOKEN]);
  readonly requests: Received[] = [];
  readonly queries: AskedQuery[] = [];
  /** What was ingested, by dataset; one list for each request. */
  readonly ingested: { dataset: string; events: unknown[] }[] = [];
  url = '';
  readonly #server = createServer((request, response) => void this.#handle(request, response));

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    this.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const path = request.url ?? '';
    this.requests.push({ path, headers: request.headers, bytes: body.length });
    const fault = this.faults.shift();
    if (fault !== undefined) return send(response, fault);
    const token = (request.headers.authorization ?? '').replace('Bearer ', '');
    if (!this.tokens.has(token)) return send(response, { status: 403, body: { code: 403, message: 'forbidden' } });
    send(response, { body: path.includes('/_apl') ? this.#query(body) : this.#ingest(path, request, body) });
  }

  #query(body: Buffer): unknown {
    const query: AskedQuery = JSON.parse(body.toString());
    this.queries.push(query);
    return this.answer(query);
  }

  #ingest(path: string, request: IncomingMessage, body: Buffer): unknown {
    if (request.headers['content-encoding'] !== 'gzip') throw new Error('the body is not compressed');
    if (request.headers['content-type'] !== 'application/x-ndjson') throw new Error('the body is no NDJSON');
    const events = gunzipSync(body)
      .toString()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    const dataset = /^\/v1\/(?:ingest\/([^/]+)|datasets\/([^/]+)\/ingest)$/.exec(path);
    this.ingested.push({ dataset: dataset?.[1] ?? dataset?.[2] ?? '', events });
    return ingestStatus(events.length);
  }
}

/** A result in the tabular format, column by column (`reference/axiom.md` §2). */
export function tabular(fields: readonly string[], columns: readonly (readonly unknown[])[], status: object = {}) {
  return {
    format: 'tabular',
    status: {
      elapsedTime: 260650,
      isPartial: false,
      isEstimate: false,
      rowsExamined: 100,
      rowsMatched: columns[0]?.length ?? 0,
      messages: [],
      ...status,
    },
    tables: [
      {
        name: '0',
        sources: [{ name: 'requests' }],
        fields: fields.map((name) => ({ name, type: 'string' })),
        order: [],
        groups: [],
        range: { field: '_time', start: '2026-03-01T11:00:00Z', end: '2026-03-01T12:00:00Z' },
        columns,
      },
    ],
    datasetNames: ['requests'],
    fieldsMetaMap: {},
  };
}

/** What an ingest is answered when `failed` of `sent` events were not taken. */
export function ingestStatus(sent: number, failed = 0) {
  return {
    ingested: sent - failed,
    failed,
    failures: Array.from({ length: failed }, () => ({ timestamp: '2026-03-01T11:00:00Z', error: 'hostile detail' })),
    processedBytes: 1,
    blocksCreated: 1,
    walLength: 1,
  };
}

function send(response: ServerResponse, fault: Fault): void {
  if (fault.cutAfter === 0) return void response.destroy();
  const text = fault.text ?? JSON.stringify(fault.body ?? {});
  response.writeHead(fault.status ?? 200, { 'content-type': 'application/json', ...fault.headers });
  if (fault.hang) response.write(text.slice(0, 1));
  else if (fault.cutAfter === undefined) response.end(text);
  else response.write(text.slice(0, fault.cutAfter), () => response.destroy());
}
