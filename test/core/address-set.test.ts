import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, parseAddress } from '../../functions/core/address.ts';
import { AddressSet, parseCidr } from '../../functions/core/address-set.ts';

const bits4 = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n });
/** IPv6 above the forms that mean IPv4. */
const bits6 = fc.bigInt({ min: 2n ** 120n, max: 2n ** 128n - 1n });

/** A block: its family, prefix length, and first address as a number. */
interface Block {
  readonly family: 4 | 6;
  readonly length: number;
  readonly first: bigint;
  readonly last: bigint;
}

const block4 = fc.tuple(bits4, fc.integer({ min: 0, max: 32 })).map(([bits, length]) => blockOf(4, bits, length));
const block6 = fc.tuple(bits6, fc.integer({ min: 8, max: 128 })).map(([bits, length]) => blockOf(6, bits, length));
/** Narrow blocks that lie close together, so that they overlap and adjoin. */
const crowded = fc
  .tuple(fc.bigInt({ min: 0n, max: 511n }), fc.integer({ min: 24, max: 32 }))
  .map(([bits, length]) => blockOf(4, 0xc000_0200n + bits, length));

describe('parseCidr', () => {
  it('gives the first and last address of a block', () => {
    fc.assert(
      fc.property(fc.oneof(block4, block6), (block) => {
        const { family, first, last } = block;
        expect(parseCidr(textOf(block))).toEqual({ family, first, last });
      }),
    );
  });

  it('takes a bare address as a block of one', () => {
    expect(parseCidr('192.0.2.1')).toEqual(parseCidr('192.0.2.1/32'));
    expect(parseCidr('2001:db8::1')).toEqual(parseCidr('2001:db8::1/128'));
  });

  it('takes blocks of IPv4-mapped and NAT64 addresses as the IPv4 block they stand for', () => {
    expect(parseCidr('::ffff:10.0.0.0/104')).toEqual(parseCidr('10.0.0.0/8'));
    expect(parseCidr('64:ff9b::c000:200/120')).toEqual(parseCidr('192.0.2.0/24'));
    expect(parseCidr('::ffff:192.0.2.1')).toEqual(parseCidr('192.0.2.1'));
  });

  it.each([
    ['host bits', '10.0.0.1/8'],
    ['host bits', '2001:db8::1/64'],
    ['too long', '10.0.0.0/33'],
    ['too long', '2001:db8::/129'],
    ['a leading zero', '10.0.0.0/08'],
    ['a sign', '10.0.0.0/+8'],
    ['no length', '10.0.0.0/'],
    ['two lengths', '10.0.0.0/8/8'],
    ['a mask', '10.0.0.0/255.0.0.0'],
    ['a short form', '10/8'],
    ['all of IPv4 in disguise', '::ffff:0:0/96'],
    ['all of IPv4 in disguise', '64:ff9b::/96'],
    ['a mapped block by its IPv4 length', '::ffff:10.0.0.0/8'],
    ['a name', 'office'],
    ['nothing', ''],
  ])('refuses %s: %s', (_, text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});

describe('AddressSet', () => {
  it('holds exactly the addresses one of its blocks holds', () => {
    const blocks = fc.array(fc.oneof(crowded, crowded, block4, block6), { maxLength: 30 });
    const probes = fc.array(fc.oneof(bits4, fc.bigInt({ min: 0xc000_0100n, max: 0xc000_0500n }), bits6));
    fc.assert(
      fc.property(blocks, probes, (all, bits) => {
        const { set, rejected } = AddressSet.from(all.map(textOf));
        expect(rejected).toEqual([]);
        const probed = bits.map((value) => [value < 2n ** 32n ? 4 : 6, value] as const);
        // The interesting places: both ends of every block, and just outside.
        const ends = all.flatMap(({ family, first, last }) =>
          [first - 1n, first, last, last + 1n].map((value) => [family, value] as const),
        );
        for (const [family, value] of [...probed, ...ends]) {
          if (!isOf(family, value)) continue;
          const naive = all.some((one) => one.family === family && one.first <= value && value <= one.last);
          expect(set.has(addressOf(family, value))).toBe(naive);
        }
      }),
    );
  });

  it('is the same set whatever the order, however often a block is named', () => {
    fc.assert(
      fc.property(fc.array(crowded, { minLength: 1 }), fc.bigInt({ min: 0n, max: 1023n }), (all, bits) => {
        const address = addressOf(4, 0xc000_0100n + bits);
        const texts = all.map(textOf);
        const shuffled = [...texts, ...texts].reverse();
        expect(AddressSet.from(shuffled).set.has(address)).toBe(AddressSet.from(texts).set.has(address));
      }),
    );
  });

  it('keeps a hole of one address', () => {
    const { set } = AddressSet.from(['192.0.2.0', '192.0.2.2']);
    expect([0xc000_0200n, 0xc000_0201n, 0xc000_0202n].map((bits) => set.has(addressOf(4, bits)))).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('keeps the families apart', () => {
    const { set } = AddressSet.from(['0.0.0.0/0']);
    expect(set.has(addressOf(4, 5n))).toBe(true);
    expect(set.has(addressOf(6, 5n))).toBe(false);
    expect(AddressSet.from(['::/0']).set.has(addressOf(4, 5n))).toBe(false);
  });

  it('names what it could not read and holds the rest', () => {
    const { set, rejected } = AddressSet.from(['10.0.0.1/8', '192.0.2.0/24', 'office']);
    expect(rejected).toEqual(['10.0.0.1/8', 'office']);
    expect(set.has(addressOf(4, 0xc000_0207n))).toBe(true);
    expect(set.has(addressOf(4, 0x0a00_0001n))).toBe(false);
  });

  it('holds nothing when empty', () => {
    expect(AddressSet.from([]).set.has(addressOf(4, 0n))).toBe(false);
  });
});

function blockOf(family: 4 | 6, bits: bigint, length: number): Block {
  const hosts = 2n ** BigInt((family === 4 ? 32 : 128) - length) - 1n;
  const first = bits & ~hosts;
  return { family, length, first, last: first | hosts };
}

function textOf({ family, length, first }: Block): string {
  return `${printed(family, first)}/${length}`;
}

function isOf(family: 4 | 6, value: bigint): boolean {
  return value >= 0n && value < (family === 4 ? 2n ** 32n : 2n ** 128n);
}

function addressOf(family: 4 | 6, value: bigint): Address {
  const address = parseAddress(printed(family, value));
  if (address === undefined) throw new Error(`no address: ${value}`);
  return address;
}

function printed(family: 4 | 6, value: bigint): string {
  const size = family === 4 ? 8n : 16n;
  const count = family === 4 ? 4 : 8;
  const parts = Array.from({ length: count }, (_, index) => (value >> (size * BigInt(count - 1 - index))) % 2n ** size);
  return family === 4 ? parts.join('.') : parts.map((part) => part.toString(16)).join(':');
}
