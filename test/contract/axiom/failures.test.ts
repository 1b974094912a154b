import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, RateLimitedError, TransientError } from '../../../functions/runtime/errors.ts';
import { AxiomServer, type Fault, TOKEN, tabular } from '../support/axiom-server.ts';
import { connect, failureOf, NOW } from '../support/axiom-setup.ts';

let server: AxiomServer;

beforeAll(async () => {
  server = await new AxiomServer().start();
});
beforeEach(() => {
  Object.assign(server, { faults: [], tokens: new Set([TOKEN]), answer: () => tabular(['n'], [[1]]) });
  server.requests.length = 0;
});
afterAll(() => server.close());

/** Everything of the error that could be printed somewhere. */
function everythingOf(error: unknown): string {
  return inspect(error, { depth: 10, showHidden: true });
}

describe('a failure that passes', () => {
  const passing: [string, Fault][] = [
    ['500', { status: 500, text: 'hostile body' }],
    ['502', { status: 502, text: 'hostile body' }],
    ['503', { status: 503, text: 'hostile body' }],
    ['504', { status: 504, text: 'hostile body' }],
    ['408', { status: 408, text: 'hostile body' }],
    ['429', { status: 429, body: { message: 'hostile body' } }],
    ['an empty 204', { status: 204, text: '' }],
    ['a dropped socket', { cutAfter: 0 }],
    ['a body that is cut', { body: tabular(['hostile body'], [[1]]), cutAfter: 60 }],
    ['a page that is no JSON', { text: '<html>hostile body</html>' }],
  ];

  it.each(passing)('is tried again after %s, with a pause on our clock', async (_, fault) => {
    server.faults = [fault, fault];
    const { query, slept } = connect(server);
    expect(await query()).toEqual([{ n: 1 }]);
    expect(slept).toEqual([250, 500]);
    expect(server.requests).toHaveLength(3);
  });

  it.each(passing)('is given up after the third time of %s, without repeating a body', async (_, fault) => {
    server.faults = [fault, fault, fault];
    const error = await failureOf(connect(server).query());
    expect(error instanceof TransientError || error instanceof RateLimitedError).toBe(true);
    expect(error.message).toMatch(/dataset requests/);
    expect(everythingOf(error)).not.toMatch(/hostile|xaat/);
    expect(server.requests).toHaveLength(3);
  });

  it('is not tried again when the pause would pass the deadline', async () => {
    server.faults = [{ status: 503 }];
    const { query, slept } = connect(server, { timeLeft: 200 });
    await expect(query()).rejects.toThrow('Axiom answered 503 to a query of dataset requests');
    expect(slept).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  it('is not even asked after the deadline', async () => {
    await expect(connect(server, { timeLeft: 0 }).query()).rejects.toThrow('There was no time left');
    expect(server.requests).toHaveLength(0);
  });

  it('is an answer that does not end before the deadline', async () => {
    server.faults = [{ hang: true }];
    const error = await failureOf(connect(server, { timeLeft: 60 }).query());
    expect(error).toBeInstanceOf(TransientError);
    expect(error.message).toBe(
      'Axiom could not be reached for a query of dataset requests: no whole answer within 60 ms',
    );
  });

  it('is a host where nobody listens', async () => {
    const gone = await new AxiomServer().start();
    await gone.close();
    const error = await failureOf(connect(gone).query());
    expect(error).toBeInstanceOf(TransientError);
    expect(error.message).toContain('ECONNREFUSED');
  });
});

describe('a pause Axiom asks for', () => {
  it.each([
    ['seconds', '7', 7_000],
    ['a date', new Date(NOW + 9_000).toUTCString(), 9_000],
  ])('in %s is kept, and jitter comes on top', async (_, header, ms) => {
    server.faults = [{ status: 429, headers: { 'retry-after': header } }];
    const { query, slept } = connect(server);
    expect(await query()).toEqual([{ n: 1 }]);
    expect(slept).toEqual([ms + 250]);
  });

  it('is kept with a 503 too', async () => {
    server.faults = [{ status: 503, headers: { 'retry-after': '4' } }];
    const { query, slept } = connect(server);
    await query();
    expect(slept).toEqual([4_250]);
  });

  it('is not read from headers that speak of other limits', async () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 3600) };
    server.faults = [{ status: 429, headers }];
    const { query, slept } = connect(server);
    await query();
    expect(slept).toEqual([250]);
  });

  it('beyond the deadline fails, and later queries keep it, while ingest goes on', async () => {
    server.faults = [{ status: 429, headers: { 'retry-after': '3600' } }];
    const { query, ingest, slept } = connect(server);
    const error = await failureOf(query());
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error.message).toBe('Axiom answered 429 to a query of dataset requests: too many requests');
    await expect(query()).rejects.toBeInstanceOf(RateLimitedError);
    expect(server.requests).toHaveLength(1);
    await ingest([{ a: 1 }]);
    expect(server.requests).toHaveLength(2);
    expect(slept).toEqual([]);
  });
});

describe('a refused token', () => {
  it.each([401, 403])('is read afresh after %d, and the query asked once more', async (status) => {
    server.faults = [{ status, body: { message: 'forbidden' } }];
    const { query, reads, slept } = connect(server, { tokens: ['xaat-old', TOKEN] });
    expect(await query()).toEqual([{ n: 1 }]);
    expect(reads).toEqual(['kept', 'fresh']);
    expect(slept).toEqual([]);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer xaat-old', `Bearer ${TOKEN}`]);
  });

  it.each([401, 403])('is a wrong setting when the fresh one is refused with %d, too', async (status) => {
    server.faults = [{ status }, { status }];
    const error = await failureOf(connect(server, { tokens: ['xaat-old', 'xaat-new'] }).query());
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toBe(
      `Axiom refused a query of dataset requests (${status}): the token in secret latchkey/axiom is wrong, has expired or lacks the permission`,
    );
    expect(everythingOf(error)).not.toContain('xaat-');
    expect(server.requests).toHaveLength(2);
  });

  it('is not tried again when it is the same afresh', async () => {
    server.tokens.clear();
    await expect(connect(server).query()).rejects.toBeInstanceOf(ConfigError);
    expect(server.requests).toHaveLength(1);
  });

  it('is not sent where HTTP cannot carry it, nor repeated', async () => {
    const error = await failureOf(connect(server, { tokens: ['xaat-line\nbreak'] }).query());
    expect(error).toBeInstanceOf(ConfigError);
    expect(everythingOf(error)).not.toContain('xaat-');
    expect(server.requests).toHaveLength(0);
  });
});

describe('a wrong setting', () => {
  it('is a dataset that is not there, named', async () => {
    server.faults = [{ status: 404, body: { message: 'hostile body' } }];
    const error = await failureOf(connect(server).query());
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toMatch(/^Axiom has no dataset requests \(404\): check its name in the settings/);
    expect(everythingOf(error)).not.toContain('hostile');
    expect(server.requests).toHaveLength(1);
  });

  it('is a URL that redirects: the token does not follow', async () => {
    const elsewhere = await new AxiomServer().start();
    try {
      server.faults = [{ status: 307, headers: { location: `${elsewhere.url}/v1/datasets/_apl` } }];
      const error = await failureOf(connect(server).query());
      expect(error).toBeInstanceOf(ConfigError);
      expect(error.message).toContain('a redirect');
      expect(elsewhere.requests).toHaveLength(0);
    } finally {
      await elsewhere.close();
    }
  });
});
