import { describe, expect, it } from 'vitest';
import { AxiomReports } from '../../../functions/adapters/axiom/report-writer.ts';
import { BadInputError, TransientError } from '../../../functions/runtime/errors.ts';

/** A client whose every request waits until the test ends it. */
function slowClient() {
  const open: { events: number; end: (error?: Error) => void }[] = [];
  return {
    open,
    ingest: (_dataset: string, events: readonly object[]) =>
      new Promise<void>((resolve, reject) => {
        const end = (error?: Error) => (error === undefined ? resolve() : reject(error));
        open.push({ events: events.length, end });
      }),
  };
}

/** Lets everything run that waits for nothing outside. */
function settle() {
  return new Promise((resolve) => setImmediate(resolve));
}

function rows(count: number) {
  return Array.from({ length: count }, (_, index) => ({ row_key: `key-${index}` }));
}

function send(client: Pick<ReturnType<typeof slowClient>, 'ingest'>, events: Iterable<object>) {
  return new AxiomReports({ client, dataset: 'report' }).send(events, 0);
}

describe('a report in several chunks', () => {
  it('has four requests under way at once, and another when one has ended', async () => {
    const client = slowClient();
    const sending = send(client, rows(55_000));
    await settle();
    expect(client.open.map(({ events }) => events)).toEqual([10_000, 10_000, 10_000, 10_000]);
    client.open[2]?.end();
    await settle();
    expect(client.open).toHaveLength(5);
    for (let next = 0; next < client.open.length; next++) {
      client.open[next]?.end();
      await settle();
    }
    expect(await sending).toEqual({ events: 55_000, requests: 6 });
  });

  it('begins no further request after a failure, and rejects once those under way have ended', async () => {
    const client = slowClient();
    let ended = false;
    const sending = send(client, rows(90_000)).finally(() => {
      ended = true;
    });
    sending.catch(() => undefined);
    await settle();
    client.open[1]?.end(new TransientError('refused'));
    await settle();
    client.open[0]?.end();
    client.open[2]?.end();
    await settle();
    expect(ended).toBe(false);
    client.open[3]?.end();
    await expect(sending).rejects.toThrow('refused');
    expect(client.open).toHaveLength(4);
  });

  it('reads events only as they are sent', async () => {
    let taken = 0;
    const events = function* () {
      for (; taken < 100_000; taken++) yield { row_key: `key-${taken}` };
    };
    const sending = send(slowClient(), events());
    await settle();
    expect(taken).toBe(40_000);
    sending.catch(() => undefined);
  });
});

describe('a chunk', () => {
  const line = (bytes: number) => ({ text: 'x'.repeat(bytes - JSON.stringify({ text: '' }).length - 1) });
  const client = { ingest: async () => undefined };

  it('is as large as the bound and no larger', async () => {
    expect(await send(client, [line(400_000), line(600_000)])).toEqual({ events: 2, requests: 1 });
    expect(await send(client, [line(400_000), line(600_001)])).toEqual({ events: 2, requests: 2 });
  });
});

describe('an event that no request can take', () => {
  const client = { ingest: async () => undefined };

  it('is named by its key', async () => {
    const large = { row_key: 'the-large-one', text: 'é'.repeat(500_000) };
    const sending = send(client, [...rows(2), large]);
    await expect(sending).rejects.toBeInstanceOf(BadInputError);
    await expect(sending).rejects.toThrow('Report row the-large-one has 1000038 bytes; at most 1000000 are allowed');
  });

  it('is named as one without a key where it has none', async () => {
    await expect(send(client, [{ row_key: 7, text: 'x'.repeat(1_000_000) }])).rejects.toThrow(
      /^Report row without a key has/,
    );
  });

  it('is the first that is larger than the bound: one just as large is sent', async () => {
    const empty = JSON.stringify({ row_key: 'k', text: '' }).length + 1;
    const fits = { row_key: 'k', text: 'x'.repeat(1_000_000 - empty) };
    expect(await send(client, [fits])).toEqual({ events: 1, requests: 1 });
    await expect(send(client, [{ ...fits, text: `${fits.text}x` }])).rejects.toThrow('1000001 bytes');
  });
});
