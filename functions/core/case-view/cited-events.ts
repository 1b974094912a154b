import { facetText } from '../alert-metrics.ts';
import { valueText } from '../alert-text.ts';
import { amount, count, readPrecision } from '../amount-text.ts';
import { capital } from '../capital.ts';
import type { IdentifiedEvents } from '../event-evidence.ts';
import { FACET_NOUNS } from '../event-summary.ts';
import { EVENT_DIMENSIONS, type EventGroup, FACET_NAMES, type FacetName } from '../security-events.ts';
import type { CitedRow } from './cited-evidence.ts';

/** What a facet's values are in a table, one and many: what Cloudflare calls a source is one of its products. */
export function facetNouns(name: FacetName): readonly [one: string, many: string] {
  return name === 'sources' ? ['security product', 'security products'] : FACET_NOUNS[name];
}

const DIMENSIONS_TOLD = 7;

/** Everything of a monitor's picture that can be cited: the whole, its groups and each value of each property. */
export function eventRows(events: IdentifiedEvents): CitedRow[] {
  const { picture, groups, facets } = events;
  const known = readPrecision(picture);
  const ofValues = { ...known, lowerBound: known.lowerBound || picture.facetsAreLowerBounds };
  const when = { notBefore: picture.window.start, notAfter: picture.window.end };
  return [
    {
      id: events.id,
      kind: 'All events',
      what: 'The security events that the monitor watches',
      numbers: `${amount(picture.total, known)} events`,
      when,
    },
    ...groups.map(({ id, group }) => ({
      id,
      kind: 'Events alike',
      what: groupText(group),
      numbers: `${amount(group.count, known)} events`,
    })),
    ...FACET_NAMES.flatMap((name) =>
      facets[name].values.map((share) => ({
        id: share.id,
        kind: capital(facetNouns(name)[0]),
        what: facetText(name, share.value, 160),
        numbers: `${amount(share.count, ofValues)} of ${amount(picture.total, known)} events`,
      })),
    ),
  ];
}

function groupText({ dimensions }: EventGroup): string {
  const told = EVENT_DIMENSIONS.flatMap((name) => {
    const value = dimensions[name];
    if (value === undefined || value === '') return [];
    const text = typeof value === 'object' ? value.slice(0, 3).join(' ') : String(value);
    return [valueText(name, text, 80)];
  });
  const left = told.length - DIMENSIONS_TOLD;
  return `${told.slice(0, DIMENSIONS_TOLD).join(' · ')}${left > 0 ? ` · ${count(left)} more` : ''}`;
}
