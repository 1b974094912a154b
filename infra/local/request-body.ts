import type { IncomingMessage } from 'node:http';

/** The whole body of a request; undefined when it is larger than `maxBytes`, which the caller answers. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    // Read on to the end, so that the client sees the answer and not a closed connection; keep nothing.
    if (size <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return size > maxBytes ? undefined : Buffer.concat(chunks);
}
