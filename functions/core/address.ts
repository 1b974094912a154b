/**
 * One full IP address. Mapped and NAT64 forms are IPv4 here, so two texts mean the same address exactly when their
 * `canonical` texts are equal.
 */
export interface Address {
  readonly family: 4 | 6;
  /**
   * The address as 32-bit words, most significant first, each as a signed integer (`>>> 0` makes it unsigned): small
   * integers need no heap object. IPv4 lies in `w3`, the rest is 0.
   */
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  /** Dotted quad, or RFC 5952. */
  readonly canonical: string;
}

const ZERO = 48;
const DOT = 46;
const COLON = 58;

/**
 * The address, or undefined for anything that is not exactly one full address: no octal or short forms, zone ids,
 * brackets, ports, prefix lengths or spaces, which other parsers read in ways that differ (`reference/peers.md` §4.3).
 * IPv4-mapped (`::ffff:0:0/96`) and NAT64 (`64:ff9b::/96`) addresses are folded to IPv4. Never throws.
 */
export function parseAddress(text: string): Address | undefined {
  const quad = parseQuad(text, 0);
  if (quad >= 0) return { family: 4, w0: 0, w1: 0, w2: 0, w3: quad | 0, canonical: text };
  return parseGroups(text) ? fromGroups() : undefined;
}

/**
 * The unit of identity: an IPv4 address is its own network; IPv6 addresses are one network by their first
 * `ipv6PrefixLength` (0..128) bits, written `2001:db8:1:2::/64`.
 */
export function networkOf(address: Address, ipv6PrefixLength: number): string {
  if (address.family === 4) return address.canonical;
  const w0 = address.w0 & maskOf(ipv6PrefixLength);
  const w1 = address.w1 & maskOf(ipv6PrefixLength - 32);
  const w2 = address.w2 & maskOf(ipv6PrefixLength - 64);
  const w3 = address.w3 & maskOf(ipv6PrefixLength - 96);
  return `${printWords(w0, w1, w2, w3)}/${ipv6PrefixLength}`;
}

/**
 * Address literals inside free text, as written, each one `parseAddress` accepts, each address once, at most `limit`.
 * A port behind an IPv4 address is cut off; networks (`192.0.2.0/24`), version numbers and parts of words are no
 * addresses. Of IPv6 only global unicast (`2000::/3`) counts: `a::b` is more often code than an address. The text may
 * be hostile; time is linear in its length.
 */
export function findAddresses(text: string, limit: number): string[] {
  const found = new Map<string, string>();
  for (const { 0: run, index } of text.matchAll(/[\w.:%]+/g)) {
    if (found.size >= limit) break;
    const literal = literalOf(run);
    const address = parseAddress(literal);
    if (address === undefined || !isPlausible(address)) continue;
    if (isPrefixLength(text, index + run.length)) continue;
    if (!found.has(address.canonical)) found.set(address.canonical, literal);
  }
  return [...found.values()];
}

/** The canonical text of an IPv4 address given as 32 bits. */
function printQuad(bits: number): string {
  return `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`;
}

/** The run without the sentence's punctuation and without a port. */
function literalOf(run: string): string {
  if (run.length > 64) return '';
  const literal = run.replace(/(?<!:):$|[.]+$/, '');
  const port = /^([\d.]+):\d{1,5}$/.exec(literal);
  return port?.[1] ?? literal;
}

function isPlausible(address: Address): boolean {
  return address.family === 4 || address.w0 >>> 29 === 1;
}

/** Whether the text goes on with `/` and a number that can be a prefix length. */
function isPrefixLength(text: string, at: number): boolean {
  return text[at] === '/' && /^\/\d{1,3}(?!\w)/.test(text.slice(at, at + 5));
}

/** A 32-bit mask with the first `length` bits set; lengths outside 0..32 count as the nearest end. */
function maskOf(length: number): number {
  if (length <= 0) return 0;
  return length >= 32 ? -1 : -1 << (32 - length);
}

/** The 32 bits (0..2^32-1) of the dotted quad that is the text from `start` to its end, or -1. */
function parseQuad(text: string, start: number): number {
  const { length } = text;
  if (length - start < 7 || length - start > 15) return -1;
  let bits = 0;
  let part = -1;
  let parts = 0;
  for (let at = start; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (part < 0 || parts === 3) return -1;
      bits = bits * 256 + part;
      part = -1;
      parts++;
      continue;
    }
    const digit = code - ZERO;
    // A part that is 0 so far takes no further digit: `010` is octal 8 to some readers and 10 to others.
    if (digit < 0 || digit > 9 || part === 0) return -1;
    part = part < 0 ? digit : part * 10 + digit;
    if (part > 255) return -1;
  }
  return parts === 3 && part >= 0 ? bits * 256 + part : -1;
}

/** The groups of the IPv6 address read last. One parse is over before the next begins, so they can share it. */
const groups = new Uint16Array(8);

/** Reads an IPv6 text (RFC 4291 §2.2, all three forms) into `groups`; false when it is none. */
function parseGroups(text: string): boolean {
  const { length } = text;
  let count = 0;
  /** How many groups stand before `::`; -1 while there was none. */
  let gapAt = -1;
  let at = 0;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return false;
    gapAt = 0;
    at = 2;
  }
  while (at < length) {
    if (count === 8) return false;
    const end = hexEnd(text, at);
    if (end < length && text.charCodeAt(end) === DOT) {
      if (!readQuadTail(text, at, count)) return false;
      count += 2;
      break;
    }
    if (end === at || end - at > 4) return false;
    groups[count++] = Number.parseInt(text.slice(at, end), 16);
    if (end === length) break;
    if (text.charCodeAt(end) !== COLON) return false;
    at = end + 1;
    if (at === length) return false;
    if (text.charCodeAt(at) === COLON) {
      if (gapAt >= 0) return false;
      gapAt = count;
      at++;
    }
  }
  return gapAt < 0 ? count === 8 : spreadGap(gapAt, count);
}

/** Where the run of hexadecimal digits that starts at `at` ends; looks at five at most. */
function hexEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && end - at < 5 && isHex(text.charCodeAt(end))) end++;
  return end;
}

function isHex(code: number): boolean {
  return (code >= ZERO && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 102);
}

/** The last two groups of an address that ends in a dotted quad; whether they are too many shows in the count. */
function readQuadTail(text: string, at: number, count: number): boolean {
  const quad = parseQuad(text, at);
  if (quad < 0) return false;
  groups[count] = quad >>> 16;
  groups[count + 1] = quad & 0xffff;
  return true;
}

/** Moves the groups after `::` to the end and fills the gap; `::` must stand for at least one group. */
function spreadGap(gapAt: number, count: number): boolean {
  if (count > 7) return false;
  const gap = 8 - count;
  groups.copyWithin(gapAt + gap, gapAt, count);
  groups.fill(0, gapAt, gapAt + gap);
  return true;
}

function fromGroups(): Address {
  const w0 = wordAt(0);
  const w1 = wordAt(2);
  const w2 = wordAt(4);
  const w3 = wordAt(6);
  const isMapped = w0 === 0 && w1 === 0 && w2 === 0xffff;
  const isNat64 = w0 === 0x0064ff9b && w1 === 0 && w2 === 0;
  if (isMapped || isNat64) return { family: 4, w0: 0, w1: 0, w2: 0, w3, canonical: printQuad(w3) };
  return { family: 6, w0, w1, w2, w3, canonical: printGroups() };
}

function wordAt(index: number): number {
  return ((groups[index] ?? 0) << 16) | (groups[index + 1] ?? 0);
}

function printWords(w0: number, w1: number, w2: number, w3: number): string {
  groups[0] = w0 >>> 16;
  groups[1] = w0;
  groups[2] = w1 >>> 16;
  groups[3] = w1;
  groups[4] = w2 >>> 16;
  groups[5] = w2;
  groups[6] = w3 >>> 16;
  groups[7] = w3;
  return printGroups();
}

/** RFC 5952: lower case, no leading zeros, the first of the longest runs of at least two zero groups as `::`. */
function printGroups(): string {
  const { start, length } = longestZeros();
  let text = '';
  for (let index = 0; index < 8; index++) {
    if (index === start) {
      text += '::';
      index += length - 1;
      continue;
    }
    if (index > 0 && index !== start + length) text += ':';
    text += (groups[index] ?? 0).toString(16);
  }
  return text;
}

function longestZeros(): { start: number; length: number } {
  let start = -10;
  let longest = 1;
  let run = 0;
  for (let index = 0; index < 8; index++) {
    run = groups[index] === 0 ? run + 1 : 0;
    if (run > longest) {
      longest = run;
      start = index - run + 1;
    }
  }
  return { start, length: longest };
}
