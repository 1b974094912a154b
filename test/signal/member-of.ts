import { parseAddress } from '../../functions/core/address.ts';
import { AddressSet } from '../../functions/core/address-set.ts';

/** Whether an address (canonical text) lies in a list of blocks or addresses, such as setting `knownEgress`. */
export function memberOf(cidrs: readonly string[]): (address: string) => boolean {
  const { set } = AddressSet.from(cidrs);
  return (text) => {
    const address = parseAddress(text);
    return address !== undefined && set.has(address);
  };
}
