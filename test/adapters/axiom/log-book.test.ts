import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AxiomRow } from '../../../functions/adapters/axiom/client.ts';
import { LogBook } from '../../../functions/adapters/axiom/log-book.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import { at, HOUR_START, refusedRow, usedRow } from './log-rows.ts';

function evidence(...rows: readonly AxiomRow[]) {
  const book = new LogBook({ spanMs: 15 * MINUTE, ipv6PrefixLength: 64 });
  book.add(rows);
  return book.evidence();
}

const between = (first: number, last: number) => ({
  notBefore: HOUR_START + first * MINUTE,
  notAfter: HOUR_START + last * MINUTE,
});

describe('requests with a token', () => {
  it('are one use with the first and last instant, counted', () => {
    expect(evidence(usedRow())).toEqual({
      uses: [
        {
          credential: 'token/12',
          address: '203.0.113.9',
          network: '203.0.113.9',
          original: '203.0.113.9',
          at: between(5, 10),
          strength: 'used',
          sources: ['logs'],
          times: 5,
          calls: ['GET /api/:version/projects'],
        },
      ],
      credentials: [{ id: 'token/12', kind: 'personal', owner: { id: 7, username: 'sam' } }],
      counts: { requests: 5, uses: 1, refused: 0, skippedMalformed: 0, otherTokens: 0, unknownRefusals: 0 },
      oldest: between(5, 10).notBefore,
      newest: between(5, 10).notAfter,
    });
  });

  it('keep the text that their address was written as', () => {
    const { uses } = evidence(usedRow({ address: '2001:DB8:0:1::9, 10.0.0.1' }));
    expect(uses[0]).toMatchObject({
      address: '2001:db8:0:1::9',
      network: '2001:db8:0:1::/64',
      original: '2001:DB8:0:1::9, 10.0.0.1',
    });
  });

  it('of OAuth are uses of its own kind of credential', () => {
    const { uses, credentials } = evidence(usedRow({ type: 'OauthAccessToken' }));
    expect([uses[0]?.credential, credentials[0]?.kind]).toEqual(['oauth/12', 'oauth']);
  });

  it('may have their id written as a number with a fraction', () => {
    expect(evidence(usedRow({ token: '12.0' })).uses[0]?.credential).toBe('token/12');
  });

  it('in one span of time are one use, however they were asked for or written', () => {
    const { uses, counts } = evidence(
      usedRow({ address: '::ffff:203.0.113.9', requests: 2, first: at(1), last: at(2), calls: ['a'] }),
      usedRow({ requests: 3, first: at(8), last: at(14), calls: ['a', 'b'] }),
    );
    expect(uses).toMatchObject([{ at: between(1, 14), times: 5, calls: ['a', 'b'] }]);
    expect(counts).toMatchObject({ requests: 5, uses: 1 });
  });

  it.each([
    ['credential', { token: '13' }],
    ['address', { address: '203.0.113.10' }],
    ['span of time', { first: at(15), last: at(16) }],
  ])('of another %s are another use', (_what, difference) => {
    expect(evidence(usedRow(), usedRow(difference)).uses).toHaveLength(2);
  });

  it('tell of each credential whom most requests name, and every scope', () => {
    const { credentials } = evidence(
      usedRow({ user: '1', username: 'root', requests: 1, scopeLists: ['["read_user"]'] }),
      usedRow({ first: at(20), last: at(25), scopeLists: ['[:api, :read_user]', ''] }),
    );
    expect(credentials).toEqual([
      { id: 'token/12', kind: 'personal', owner: { id: 7, username: 'sam' }, scopes: ['read_user', 'api'] },
    ]);
  });

  it('say nothing of scopes or owners where the log does not', () => {
    const { credentials } = evidence(usedRow({ user: '', username: '', scopeLists: ['[]'] }));
    expect(credentials).toEqual([{ id: 'token/12', kind: 'personal' }]);
  });
});

describe('requests that were turned away', () => {
  it('are refusals of the token they tried, with the reason', () => {
    const { uses, credentials } = evidence(refusedRow());
    expect(uses).toMatchObject([
      { credential: 'token/12', strength: 'refused', refusal: 'token_revoked', times: 2, at: between(5, 5) },
    ]);
    expect(credentials).toEqual([{ id: 'token/12', kind: 'personal' }]);
  });

  it('stay apart by reason', () => {
    expect(evidence(refusedRow(), refusedRow({ reason: 'token_expired' })).uses).toHaveLength(2);
  });

  it('may have been let in by another credential, and count as its use too', () => {
    const { uses, credentials, counts } = evidence(
      usedRow({ refused: true, reason: 'insufficient_scope', tried: 'OauthAccessToken/3' }),
    );
    expect(uses.map(({ credential, strength }) => [credential, strength])).toEqual([
      ['token/12', 'used'],
      ['oauth/3', 'refused'],
    ]);
    expect(credentials).toEqual([
      { id: 'token/12', kind: 'personal', owner: { id: 7, username: 'sam' } },
      { id: 'oauth/3', kind: 'oauth' },
    ]);
    expect(counts.requests).toBe(5);
  });

  it.each(['', 'PersonalAccessToken', 'PersonalAccessToken/', 'CiJobToken/4', 'PersonalAccessToken/0', '12'])(
    'with a token named %j are counted only',
    (tried) => {
      const { uses, credentials, counts } = evidence(refusedRow({ tried }));
      expect([uses, credentials, counts.unknownRefusals, counts.skippedMalformed]).toEqual([[], [], 2, 0]);
    },
  );

  it.each(['token revoked by <https://evil.example>', 'x'.repeat(61)])(
    'for %j were so for an unknown reason',
    (reason) => {
      expect(evidence(refusedRow({ reason })).uses[0]?.refusal).toBe('unknown');
    },
  );
});

describe('rows that cannot be read', () => {
  it.each([
    ['no address', { address: '' }, 5],
    ['a bad address', { address: '203.0.113' }, 5],
    ['a bad token id', { token: 'twelve' }, 5],
    ['a token id of 0', { token: '0' }, 5],
    ['neither use nor refusal, as the status cannot be read', { used: false }, 5],
    ['no number of requests', { requests: null }, 1],
    ['no time', { first: null }, 1],
    ['a bad time', { last: 'soon' }, 1],
    ['an address of another type', { address: 4 }, 1],
  ])('for %s are left out and counted', (_what, broken, lines) => {
    const { uses, credentials, counts } = evidence(usedRow(broken), usedRow({ token: '13' }));
    expect(uses.map(({ credential }) => credential)).toEqual(['token/13']);
    expect(credentials).toHaveLength(1);
    expect(counts.skippedMalformed).toBe(lines);
  });

  it('for a type of token we do not know are counted apart', () => {
    const { uses, counts } = evidence(usedRow({ type: 'DeployToken' }), usedRow({ type: 'toString' }));
    expect([uses, counts.otherTokens, counts.skippedMalformed]).toEqual([[], 10, 0]);
  });

  it('never break the reading, and never yield more than there was', () => {
    const mess = fc.record(
      Object.fromEntries(
        Object.entries(usedRow()).map(([name, good]) => [
          name,
          fc.oneof({ weight: 4, arbitrary: fc.constant(good) }, fc.anything()),
        ]),
      ),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(mess, { maxLength: 6 }), (rows) => {
        const { uses, counts } = evidence(...rows);
        expect(uses.length).toBeLessThanOrEqual(2 * rows.length);
        for (const use of uses) expect(use.credential).toMatch(/^(?:token|oauth)\/\d+$/);
        expect(counts.requests + counts.skippedMalformed).toBeGreaterThanOrEqual(rows.length);
      }),
    );
  });
});

describe('text that others wrote', () => {
  it('is bounded', () => {
    const long = 'x'.repeat(10_000);
    const { uses, credentials } = evidence(
      usedRow({
        username: long,
        calls: [long, '', 4, ...'bcdefg'],
        address: `203.0.113.9,${long}`,
        scopeLists: [long],
      }),
    );
    expect(uses[0]?.calls).toHaveLength(7);
    expect(evidence(usedRow({ calls: [...'abcdefghijk'] })).uses[0]?.calls).toHaveLength(8);
    expect(JSON.stringify([uses, credentials]).length).toBeLessThan(5_000);
  });
});
