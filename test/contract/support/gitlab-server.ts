import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The token the tests read with; it must not turn up in any message. */
export const TOKEN = 'glpat-SECRET0123456789abcd';

export interface Asked {
  readonly method: string;
  /** Below `/api/v4`, as sent: segments still encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Scheme, host and port under which the server was asked. */
  readonly origin: string;
}

/** An answer; `body` is sent as JSON, `text` as it is. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly text?: string;
  /** Send this many bytes of the body and then: end the connection, or say nothing more. */
  readonly cut?: { readonly bytes: number; readonly end: 'hang up' | 'stall' };
}

export type Answer = (asked: Asked) => Reply;

export interface GitLabServer {
  readonly url: string;
  /** Every request so far. */
  readonly asked: Asked[];
  /** Replaces how requests are answered. */
  answer: Answer;
  close(): Promise<void>;
}

/** A real HTTP server on this machine that answers as a test says. */
export async function startGitLabServer(answer: Answer): Promise<GitLabServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const origin = `http://${request.headers.host}`;
    const url = new URL(request.url ?? '/', origin);
    const one: Asked = {
      method: request.method ?? '',
      path: url.pathname.replace(/^\/api\/v4\//, ''),
      query: url.searchParams,
      headers: request.headers,
      origin,
    };
    asked.push(one);
    send(response, live.answer(one));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const live: GitLabServer = {
    url: `http://127.0.0.1:${port}`,
    asked,
    answer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return live;
}

function send(response: ServerResponse, reply: Reply): void {
  const body = reply.text ?? JSON.stringify(reply.body ?? null);
  const type = reply.text === undefined ? 'application/json' : 'text/plain';
  response.writeHead(reply.status ?? 200, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    ...reply.headers,
  });
  if (reply.cut === undefined) {
    response.end(body);
    return;
  }
  const { bytes, end } = reply.cut;
  response.write(body.slice(0, bytes), () => {
    if (end === 'hang up') response.destroy();
  });
}

/** One page of rows with the `Link` header GitLab writes for keyset paging (`reference/gitlab.md` §1). */
export function keysetPage(asked: Asked, rows: readonly { readonly id: number }[], pageSize?: number): Reply {
  const size = pageSize ?? Number(asked.query.get('per_page') ?? 20);
  const cursor = asked.query.get('cursor');
  const after = cursor === null ? Number.POSITIVE_INFINITY : Number(Buffer.from(cursor, 'base64url').toString());
  const rest = rows.filter(({ id }) => id < after).sort((a, b) => b.id - a.id);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  if (last === undefined || rest.length <= size) return { body: page };
  const next = new URLSearchParams(asked.query);
  next.set('cursor', Buffer.from(String(last.id)).toString('base64url'));
  return { body: page, headers: { link: `<${asked.origin}/api/v4/${asked.path}?${next}>; rel="next"` } };
}

/** One page by number, with the header GitLab writes for offset paging. */
export function offsetPage(asked: Asked, rows: readonly unknown[], pageSize?: number): Reply {
  const size = pageSize ?? Number(asked.query.get('per_page') ?? 20);
  const page = Number(asked.query.get('page') ?? 1);
  const link = (to: number, rel: string) => {
    const query = new URLSearchParams(asked.query);
    query.set('page', String(to));
    return `<${asked.origin}/api/v4/${asked.path}?${query}>; rel="${rel}"`;
  };
  const links = [link(1, 'first'), ...(page * size < rows.length ? [link(page + 1, 'next')] : [])];
  return { body: rows.slice((page - 1) * size, page * size), headers: { link: links.join(', ') } };
}

/** What GitLab answers where something is not offered, not allowed or not there. */
export const NOT_FOUND: Reply = { status: 404, body: { message: '404 Not Found' } };
export const FORBIDDEN: Reply = { status: 403, body: { message: '403 Forbidden' } };
export const UNAUTHORIZED: Reply = { status: 401, body: { message: '401 Unauthorized' } };
