import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface AwsStand {
  readonly url: string;
  /** Every request: the operation (`X-Amz-Target`, else the path) and the parsed body. */
  readonly requests: { operation: string; body: Record<string, unknown> }[];
  close(): Promise<void>;
}

/** A server that answers AWS JSON calls and plain posts as the test says. */
export async function openAwsStand(
  answer: (operation: string, body: Record<string, unknown>) => Answer,
): Promise<AwsStand> {
  const requests: AwsStand['requests'] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = JSON.parse(Buffer.concat(parts).toString('utf8'));
    const operation = String(request.headers['x-amz-target'] ?? request.url);
    requests.push({ operation, body });
    const given = answer(operation, body);
    response.writeHead(given.status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(given.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
