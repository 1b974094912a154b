import { type Address, parseAddress } from '../../../functions/core/address.ts';
import { AddressSet } from '../../../functions/core/address-set.ts';
import { derived, type FunctionEntry, NULL } from './apl-compiled.ts';
import { AplError } from './apl-error.ts';
import type { Value } from './apl-values.ts';

/** Tests of addresses against blocks of them. */
export const ADDRESS_FUNCTIONS: readonly (readonly [string, FunctionEntry])[] = [
  ['ipv4_is_in_any_range', inRanges(readQuad, null)],
  ['ipv6_is_in_range', inRanges(parseAddress, false)],
  ['ipv6_is_in_any_range', inRanges(parseAddress, false)],
];

/** @param otherwise what the test of anything says that is no address */
function inRanges(read: (text: string) => Address | undefined, otherwise: Value): FunctionEntry {
  return {
    least: 2,
    most: 2,
    build: ([text = NULL, ranges = NULL], { at }) => {
      if (ranges.constant === undefined) throw new AplError('expected a literal of address ranges', at);
      const blocks = readBlocks(ranges.constant.value, at);
      return derived('boolean', [text], (frame) => {
        const value = text.read(frame);
        const address = typeof value === 'string' ? read(value) : undefined;
        return address === undefined ? otherwise : blocks.has(address);
      });
    },
  };
}

function readBlocks(value: Value, at: number): AddressSet {
  const texts = (Array.isArray(value) ? value : [value]).map(String);
  const { set, rejected } = AddressSet.from(texts);
  if (rejected[0] !== undefined) throw new AplError(`invalid address range ${rejected[0].slice(0, 80)}`, at);
  return set;
}

function readQuad(text: string): Address | undefined {
  return text.includes(':') ? undefined : parseAddress(text);
}
