import { plainText } from '../../core/hostile-text.ts';
import type { EpochMs } from '../../core/time.ts';
import { BadInputError } from '../../runtime/errors.ts';
import type { AxiomClient } from './client.ts';

/** What Axiom takes in one request (`reference/axiom.md` §3): events, and bytes of NDJSON before compression. */
const CHUNK = { events: 10_000, bytes: 1_000_000 } as const;

/** Requests under way at once. */
const LANES = 4;

/** Writes to the correlation dataset. */
export class AxiomReports {
  readonly #client: Pick<AxiomClient, 'ingest'>;
  readonly #dataset: string;

  constructor({ client, dataset }: { client: Pick<AxiomClient, 'ingest'>; dataset: string }) {
    this.#client = client;
    this.#dataset = dataset;
  }

  /**
   * Sends events in chunks, taken in order, some of them at once. Resolves when every event is stored; after a failure
   * no further chunk is begun, and those under way have ended when it rejects.
   * @throws BadInputError for an event that is too large, naming its `row_key` · what `AxiomClient.ingest` throws
   */
  async send(events: Iterable<object>, deadline: EpochMs): Promise<{ events: number; requests: number }> {
    const sent = { events: 0, requests: 0 };
    const chunks = chunksOf(events);
    const lane = async () => {
      // The lanes share one iterator; leaving the loop by a throw ends it for all of them.
      for (const chunk of chunks) {
        await this.#client.ingest(this.#dataset, chunk, deadline);
        sent.events += chunk.length;
        sent.requests += 1;
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
    const failed = lanes.find((ended) => ended.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return sent;
  }
}

function* chunksOf(events: Iterable<object>): Generator<object[]> {
  let chunk: object[] = [];
  let bytes = 0;
  for (const event of events) {
    const size = sizeOf(event);
    if (chunk.length === CHUNK.events || bytes + size > CHUNK.bytes) {
      if (chunk.length > 0) yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(event);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}

/** Bytes of the event as one line of NDJSON. */
function sizeOf(event: object): number {
  const size = Buffer.byteLength(JSON.stringify(event)) + 1;
  if (size <= CHUNK.bytes) return size;
  const key = 'row_key' in event && typeof event.row_key === 'string' ? plainText(event.row_key, 100) : 'without a key';
  throw new BadInputError(`Report row ${key} has ${size} bytes; at most ${CHUNK.bytes} are allowed`);
}
