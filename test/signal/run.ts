import type { Finding } from '../../functions/core/finding.ts';
import { LearnedContext } from '../../functions/core/learned.ts';
import { HOUR } from '../../functions/core/time.ts';
import { AddressOverlap } from './baselines/address-overlap.ts';
import type { Baseline } from './baselines/baseline.ts';
import { NewNetwork } from './baselines/new-network.ts';
import { TokenCreated } from './baselines/token-created.ts';
import { ClaimBook } from './claims.ts';
import { Labels } from './labels.ts';
import { memberOf } from './member-of.ts';
import { type BaselineMonth, baselineMonth, type Month } from './metrics.ts';
import type { Observed } from './observed.ts';
import type { CountedIntrusion } from './outcome.ts';
import { play } from './play.ts';
import type { Story, WebActivity } from './truth.ts';

/** One story under one mix: what our rule made of it, and what the baselines did. */
export interface MonthResult extends Month {
  readonly baselines: readonly (BaselineMonth & Pick<Baseline, 'name' | 'title'>)[];
}

/**
 * Plays a story as it is observed, with the baselines watching the same looks. Labels are for counting: neither our rule
 * nor a baseline sees them before it has decided.
 */
export async function runMonth(
  story: Story,
  observed: Observed,
  intrusions: readonly CountedIntrusion[],
): Promise<MonthResult> {
  const labels = new Labels(story);
  const isKnownEgress = memberOf(story.organisation.knownEgress);
  const baselines: readonly Baseline[] = [
    new AddressOverlap(labels, isKnownEgress),
    new TokenCreated(labels, isKnownEgress),
    new NewNetwork(labels, isKnownEgress),
  ];
  const claims = new ClaimBook(labels, actorsIn(story.web));
  const kept = await play(story, observed, new LearnedContext(), (look) => {
    claims.add(look);
    for (const baseline of baselines) baseline.see(look);
  });
  return {
    intrusions,
    run: await claims.run(kept),
    baselines: baselines.map(({ name, title, points }) => ({ name, title, ...baselineMonth(intrusions, points) })),
  };
}

/** Who sent web requests from the addresses of a finding's sightings, within an hour of them. */
function actorsIn(web: readonly WebActivity[]): (finding: Finding) => string[] {
  const byAddress = Map.groupBy(web, ({ address }) => address);
  return ({ matches }) => {
    const actors = matches.flatMap(({ sighting: { address, seen } }) =>
      (byAddress.get(address) ?? [])
        .filter(({ from, until }) => from - HOUR <= seen.notAfter && until + HOUR >= seen.notBefore)
        .map(({ actor }) => actor),
    );
    return [...new Set(actors)].sort();
  };
}
