import type { CaseFile } from '../case-file.ts';
import type { Sighting } from '../sighting.ts';

/** What any look of the case saw on the networks named, the newest look first; a network nobody saw is missing. */
export function sightingsOn(
  { looks }: CaseFile,
  networks: ReadonlySet<string>,
): ReadonlyMap<string, readonly Sighting[]> {
  const found = new Map<string, Sighting[]>();
  for (const { sightings } of looks.toReversed()) {
    for (const sighting of sightings?.sightings ?? []) {
      if (!networks.has(sighting.network)) continue;
      const known = found.get(sighting.network);
      if (known === undefined) found.set(sighting.network, [sighting]);
      else known.push(sighting);
    }
  }
  return found;
}
