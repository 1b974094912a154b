import { benignLife } from './benign.ts';
import { intrude } from './intrusions.ts';
import { makeOrganisation } from './organisation.ts';
import { STORY_SPAN } from './span.ts';
import type { Story } from './truth.ts';

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
  };
}

function byTime<Row extends { readonly from: number }>(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => a.from - b.from);
}
