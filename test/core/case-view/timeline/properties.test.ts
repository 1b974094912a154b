import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CaseFile } from '../../../../functions/core/case-file.ts';
import { FLAGS_DRAWN } from '../../../../functions/core/case-view/timeline/flags.ts';
import { MARKS_DRAWN } from '../../../../functions/core/case-view/timeline/marks.ts';
import { ROWS_SHOWN } from '../../../../functions/core/case-view/timeline/rows.ts';
import { type Timeline, timelineOf } from '../../../../functions/core/case-view/timeline/timeline.ts';
import { STEPS_DRAWN } from '../../../../functions/core/case-view/timeline/traffic.ts';
import { DAY, HOUR, instant, MINUTE, type Window } from '../../../../functions/core/time.ts';
import { isExactlyTimed, STRENGTHS_BEST_FIRST, type TokenUse } from '../../../../functions/core/token-use.ts';
import { sampleCaseFile } from '../../../support/case-files.ts';
import { credential, finding, match, NOON, sighting, tokenUse, WINDOW } from '../../../support/evidence.ts';

const SLACK = 30 * MINUTE;
const TOKENS = Array.from({ length: 12 }, (_, index) => `token/${index + 1}`);

const soon = fc.integer({ min: NOON - 3 * DAY, max: NOON + DAY });
const nonsense = fc.constantFrom(
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  8.7e15,
  -1,
  0,
  8.64e15,
);
const anyTime = fc.oneof({ weight: 8, arbitrary: soon }, { weight: 1, arbitrary: nonsense });

const use = (time: fc.Arbitrary<number>): fc.Arbitrary<TokenUse> =>
  fc
    .record({
      credential: fc.constantFrom(...TOKENS),
      strength: fc.constantFrom(...STRENGTHS_BEST_FIRST),
      start: time,
      end: fc.option(time, { nil: undefined }),
      times: fc.option(fc.oneof(fc.integer({ min: 1, max: 9_000 }), fc.constantFrom(0, -3, Number.NaN)), {
        nil: undefined,
      }),
      eventId: fc.uuid(),
    })
    .map(({ start, end, times, ...rest }) =>
      tokenUse({
        ...rest,
        at: end === undefined ? instant(start) : { notBefore: Math.min(start, end), notAfter: Math.max(start, end) },
        ...(times === undefined ? {} : { times }),
      }),
    );

const caseFile = (time: fc.Arbitrary<number>): fc.Arbitrary<CaseFile> =>
  fc
    .record({
      matched: fc.array(use(time), { maxLength: 60 }),
      others: fc.array(use(time), { maxLength: 300 }),
      openedAt: time,
      looks: fc.array(time, { maxLength: 30 }),
      pages: fc.array(fc.option(time, { nil: undefined }), { maxLength: 60 }),
      ends: fc.array(time, { maxLength: 20 }),
      points: fc.array(fc.record({ at: time, requests: fc.oneof(fc.nat(9_000), nonsense) }), { maxLength: 300 }),
      step: fc.oneof(fc.constantFrom(MINUTE, 5 * MINUTE, 0), nonsense),
      seen: fc.array(fc.tuple(time, time), { maxLength: 30 }),
      hasTraffic: fc.boolean(),
    })
    .map(({ matched, others, openedAt, looks, pages, ends, points, step, seen, hasTraffic }) => {
      const findings = TOKENS.map((id) => {
        const matches = matched.filter((one) => one.credential === id).map((one) => match({ use: one }));
        return finding({ credential: credential({ id }), matches, matchCount: matches.length });
      });
      const sightings = seen.map(([a, b]) =>
        sighting({ seen: { notBefore: Math.min(a, b), notAfter: Math.max(a, b) } }),
      );
      const base = sampleCaseFile();
      const coverage = base.looks[0]?.sightings?.coverage;
      return {
        ...base,
        openedAt,
        ends,
        looks: looks.map((at, index) => ({
          look: index + 1,
          at,
          findings,
          ...(coverage === undefined ? {} : { sightings: { sightings, whole: true, coverage } }),
          ...(hasTraffic ? { traffic: { step, points } } : {}),
        })),
        pages: pages.flatMap((sentAt) =>
          base.pages.slice(0, 1).map(({ order }) => ({ order, look: 1, ...(sentAt === undefined ? {} : { sentAt }) })),
        ),
        uses: { readAt: NOON, uses: others, leftOut: 0 },
      };
    });

/** A timeline that must be there, as the case has a window. */
function drawn(file: CaseFile, slack = SLACK): Timeline {
  const timeline = timelineOf({ file, slack });
  if (timeline === undefined) throw new Error('the case has a window, and no timeline');
  return timeline;
}

const holds = ({ start, end }: Window, from: number, to: number) => start <= from && from <= to && to <= end;

describe('the timeline of any case', () => {
  it('holds its window, and every exact use that matched', () => {
    fc.assert(
      fc.property(caseFile(soon), (file) => {
        const { picture, lanes } = drawn(file);
        expect(holds(picture, WINDOW.start, WINDOW.end)).toBe(true);
        for (const { credential: ofFinding, matches } of file.looks.at(-1)?.findings ?? []) {
          if (!lanes.some(({ title }) => title.startsWith(`Token ${ofFinding.id.slice(6)} `))) continue;
          for (const { use: one } of matches) {
            if (isExactlyTimed(one)) expect(holds(picture, one.at.notBefore, one.at.notAfter)).toBe(true);
          }
        }
      }),
    );
  });

  it('draws no mark and no flag beside the picture', () => {
    fc.assert(
      fc.property(caseFile(anyTime), (file) => {
        const { picture, lanes, flags } = drawn(file);
        for (const { from, to } of [...lanes.flatMap(({ marks }) => marks), ...flags]) {
          expect(holds(picture, from, to)).toBe(true);
        }
      }),
    );
  });

  it('counts every use of a lane once: in a mark, before or after the picture, or as one without a time', () => {
    fc.assert(
      fc.property(caseFile(anyTime), (file) => {
        for (const { marks, before, after, untimed, matchedUses, otherUses } of drawn(file).lanes) {
          const inMarks = marks.reduce((sum, { uses }) => sum + uses, 0);
          expect(inMarks + before + after + untimed).toBe(matchedUses + otherUses);
        }
      }),
    );
  });

  it('keeps what matched apart from what did not', () => {
    fc.assert(
      fc.property(caseFile(soon), (file) => {
        for (const { marks, matchedUses, otherUses } of drawn(file).lanes) {
          const uses = (matched: boolean) =>
            marks.filter((mark) => mark.matched === matched).reduce((sum, one) => sum + one.uses, 0);
          expect(uses(true)).toBeLessThanOrEqual(matchedUses);
          expect(uses(false)).toBeLessThanOrEqual(otherUses);
        }
      }),
    );
  });

  it('is bounded whatever is stored', () => {
    fc.assert(
      fc.property(caseFile(anyTime), anyTime, (file, slack) => {
        const { lanes, flags, traffic, rows, picture } = drawn(file, slack);
        expect(lanes.length).toBeLessThanOrEqual(8);
        for (const { marks } of lanes) expect(marks.length).toBeLessThanOrEqual(MARKS_DRAWN);
        expect(flags.length).toBeLessThanOrEqual(FLAGS_DRAWN);
        expect(traffic.steps.length).toBeLessThanOrEqual(STEPS_DRAWN + 2);
        expect(rows.length).toBeLessThanOrEqual(ROWS_SHOWN);
        expect(picture.end).toBeGreaterThan(picture.start);
      }),
    );
  });

  it('loses no request of the bots: each is in a step or outside the picture', () => {
    // Some end, or begin, in the very minute that the picture begins in.
    const edge = fc.integer({ min: -200, max: 30 }).map((second) => WINDOW.start - SLACK - 17_000 + second * 1_000);
    const shape = fc.array(
      fc.tuple(fc.oneof(soon, edge), fc.oneof(fc.nat(5 * HOUR), fc.nat(2 * MINUTE)), fc.integer({ min: 1, max: 900 })),
      {
        minLength: 1,
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(shape, (spans) => {
        const sightings = spans.map(([start, length, requests]) =>
          sighting({ seen: { notBefore: start, notAfter: start + length }, requests }),
        );
        const file = withSightings(sightings);
        // No minute begins where the picture does.
        const { traffic } = drawn(file, SLACK + 17_000);
        const inside = traffic.steps.reduce((sum, { perMinute }) => sum + (perMinute * traffic.step) / MINUTE, 0);
        const all = spans.reduce((sum, [, , requests]) => sum + requests, 0);
        expect(Math.abs(inside + traffic.outside - all)).toBeLessThan(1);
        for (const { perMinute } of traffic.steps) expect(perMinute).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

function withSightings(sightings: ReturnType<typeof sighting>[]): CaseFile {
  const file = sampleCaseFile();
  const looks = file.looks.slice(0, 1).map(({ traffic: _, ...look }) => ({
    ...look,
    ...(look.sightings === undefined ? {} : { sightings: { ...look.sightings, sightings } }),
  }));
  return { ...file, looks };
}
