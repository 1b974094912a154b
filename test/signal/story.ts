import { benignLife } from './benign.ts';
import { intrude } from './intrusions.ts';
import { type Cast, makeOrganisation } from './organisation.ts';
import type { Place, Pool } from './places.ts';
import { STORY_SPAN } from './span.ts';
import type { Origin, Story, WebClient } from './truth.ts';

/** One organisation's 37 days with everybody in it, the wanted and the unwanted. The same for the same seed. */
export function makeStory(seed: number): Story {
  const organisation = makeOrganisation(seed);
  const benign = benignLife(organisation, seed, STORY_SPAN);
  const intruded = intrude(organisation, benign, seed, STORY_SPAN);
  const { zones, gitlab, credentials, own, knownEgress } = organisation;
  return {
    seed,
    ...STORY_SPAN,
    organisation: { zones, gitlab, credentials: [...credentials, ...intruded.credentials], own, knownEgress },
    web: byTime([...benign.web, ...intruded.web]),
    calls: byTime([...benign.calls, ...intruded.calls]),
    intrusions: intruded.intrusions,
    origins: originsOf(organisation, [...benign.web, ...intruded.web, ...intruded.clients]),
  };
}

function originsOf({ places, people }: Cast, clients: readonly WebClient[]): Map<string, Origin> {
  const homes = people.map(({ home }) => home);
  const known = [...Object.values(places).flat(), ...homes].flatMap((place) =>
    addressesOf(place).map((address): [string, Origin] => [address, { asn: place.asn, country: place.country }]),
  );
  const seen = clients.map(({ address, asn, country }): [string, Origin] => [address, { asn, country }]);
  return new Map([...seen, ...known]);
}

function addressesOf(place: Place | Pool): readonly string[] {
  return 'leases' in place ? place.leases.map(({ address }) => address) : place.addresses;
}

function byTime<Row extends { readonly from: number }>(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => a.from - b.from);
}
