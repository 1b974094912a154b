import type { Sighting } from '../../../functions/core/sighting.ts';
import type { RequestRow } from './request-log.ts';
import type { Part } from './train.ts';

/** How a source that shows single requests tells where and by what it knows of them. */
type Told = Pick<Sighting, 'zone' | 'method' | 'confidence' | 'askedBack'>;

/** A part of a row's requests as a source that shows each of them tells it: unsampled, with exact times. */
export function partSighting(row: RequestRow, { first, last, count }: Part, told: Told): Sighting {
  const { place, botScore, asn, country, ja4, host, path } = row;
  return {
    ...place,
    seen: { notBefore: first, notAfter: last },
    seenExactly: true,
    requests: count,
    sampleInterval: 1,
    ...(botScore === undefined ? {} : { lowestBotScore: botScore }),
    ...(asn === undefined ? {} : { asn }),
    ...(country === undefined ? {} : { country }),
    ja4: ja4 === undefined ? [] : [ja4],
    hosts: [host],
    paths: [path],
    ...told,
  };
}
