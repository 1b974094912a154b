import { describe, expect, it } from 'vitest';
import { type AxiomRow, type QueryOptions, TooManyRowsError } from '../../../functions/adapters/axiom/client.ts';
import { GITLAB_LOG_FIELDS } from '../../../functions/adapters/axiom/fields.ts';
import { axiomLogs, type LogOptions } from '../../../functions/adapters/axiom/logs.ts';
import { spanFor } from '../../../functions/adapters/axiom/spans.ts';
import { HOUR, MINUTE } from '../../../functions/core/time.ts';
import { ConfigError, TransientError } from '../../../functions/runtime/errors.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';
import { at, HOUR_START, refusedRow, usedRow } from './log-rows.ts';

const WINDOW = { start: HOUR_START, end: HOUR_START + HOUR };
const ALL_COLUMNS = ['_time', ...Object.values(GITLAB_LOG_FIELDS)];

interface Said {
  readonly columns?: readonly string[];
  /** Lines of the window, whatever they say. */
  readonly lines?: number;
  readonly rows?: readonly AxiomRow[] | Error;
  readonly options?: Partial<LogOptions>;
}

/** Reads the hour from an Axiom that answers so, and tells what it was asked. */
async function read({ columns = ALL_COLUMNS, lines = 100, rows = [usedRow()], options = {} }: Said = {}) {
  const asked: { readonly apl: string; readonly range: QueryOptions['range'] }[] = [];
  const query = async (apl: string, { range }: QueryOptions) => {
    if (apl.includes('getschema')) return columns.map((name) => ({ ColumnName: name, ColumnType: 'string' }));
    asked.push({ apl, range });
    if (apl.includes('summarize lines')) return [{ lines }];
    if (rows instanceof Error) throw rows;
    return rows;
  };
  const source = axiomLogs({
    client: { query },
    cache: { get: async () => undefined, put: async () => {} },
    dataset: 'gitlab-logs',
    overrides: {},
    ipv6PrefixLength: 64,
    slackMs: 30 * MINUTE,
    lateMs: 15 * MINUTE,
    clock: new FakeClock(WINDOW.end),
    ...options,
  });
  return { ...(await source.read({ window: WINDOW, deadline: WINDOW.end + MINUTE })), asked };
}

describe("GitLab's logs", () => {
  it('are evidence with exact times, and complete where all of the window was read', async () => {
    const { uses, credentials, coverage } = await read({
      rows: [usedRow(), refusedRow({ first: at(20), last: at(21) })],
    });
    expect(uses.map(({ strength, times }) => [strength, times])).toEqual([
      ['used', 5],
      ['refused', 2],
    ]);
    expect(credentials.map(({ id }) => id)).toEqual(['token/12']);
    expect(coverage).toEqual({
      status: 'complete',
      why: [],
      counts: {
        requests: 7,
        uses: 1,
        refused: 1,
        skippedMalformed: 0,
        otherTokens: 0,
        unknownRefusals: 0,
        unreadMinutes: 0,
      },
      pages: 1,
      oldest: HOUR_START + 5 * MINUTE,
      newest: HOUR_START + 21 * MINUTE,
    });
  });

  it('with lines that cannot be read are partial, and say how many', async () => {
    const { uses, coverage } = await read({ rows: [usedRow(), usedRow({ address: '-' })] });
    expect(uses).toHaveLength(1);
    expect(coverage).toMatchObject({ status: 'partial', why: [expect.stringContaining('5 requests')] });
  });

  it('without any request that holds a token are complete where there are lines', async () => {
    const { coverage } = await read({ rows: [] });
    expect(coverage).toMatchObject({ status: 'complete', pages: 2 });
  });

  it('without a line in the window may not be arriving', async () => {
    const { coverage } = await read({ rows: [], lines: 0 });
    expect(coverage).toMatchObject({
      status: 'partial',
      why: ["Axiom dataset gitlab-logs has no line in this window: GitLab's logs may not be arriving there."],
    });
  });

  it('without a line in a day may not be arriving either, whatever columns there should be', async () => {
    const { coverage, asked } = await read({ columns: ['_time', '_sysTime'] });
    expect(coverage).toMatchObject({ status: 'partial', why: [expect.stringContaining('24 hours')] });
    expect(asked).toEqual([]);
  });

  it.each([new TransientError('Axiom answered 503'), new ConfigError('Axiom refused the token (403)')])(
    'that cannot be read are unavailable: %s',
    async (rows) => {
      const { uses, coverage } = await read({ rows });
      expect(uses).toEqual([]);
      expect(coverage).toMatchObject({
        status: 'unavailable',
        why: ["GitLab's logs could not be read for 60 minutes of the window.", `${rows.message}.`],
      });
    },
  );

  it('that are too many in every minute are unavailable, after every minute was tried', async () => {
    const { coverage, asked } = await read({ rows: new TooManyRowsError('more rows than one answer holds') });
    expect(coverage).toMatchObject({ status: 'unavailable', counts: { unreadMinutes: 60 } });
    expect(asked.length).toBeGreaterThan(60);
  });

  it('do not hide a bug', async () => {
    await expect(read({ rows: new RangeError('bug') })).rejects.toThrow('bug');
  });
});

describe('the columns of the logs', () => {
  const without = (...names: readonly string[]) => ALL_COLUMNS.filter((name) => !names.includes(name));

  it.each(['status', 'token_id', 'token_type'])('must hold %s', async (name) => {
    const { coverage } = await read({ columns: without(name) });
    expect(coverage).toMatchObject({ status: 'unavailable', why: [expect.stringContaining(name)] });
    expect(coverage.why[0]).toContain('axiom.gitlabFields');
  });

  it('must hold one with addresses', async () => {
    expect((await read({ columns: without('meta.remote_ip', 'remote_ip') })).coverage.status).toBe('unavailable');
    expect((await read({ columns: without('meta.remote_ip') })).coverage.status).toBe('complete');
    expect((await read({ columns: without('remote_ip') })).coverage.status).toBe('complete');
  });

  it('may be called otherwise', async () => {
    const { coverage, asked } = await read({
      columns: [...without('token_id'), "odd'name"],
      options: { overrides: { tokenId: "odd'name" } },
    });
    expect(coverage.status).toBe('complete');
    expect(asked[0]?.apl).toContain(String.raw`['odd\'name']`);
  });

  it('of refusals are asked for although nobody was ever refused, unless a setting says no', async () => {
    const columns = without('meta.auth_fail_reason', 'meta.auth_fail_token_id');
    expect((await read({ columns })).asked[0]?.apl).toContain("column_ifexists('meta.auth_fail_reason', '')");
    const { asked } = await read({ options: { overrides: { failReason: '', failToken: '' } } });
    expect(asked[0]?.apl).not.toContain('auth_fail');
  });

  it('with the time decide how far behind lines are looked for', async () => {
    expect((await read()).asked[0]?.range).toEqual({ start: WINDOW.start, end: WINDOW.end + 15 * MINUTE });
    expect((await read({ columns: without('time') })).asked[0]?.range).toEqual(WINDOW);
  });
});

describe('the spans in which requests are counted', () => {
  it('are no longer than the slack, as far as that is a minute, and never cross a full hour', () => {
    for (let slack = 0; slack <= 60; slack++) {
      const span = spanFor(slack * MINUTE);
      expect(span).toBeLessThanOrEqual(Math.max(1, slack) * MINUTE);
      expect(span % MINUTE).toBe(0);
      expect(HOUR % span).toBe(0);
    }
    expect(spanFor(30 * MINUTE)).toBe(15 * MINUTE);
  });
});
