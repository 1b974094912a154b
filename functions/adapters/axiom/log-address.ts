import { type Address, parseAddress } from '../../core/address.ts';
import { AddressSet } from '../../core/address-set.ts';

/** Proxies that a list may name; more are not looked at. */
const MOST_HOPS = 20;

/** Addresses no visitor comes from over the internet: private, shared, loopback, link-local and unspecified ones. */
const { set: INTERNAL } = AddressSet.from([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
  ...['::/128', '::1/128', 'fc00::/7', 'fe80::/10'],
]);

/**
 * The client's address in what a log line holds: one address, or a list as `X-Forwarded-For` has it, nearest to the
 * client first (`reference/gitlab.md` §6). The first that is no internal one; where all are internal, the first that is
 * an address at all; undefined where none is.
 */
export function clientAddress(text: string): Address | undefined {
  let internal: Address | undefined;
  for (const hop of text.split(',', MOST_HOPS)) {
    const address = parseAddress(hop.trim());
    if (address === undefined) continue;
    if (!INTERNAL.has(address)) return address;
    internal ??= address;
  }
  return internal;
}
