import { describe, expect, it } from 'vitest';
import { readSightingRow, readTotals, type SightingContext } from '../../../functions/adapters/axiom/sighting-rows.ts';

const CONTEXT: SightingContext = { dataset: 'edge', method: 'bot-score', ipv6PrefixLength: 64, askedBack: true };
const AT = Date.parse('2026-03-01T11:00:00.123Z');

const ROW = {
  address: '203.0.113.7',
  gitlab: false,
  requests: 3,
  first: '2026-03-01T11:00:00.123Z',
  last: '2026-03-01T11:05:00Z',
  score: 1,
  asn: 64500,
  countries: ['NL'],
  hosts: ['shop.example.com'],
  paths: ['/login'],
  ja4: ['abc'],
};

function read(changes: Readonly<Record<string, unknown>>) {
  return readSightingRow({ ...ROW, ...changes }, CONTEXT);
}

/** The sighting of a row that is one. */
function sighting(changes: Readonly<Record<string, unknown>>) {
  const row = read(changes);
  if (row.kind !== 'sighting') throw new Error(`the row is ${row.kind}`);
  return row.sighting;
}

describe('a row about an address', () => {
  it.each([
    ['RFC 3339', '2026-03-01T11:00:00.123Z'],
    ['RFC 3339 with nanoseconds', '2026-03-01T11:00:00.123456789Z'],
    ['RFC 3339 with an offset', '2026-03-01T16:45:00.123+05:45'],
    ['milliseconds', AT],
    ['milliseconds as text', String(AT)],
    ['microseconds', AT * 1000 + 7],
    ['nanoseconds', AT * 1_000_000],
    ['nanoseconds as text', `${AT}456789`],
    ['seconds with a fraction', AT / 1000 + 0.0001],
  ])('may have its times in %s', (_form, first) => {
    expect(sighting({ first }).seen.notBefore).toBe(AT);
  });

  it('may have seconds for times', () => {
    expect(sighting({ first: Math.floor(AT / 1000) }).seen.notBefore).toBe(AT - 123);
  });

  it.each([
    ['a list', ['a', 'b'], ['a', 'b']],
    ['a list as JSON text', '["a","b"]', ['a', 'b']],
    ['a single text', 'a', ['a']],
    ['text that only looks like JSON', '[a', ['[a']],
    ['null', null, []],
    ['nothing', undefined, []],
    ['a list with more than texts', ['a', null, 5, '', ['b']], ['a']],
    ['something else', { a: 1 }, []],
  ])('may have a set as %s', (_form, hosts, expected) => {
    expect(sighting({ hosts }).hosts).toEqual(expected);
  });

  it('may have numbers as texts', () => {
    expect(sighting({ requests: '12', score: '29', asn: '4200000000' })).toMatchObject({
      requests: 12,
      lowestBotScore: 29,
      asn: 4_200_000_000,
    });
  });

  it.each([
    ['score', { score: 0 }, 'lowestBotScore'],
    ['score', { score: null }, 'lowestBotScore'],
    ['score', { score: 'low' }, 'lowestBotScore'],
    ['ASN', { asn: 0 }, 'asn'],
    ['ASN', { asn: 2 ** 32 }, 'asn'],
    ['country', { countries: ['Atlantis'] }, 'country'],
    ['country', { countries: null }, 'country'],
  ])('says nothing of a %s that is none: %o', (_what, changes, field) => {
    expect(sighting(changes)).not.toHaveProperty(field);
  });

  it('keeps no more of a text than there is room for, and nothing of a query', () => {
    const { hosts, paths } = sighting({ hosts: ['h'.repeat(5000)], paths: [`/a?token=${'x'.repeat(5000)}`, '/b#c'] });
    expect(hosts[0]).toHaveLength(200);
    expect(paths).toEqual(['/a', '/b']);
  });

  it.each([true, 'true', 1])("knows GitLab's own hosts by %o", (gitlab) => {
    expect(read({ gitlab })).toMatchObject({ kind: 'sighting', onGitlab: true });
  });

  it.each([false, 'false', 0, null, undefined])('knows other hosts by %o', (gitlab) => {
    expect(read({ gitlab })).toMatchObject({ kind: 'sighting', onGitlab: false });
  });

  it.each(['-', '', '203.0.113.7:443', '203.0.113.300', ' 203.0.113.7', '2001:db8::/64', 'fe80::1%eth0'])(
    'has no address in %o',
    (address) => {
      expect(read({ address })).toEqual({ kind: 'no-address', requests: 3 });
    },
  );

  it.each(['104.16.0.1', '::ffff:104.16.0.1', '2a06:98c0:3600::103'])("is nobody's where it is %s", (address) => {
    expect(read({ address })).toEqual({ kind: 'of-cloudflare', requests: 3 });
  });

  it.each([
    { address: null },
    { first: null },
    { first: 'yesterday' },
    { first: '2026-13-41T00:00:00Z' },
    { last: -5 },
    { last: '2026-03-01T10:00:00Z' },
  ])('cannot be read: %o', (changes) => {
    expect(read(changes)).toEqual({ kind: 'unreadable', requests: 3 });
  });

  it('cannot be read without a number of requests', () => {
    for (const requests of [null, 'many', -1, Number.NaN]) {
      expect(read({ requests })).toEqual({ kind: 'unreadable', requests: 0 });
    }
  });
});

describe('the row of totals', () => {
  const counts = { rows: 5, requests: '3', addresses: 2, ofCloudflare: 0, onGitlabHosts: null, withoutAddress: 0 };
  const row = { ...counts, scored: 5, unreadable: 0, oldest: '2026-03-01T11:00:00.123Z', newest: null };

  it('may have numbers as texts, and nothing where nothing was added up', () => {
    expect(readTotals(row)).toMatchObject({ rows: 5, requests: 3, onGitlabHosts: 0, oldest: AT });
    expect(readTotals(row)?.newest).toBeUndefined();
  });

  it('may be missing where there was nothing to add up', () => {
    expect(readTotals(undefined)).toMatchObject({ rows: 0, addresses: 0 });
  });

  it.each([{ rows: undefined }, { addresses: 'some' }, { requests: -1 }])('cannot be read: %o', (changes) => {
    expect(readTotals({ ...row, ...changes })).toBeUndefined();
  });
});
