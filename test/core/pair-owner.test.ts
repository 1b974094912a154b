import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { phasesOf } from '../../functions/core/activity.ts';
import { HUNT_SPAN, type HuntTimes, huntReads } from '../../functions/core/hunt.ts';
import { indexSightings, joinUses } from '../../functions/core/join.ts';
import { ownedMatches } from '../../functions/core/pair-owner.ts';
import type { Sighting } from '../../functions/core/sighting.ts';
import { HOUR, instant, MINUTE, touches, type Window } from '../../functions/core/time.ts';
import type { TokenUse } from '../../functions/core/token-use.ts';
import { NOON, sighting, tokenUse } from '../support/evidence.ts';

const TIMES: HuntTimes = { slack: 30 * MINUTE, overlap: 45 * MINUTE, delay: 10 * MINUTE, lateness: 15 * MINUTE };
const HOURS = 5;

const minutes = (min: number, max: number) => fc.integer({ min, max }).map((count) => count * MINUTE);

/** Settings with which hunts find everything, most of them with no overlap to spare. */
const times = fc
  .record({
    slack: minutes(15, 75),
    delay: minutes(0, 60),
    lateness: minutes(0, 90),
    spare: fc.constantFrom(0, 0, HOUR),
  })
  .filter(({ delay, lateness }) => lateness <= delay + HUNT_SPAN)
  .map(
    ({ spare, ...set }): HuntTimes => ({
      ...set,
      overlap: Math.max(set.slack, set.slack + set.lateness - set.delay) + spare,
    }),
  );

/** Something that happened, and when it could be read. */
interface Event {
  readonly at: number;
  readonly arrives: number;
}

const events = (lateness: number) =>
  fc.array(
    fc
      .record({ minute: fc.integer({ min: 0, max: HOURS * 60 - 1 }), late: fc.integer({ min: 0, max: lateness }) })
      .map(({ minute, late }): Event => ({ at: NOON + minute * MINUTE, arrives: NOON + (minute + late) * MINUTE })),
    { maxLength: 12 },
  );

/** The hours in which hunts found each use, where each hunt saw only what had arrived. */
function hunted(requests: readonly Event[], uses: readonly Event[], set: HuntTimes): Map<number, number[]> {
  const found = new Map<number, number[]>();
  let reported: ReadonlySet<string> | undefined = new Set();
  for (let hour = 0; hour <= HOURS + 2; hour++) {
    const window = { start: NOON + hour * HOUR, end: NOON + (hour + 1) * HOUR };
    const reads = huntReads(window, set);
    const seenBy = window.end + set.delay;
    const seen = phases(
      requests.filter((event) => isRead(event, reads.sightings, seenBy)),
      set.slack,
    );
    const used = uses.filter((event) => isRead(event, reads.uses, seenBy)).map(useAt);
    const index = indexSightings(seen);
    const matches = joinUses(used, index, { window: reads.uses, slack: set.slack });
    const own = ownedMatches(matches, index, reads, set.slack, reported);
    for (const { use } of own.matches) {
      found.set(use.at.notAfter, [...(found.get(use.at.notAfter) ?? []), hour]);
    }
    reported = new Set(own.lateKeys);
  }
  return found;
}

function isRead({ at, arrives }: Event, window: Window, seenBy: number): boolean {
  return touches(instant(at), window) && arrives <= seenBy;
}

/** As asking back answers: requests in spans of a quarter of an hour, put together to phases. */
function phases(requests: readonly Event[], slack: number): Sighting[] {
  const spans = Map.groupBy(requests, ({ at }) => Math.floor(at / (15 * MINUTE)));
  const spanSightings = [...spans.values()].map((some) =>
    sighting({
      seen: { notBefore: Math.min(...some.map(({ at }) => at)), notAfter: Math.max(...some.map(({ at }) => at)) },
    }),
  );
  return phasesOf(spanSightings, slack);
}

function useAt({ at }: Event): TokenUse {
  return tokenUse({ at: instant(at) });
}

/** When a use first had a request within the slack, looking at everything there is. */
function trueInstant(use: Event, requests: readonly Event[], slack: number): number | undefined {
  const near = requests.filter(({ at }) => Math.abs(at - use.at) <= slack);
  return near.length === 0 ? undefined : Math.min(...near.map(({ at }) => Math.max(at, use.at)));
}

const distinct = (some: readonly Event[]) => [...new Map(some.map((event) => [event.at, event])).values()];

describe('hunts over the hours', () => {
  it('find every pair exactly once, in the hour that holds the later of its two instants', () => {
    fc.assert(
      fc.property(times, events(0), events(0), (set, requests, all) => {
        const uses = distinct(all);
        const found = hunted(requests, uses, set);
        for (const use of uses) {
          const at = trueInstant(use, requests, set.slack);
          const hours = at === undefined ? [] : [Math.floor((at - NOON) / HOUR)];
          expect(found.get(use.at) ?? []).toEqual(hours);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('find a pair that arrived late in its hour or the next, and never twice', () => {
    const scene = times.chain((set) => {
      const late = events(set.lateness / MINUTE);
      return fc.tuple(fc.constant(set), late, late);
    });
    fc.assert(
      fc.property(scene, ([set, requests, all]) => {
        const uses = distinct(all);
        const found = hunted(requests, uses, set);
        for (const use of uses) {
          const at = trueInstant(use, requests, set.slack);
          const hours = found.get(use.at) ?? [];
          if (at === undefined) expect(hours).toEqual([]);
          else {
            expect(hours).toHaveLength(1);
            expect([0, 1]).toContain((hours[0] ?? Number.NaN) - Math.floor((at - NOON) / HOUR));
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('leave a late pair to the hour before where that is still to be hunted', () => {
    const late = { at: NOON + HOUR - 2 * MINUTE, arrives: NOON };
    const window = { start: NOON + HOUR, end: NOON + 2 * HOUR };
    const reads = huntReads(window, TIMES);
    const index = indexSightings(phases([late], TIMES.slack));
    const matches = joinUses([useAt(late)], index, { window: reads.uses, slack: TIMES.slack });
    expect(ownedMatches(matches, index, reads, TIMES.slack, undefined).matches).toEqual([]);
    expect(ownedMatches(matches, index, reads, TIMES.slack, new Set()).matches).toHaveLength(1);
  });
});

describe('phases of activity', () => {
  it('match the uses that single requests match, and no others', () => {
    fc.assert(
      fc.property(events(0), events(0), (requests, all) => {
        const uses = distinct(all).map(useAt);
        const single = requests.map(({ at }) => sighting({ seen: instant(at) }));
        const rules = { window: { start: NOON, end: NOON + HOURS * HOUR }, slack: TIMES.slack };
        const matched = (seen: readonly Sighting[]) =>
          joinUses(uses, indexSightings(seen), rules).map(({ use }) => use.at.notAfter);
        expect(matched(phases(requests, TIMES.slack))).toEqual(matched(single));
      }),
    );
  });
});
