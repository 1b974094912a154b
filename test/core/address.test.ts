import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findAddresses, networkOf, parseAddress } from '../../functions/core/address.ts';

/** Eight 16-bit groups, often zero so that every kind of `::` comes up. */
const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 });

/** Groups that stand for no IPv4 address. */
const plainGroups = groups.filter((all) => all.slice(0, 5).some((group) => group !== 0) && all[0] !== 0x64);

/** One of the many ways to write eight groups. */
const written = plainGroups.chain((all) =>
  fc
    .record({ upper: fc.boolean(), padded: fc.boolean(), dotted: fc.boolean(), gap: fc.nat({ max: 7 }) })
    .map((style) => ({ all, text: write(all, style) })),
);

describe('parseAddress', () => {
  it('takes a dotted quad as it is', () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        expect(parseAddress(text)).toMatchObject({ family: 4, canonical: text });
      }),
    );
  });

  it('reads every way to write an IPv6 address as the same address, printed as RFC 5952 says', () => {
    fc.assert(
      fc.property(written, ({ all, text }) => {
        const plain = all.map((group) => group.toString(16)).join(':');
        // The URL standard prints IPv6 hosts by the same rules, in code that is not ours.
        const expected = new URL(`http://[${plain}]/`).hostname.slice(1, -1);
        expect(parseAddress(text)).toEqual(parseAddress(plain));
        expect(parseAddress(text)?.canonical).toBe(expected);
      }),
    );
  });

  it('parses what it printed to the same address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = parseAddress(text);
        expect(address).toBeDefined();
        expect(parseAddress(address?.canonical ?? '')).toEqual(address);
      }),
    );
  });

  it.each([
    ['IPv4-mapped, dotted', (quad: string) => `::ffff:${quad}`],
    ['IPv4-mapped, hexadecimal', (quad: string) => `::FFFF:${hexOf(quad)}`],
    ['IPv4-mapped, in full', (quad: string) => `0000:0:0:0:0:ffff:${quad}`],
    ['NAT64, dotted', (quad: string) => `64:ff9b::${quad}`],
    ['NAT64, hexadecimal', (quad: string) => `0064:FF9B:0:0:0:0:${hexOf(quad)}`],
  ])('folds to IPv4: %s', (_, form) => {
    fc.assert(
      fc.property(fc.ipV4(), (quad) => {
        expect(parseAddress(form(quad))).toEqual(parseAddress(quad));
      }),
    );
  });

  it.each([
    ['IPv4-compatible', '::1.2.3.4', '::102:304'],
    ['IPv4-translated', '::ffff:0:1.2.3.4', '::ffff:0:102:304'],
    ['local NAT64', '64:ff9b:1::1.2.3.4', '64:ff9b:1::102:304'],
    ['neighbours of the mapped range', '::fffe:1.2.3.4', '::fffe:102:304'],
  ])('keeps as IPv6: %s', (_, text, canonical) => {
    expect(parseAddress(text)).toMatchObject({ family: 6, canonical });
  });

  it.each([
    ['octal', '010.1.2.3'],
    ['octal inside IPv6', '::ffff:010.1.2.3'],
    ['hexadecimal IPv4', '0x7f.0.0.1'],
    ['three parts', '10.1.2'],
    ['five parts', '1.2.3.4.5'],
    ['a decimal number', '3232235777'],
    ['too large a part', '1.2.3.256'],
    ['an empty part', '1..3.4'],
    ['a zone id', 'fe80::1%eth0'],
    ['brackets', '[2001:db8::1]'],
    ['a port', '1.2.3.4:80'],
    ['a prefix length', '10.0.0.0/8'],
    ['space before', ' 1.2.3.4'],
    ['a newline behind', '1.2.3.4\n'],
    ['nothing', ''],
    ['two gaps', '1::2::3'],
    ['three colons', ':::'],
    ['a gap that stands for nothing', '1:2:3:4::5:6:7:8'],
    ['seven groups', '1:2:3:4:5:6:7'],
    ['nine groups', '1:2:3:4:5:6:7:8:9'],
    ['five digits', '12345::'],
    ['a colon at the end', '1:2:3:4:5:6:7:'],
    ['a colon at the end, after a gap', '1::2:'],
    ['a colon at the start', ':2:3:4:5:6:7:8'],
    ['a quad in the middle', '::1.2.3.4:5'],
    ['a quad too late', '1:2:3:4:5:6:7:1.2.3.4'],
    ['a quad too late, after a gap', '::2:3:4:5:6:7:1.2.3.4'],
    ['other digits', '١.2.3.4'],
    ['a full-width digit', '１.2.3.4'],
  ])('refuses %s', (_, text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('accepts exactly what Node takes for an address, whatever the text', () => {
    const nearly = fc.stringMatching(/^[0-9a-fA-F:.%g]{0,46}$/);
    fc.assert(
      fc.property(fc.oneof(nearly, mutated(), fc.string({ unit: 'binary' })), (text) => {
        expect(parseAddress(text) !== undefined).toBe(isIP(text) !== 0 && !text.includes('%'));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('networkOf', () => {
  it('is the address itself for IPv4, mapped or not', () => {
    for (const text of ['203.0.113.9', '::ffff:203.0.113.9']) {
      const address = parseAddress(text);
      expect(address && networkOf(address, 64)).toBe('203.0.113.9');
    }
  });

  it.each([
    [64, '2001:db8:1:2::/64'],
    [128, '2001:db8:1:2:ffff:ffff:ffff:ffff/128'],
    [96, '2001:db8:1:2:ffff:ffff::/96'],
    [48, '2001:db8:1::/48'],
    [33, '2001:db8::/33'],
    [32, '2001:db8::/32'],
  ])('cuts IPv6 after %i bits', (length, network) => {
    const address = parseAddress('2001:db8:1:2:ffff:ffff:ffff:ffff');
    expect(address && networkOf(address, length)).toBe(network);
  });

  it('is shared by two addresses exactly when their first bits are equal', () => {
    // Two addresses that differ in one bit: the boundary is where that bit lies.
    fc.assert(
      fc.property(plainGroups, fc.nat({ max: 127 }), fc.integer({ min: 32, max: 128 }), (all, bit, length) => {
        const other = all.map((group, index) => (index === bit >> 4 ? group ^ (0x8000 >> (bit & 15)) : group));
        fc.pre(other.slice(0, 5).some((group) => group !== 0) && other[0] !== 0x64);
        const [a, b] = [all, other].map((parts) => parseAddress(parts.map((part) => part.toString(16)).join(':')));
        expect(a && b && networkOf(a, length) === networkOf(b, length)).toBe(bit >= length);
      }),
    );
  });
});

describe('findAddresses', () => {
  it('finds literals inside a sentence and leaves the rest', () => {
    const text =
      'Top sources: 198.51.100.7 (US), 203.0.113.5:443, [2001:db8::1]:8443, ip=2001:DB8::2. ' +
      'Network 192.0.2.0/24, agent v1.2.3.4, build 1.2.3.4.5, at 12:30:45 in std::vector a::b; last 198.51.100.8.';
    expect(findAddresses(text, 10)).toEqual([
      '198.51.100.7',
      '203.0.113.5',
      '2001:db8::1',
      '2001:DB8::2',
      '198.51.100.8',
    ]);
  });

  it('names each address once and stops at the limit', () => {
    expect(findAddresses('192.0.2.1 ::ffff:192.0.2.1 192.0.2.2 192.0.2.1 192.0.2.3', 2)).toEqual([
      '192.0.2.1',
      '192.0.2.2',
    ]);
  });

  it('finds every address between any other words', () => {
    const word = fc.stringMatching(/^[a-z ,;()"'=]{1,12}$/);
    fc.assert(
      fc.property(fc.uniqueArray(fc.ipV4(), { maxLength: 8 }), word, (addresses, between) => {
        const text = addresses.join(` ${between} `);
        expect(findAddresses(text, 100)).toEqual(addresses);
      }),
    );
  });

  it('answers only addresses, whatever the text, and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.nat({ max: 5 }), (text, limit) => {
        const found = findAddresses(text, limit);
        expect(found.length).toBeLessThanOrEqual(limit);
        for (const literal of found) expect(parseAddress(literal)).toBeDefined();
      }),
    );
  });

  it('takes long hostile runs as they are', () => {
    for (const unit of ['1.', ':', 'f:', '1', '1.2.3.4.', '::', '1.1.1.1/'])
      expect(findAddresses(unit.repeat(100_000), 10).length).toBeLessThanOrEqual(1);
  });
});

interface Style {
  readonly upper: boolean;
  readonly padded: boolean;
  /** Ends in a dotted quad. */
  readonly dotted: boolean;
  /** The group at which `::` starts, where that group is zero. */
  readonly gap: number;
}

function write(all: readonly number[], { upper, padded, dotted, gap }: Style): string {
  const parts = all.map((group) => group.toString(16).padStart(padded ? 4 : 1, '0'));
  const [high = 0, low = 0] = all.slice(6);
  if (dotted) parts.splice(6, 2, `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`);
  const zeros = all.slice(gap, dotted ? 6 : 8).findIndex((group) => group !== 0);
  const length = zeros < 0 ? Math.max(0, (dotted ? 6 : 8) - gap) : zeros;
  const text =
    length === 0 ? parts.join(':') : `${parts.slice(0, gap).join(':')}::${parts.slice(gap + length).join(':')}`;
  return upper ? text.toUpperCase() : text;
}

/** An address with one character put in, taken out or replaced. */
function mutated(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(), fc.stringMatching(/^[0-9a-f:.]{0,2}$/), fc.nat({ max: 1 }))
    .map(([text, place, insert, cut]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + insert + text.slice(at + cut);
    });
}

function hexOf(quad: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = quad.split('.').map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}
