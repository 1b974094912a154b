import { parseAddress } from '../../functions/core/address.ts';
import type { Random } from '../../infra/local/scenario/random.ts';

/**
 * A random address of an IPv4 block given by its first one to three numbers: `84.130` → `84.130.17.9`. The last
 * number is never 0 or 255.
 */
export function ipv4In(random: Random, block: string): string {
  const missing = 4 - block.split('.').length;
  const numbers = Array.from({ length: missing }, (_, at) => random.int(1, at === missing - 1 ? 254 : 255));
  return [block, ...numbers].join('.');
}

/** A random address of an IPv6 /64 given by its first four groups: `2001:db8:10:3` → `2001:db8:10:3:8f2e:…`. */
export function ipv6In(random: Random, network: string): string {
  const host = Array.from({ length: 4 }, () => random.int(1, 0xffff).toString(16));
  return canonical(`${network}:${host.join(':')}`);
}

/** @throws Error when the text is no address: a mistake of whoever invents it */
function canonical(text: string): string {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return address.canonical;
}
