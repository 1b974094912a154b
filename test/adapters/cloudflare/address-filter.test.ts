import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressFilters, textPatterns } from '../../../functions/adapters/cloudflare/address-filter.ts';
import { type Address, networkOf, parseAddress } from '../../../functions/core/address.ts';

const parsed = (text: string): Address => {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(text);
  return address;
};
const like = (pattern: string) => new RegExp(`^${pattern.split('%').join('.*')}$`);
const group = fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 1, max: 0xffff }));
const ipv6 = fc
  .tuple(fc.integer({ min: 0x2000, max: 0x3fff }), fc.array(group, { minLength: 7, maxLength: 7 }))
  .map(([first, rest]) => parsed([first, ...rest].map((part) => part.toString(16)).join(':')));

describe('patterns of an IPv6 network', () => {
  it('match the text of every address in it, whichever zeros are shortened', () => {
    fc.assert(
      fc.property(ipv6, fc.constantFrom(32, 48, 56, 64, 80, 128), (address, length) => {
        const patterns = textPatterns(networkOf(address, length));
        expect(patterns.some((pattern) => like(pattern).test(address.canonical))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['2a01:db8:1:2::/64', ['2a01:db8:1:2:%']],
    ['2a01:db8::/64', ['2a01:db8:0:0:%', '2a01:db8::%']],
    ['2a01:db8:1::/64', ['2a01:db8:1:0:%', '2a01:db8:1::%']],
    ['2a01:0:0:7::/64', ['2a01:0:0:7:%', '2a01::7:%']],
    ['2a01:db8:1:2::9/128', ['2a01:db8:1:2::9']],
  ])('of %s are few', (network, patterns) => {
    expect(textPatterns(network)).toEqual(patterns);
  });
});

describe('filters', () => {
  it('want every address they were made of, once, in batches of at most 100', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.oneof(ipv6, fc.ipV4().map(parsed)), {
          maxLength: 250,
          selector: ({ canonical }) => canonical,
        }),
        (addresses) => {
          const filters = addressFilters(addresses, 64);
          for (const address of addresses) expect(filters.filter((filter) => filter.wants(address))).toHaveLength(1);
          for (const { variables } of filters) expect(variables.ips?.value.length).toBeLessThanOrEqual(100);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('want the neighbours of an IPv6 address and not those of an IPv4 address', () => {
    const [v4, v6] = addressFilters(['192.0.2.1', '2a01:db8:1:2::1'].map(parsed), 64);
    expect(v6?.wants(parsed('2a01:db8:1:2:aaaa::9'))).toBe(true);
    expect(v6?.wants(parsed('2a01:db8:1:3::1'))).toBe(false);
    expect(v4?.wants(parsed('192.0.2.2'))).toBe(false);
  });

  it('hold no text from outside, only variables', () => {
    for (const { clauses } of addressFilters(['192.0.2.1', '2a01:db8::1'].map(parsed), 64)) {
      expect(clauses.join()).not.toMatch(/192|2a01/);
    }
  });
});
