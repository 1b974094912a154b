import { SOURCE_NAMES, type SourceName } from './coverage.ts';
import type { FindingAddress, Match } from './finding.ts';
import type { Sighting } from './sighting.ts';
import { STRENGTHS_BEST_FIRST, usesCounted } from './token-use.ts';

/** What a credential did address by address, the busiest first (then by address). */
export function addressesOf(matches: readonly Match[]): FindingAddress[] {
  const byAddress = Map.groupBy(matches, ({ use }) => use.address);
  return [...byAddress.values()]
    .map(addressOf)
    .sort((a, b) => b.uses - a.uses || (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
}

function addressOf(matches: readonly Match[]): FindingAddress {
  const [first] = matches;
  if (first === undefined) throw new RangeError('an address of a finding has at least one match');
  const sightings = [...new Set(matches.map(({ sighting }) => sighting))];
  const scores = sightings.flatMap(({ lowestBotScore }) => lowestBotScore ?? []);
  const sources = new Set<SourceName>(matches.flatMap(({ use }) => use.sources));
  return {
    address: first.use.address,
    network: first.use.network,
    rule: matches.some(({ rule }) => rule === 'same-address') ? 'same-address' : 'same-network',
    strength: STRENGTHS_BEST_FIRST.find((strength) => matches.some(({ use }) => use.strength === strength)) ?? 'used',
    uses: matches.reduce((sum, { use }) => sum + usesCounted(use), 0),
    firstUse: matches.reduce((earliest, { use }) => Math.min(earliest, use.at.notBefore), Number.POSITIVE_INFINITY),
    lastUse: matches.reduce((latest, { use }) => Math.max(latest, use.at.notAfter), Number.NEGATIVE_INFINITY),
    sources: SOURCE_NAMES.filter((name) => sources.has(name)),
    requests: sightings.reduce((sum, { requests }) => sum + requests, 0),
    ...(scores.length === 0 ? {} : { lowestBotScore: scores.reduce((a, b) => Math.min(a, b)) }),
    ...placeOf(first.use.address, sightings),
  };
}

/** As the sightings of the very address tell it, else those of its network; whatever their order. */
function placeOf(address: string, sightings: readonly Sighting[]): Pick<FindingAddress, 'asn' | 'country'> {
  const nearest = [...sightings].sort(
    (a, b) =>
      Number(b.address === address) - Number(a.address === address) ||
      (a.asn ?? 0) - (b.asn ?? 0) ||
      ((a.country ?? '') < (b.country ?? '') ? -1 : 1),
  );
  const asn = nearest.find((sighting) => sighting.asn !== undefined)?.asn;
  const country = nearest.find((sighting) => sighting.country !== undefined)?.country;
  return { ...(asn === undefined ? {} : { asn }), ...(country === undefined ? {} : { country }) };
}
