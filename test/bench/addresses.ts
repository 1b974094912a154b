import { parseAddress } from '../../functions/core/address.ts';
import { AddressSet } from '../../functions/core/address-set.ts';
import { asParsed, atLeast, atMost, type Figure, millisecondsOf, seededRandom, wholeBelow } from './figure.ts';

const ADDRESSES = 100_000;
const BLOCKS = 20_000;
const ROUNDS = 9;

/** How fast addresses are parsed and looked up among 20,000 mixed blocks (`reference/peers.md` §4.3). */
export function addressFigures(): Figure[] {
  return [
    atLeast(2, { name: 'parse/ipv4', value: parseRate(ipv4), unit: 'million/s' }),
    atLeast(0.5, { name: 'parse/ipv6', value: parseRate(ipv6), unit: 'million/s' }),
    atMost(0.5, { name: 'lookup/20000-blocks', value: lookupMicroseconds(), unit: 'us' }),
  ];
}

type Random = () => number;

function parseRate(make: (random: Random) => string): number {
  const random = seededRandom(1);
  const texts = () => asParsed(Array.from({ length: ADDRESSES }, () => make(random)));
  const ms = millisecondsOf(ROUNDS, texts, (all) => expectAll(all.filter((text) => parseAddress(text)).length));
  return ADDRESSES / ms / 1000;
}

function lookupMicroseconds(): number {
  const random = seededRandom(2);
  const blocks = Array.from({ length: BLOCKS }, (_, index) =>
    index % 2 === 0 ? `${ipv4(random).split('.').slice(0, 3).join('.')}.0/24` : `2001:db8:${group(random)}::/48`,
  );
  const { set, rejected } = AddressSet.from(blocks);
  if (rejected.length > 0) throw new Error(`not a block: ${rejected[0]}`);
  const mixed = () =>
    Array.from({ length: ADDRESSES }, (_, index) => parseAddress(index % 2 === 0 ? ipv4(random) : ipv6(random)));
  let held = 0;
  const ms = millisecondsOf(ROUNDS, mixed, (all) => {
    for (const address of all) if (address !== undefined && set.has(address)) held++;
  });
  if (held === 0) throw new Error('no lookup found anything; the figure would measure nothing');
  return (ms * 1000) / ADDRESSES;
}

function ipv4(random: Random): string {
  return `${1 + wholeBelow(223, random)}.${wholeBelow(256, random)}.${wholeBelow(256, random)}.${wholeBelow(256, random)}`;
}

function ipv6(random: Random): string {
  return `2001:db8:${group(random)}:${group(random)}::${group(random)}:${group(random)}`;
}

function group(random: Random): string {
  return wholeBelow(0x10000, random).toString(16);
}

function expectAll(parsed: number): void {
  if (parsed !== ADDRESSES) throw new Error(`only ${parsed} of ${ADDRESSES} addresses were parsed`);
}
