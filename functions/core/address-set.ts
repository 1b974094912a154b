import { type Address, parseAddress } from './address.ts';

/** A block of addresses of one family; both ends are inside. */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * A CIDR block, or a bare address as a block of one; undefined when it is none or host bits are set (`10.0.0.1/8` is
 * more often a slip than a wish). Blocks of IPv4-mapped or NAT64 addresses are the IPv4 block they stand for; shorter
 * than /97 they are refused, as they would quietly mean all of IPv4.
 */
export function parseCidr(text: string): AddressRange | undefined {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const width = address.family === 4 ? 32 : 128;
  const length = slash < 0 ? width : prefixLength(text.slice(slash + 1), address, text.includes(':'));
  if (length === undefined) return undefined;
  const first = bitsOf(address);
  const hosts = (1n << BigInt(width - length)) - 1n;
  return (first & hosts) === 0n ? { family: address.family, first, last: first | hosts } : undefined;
}

/** Addresses as merged, sorted ranges: a lookup is a binary search, however many blocks went in. */
export class AddressSet {
  readonly #v4: Ranges;
  readonly #v6: Ranges;

  private constructor(ranges: readonly AddressRange[]) {
    this.#v4 = pack(ranges.filter((range) => range.family === 4));
    this.#v6 = pack(ranges.filter((range) => range.family === 6));
  }

  /** The set of all blocks and addresses that `parseCidr` accepts, and the texts it refused. */
  static from(cidrs: readonly string[]): { set: AddressSet; rejected: string[] } {
    const ranges: AddressRange[] = [];
    const rejected: string[] = [];
    for (const cidr of cidrs) {
      const range = parseCidr(cidr);
      if (range === undefined) rejected.push(cidr);
      else ranges.push(range);
    }
    return { set: new AddressSet(ranges), rejected };
  }

  /** Whether one of the blocks holds the address. */
  has(address: Address): boolean {
    return contains(address.family === 4 ? this.#v4 : this.#v6, address);
  }
}

/** Range `i` is `firsts[4i..4i+3]` to `lasts[4i..4i+3]`, unsigned words, most significant first. */
interface Ranges {
  readonly count: number;
  readonly firsts: Uint32Array;
  readonly lasts: Uint32Array;
}

function prefixLength(text: string, address: Address, writtenAsIpv6: boolean): number | undefined {
  if (!/^(?:0|[1-9]\d{0,2})$/.test(text)) return undefined;
  const length = Number(text);
  if (address.family === 6 || !writtenAsIpv6) return length <= (address.family === 4 ? 32 : 128) ? length : undefined;
  return length > 96 && length <= 128 ? length - 96 : undefined;
}

function bitsOf({ w0, w1, w2, w3 }: Address): bigint {
  const high = (BigInt(w0 >>> 0) << 32n) | BigInt(w1 >>> 0);
  return (high << 64n) | (BigInt(w2 >>> 0) << 32n) | BigInt(w3 >>> 0);
}

function pack(ranges: readonly AddressRange[]): Ranges {
  const merged = merge(ranges);
  const firsts = new Uint32Array(merged.length * 4);
  const lasts = new Uint32Array(merged.length * 4);
  for (const [index, range] of merged.entries()) {
    writeWords(firsts, index * 4, range.first);
    writeWords(lasts, index * 4, range.last);
  }
  return { count: merged.length, firsts, lasts };
}

function merge(ranges: readonly AddressRange[]): { first: bigint; last: bigint }[] {
  const sorted = [...ranges].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const merged: { first: bigint; last: bigint }[] = [];
  for (const { first, last } of sorted) {
    const open = merged.at(-1);
    if (open === undefined || first > open.last + 1n) merged.push({ first, last });
    else if (last > open.last) open.last = last;
  }
  return merged;
}

function writeWords(words: Uint32Array, at: number, value: bigint): void {
  for (let word = 0; word < 4; word++) words[at + word] = Number((value >> BigInt(96 - 32 * word)) & 0xffff_ffffn);
}

/** Whether the last range that starts at or before the address reaches it. */
function contains({ count, firsts, lasts }: Ranges, address: Address): boolean {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(firsts, middle * 4, address) <= 0) low = middle + 1;
    else high = middle;
  }
  return low > 0 && compare(lasts, (low - 1) * 4, address) >= 0;
}

/** Below, at or above zero as the four words at `at` are below, equal to or above the address. */
function compare(words: Uint32Array, at: number, address: Address): number {
  return (
    (words[at] ?? 0) - (address.w0 >>> 0) ||
    (words[at + 1] ?? 0) - (address.w1 >>> 0) ||
    (words[at + 2] ?? 0) - (address.w2 >>> 0) ||
    (words[at + 3] ?? 0) - (address.w3 >>> 0)
  );
}
