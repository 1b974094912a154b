import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { phasesOf } from '../../functions/core/activity.ts';
import type { Finding } from '../../functions/core/finding.ts';
import { buildFindings, type FindingRules } from '../../functions/core/findings.ts';
import { type HuntTimes, huntReads } from '../../functions/core/hunt.ts';
import { indexSightings, joinUses } from '../../functions/core/join.ts';
import { ownedMatches } from '../../functions/core/pair-owner.ts';
import { SCORE_WEIGHTS } from '../../functions/core/score/weights.ts';
import { HOUR, instant, MINUTE, touches, type Window } from '../../functions/core/time.ts';
import { STRENGTHS_BEST_FIRST, type TokenUse } from '../../functions/core/token-use.ts';
import { betterVerdict, type FindingVerdict } from '../../functions/core/verdict.ts';
import { credential, habits, NOON, sighting, tokenUse } from '../support/evidence.ts';

const TIMES: HuntTimes = { slack: 30 * MINUTE, overlap: 45 * MINUTE, delay: 10 * MINUTE, lateness: 15 * MINUTE };
const HOURS = 4;
const ADDRESSES = ['203.0.113.7', '203.0.113.8'];
/** Nobody works from there, so that nothing but the evidence explains a page. */
const CREDENTIALS = [
  credential({ id: 'token/1', owner: { id: 1 }, knownNetworks: [] }),
  credential({ id: 'token/2', owner: { id: 2 }, habits: habits({ hours: [3] }) }),
];
const KNOWLEDGE = { isKnownEgress: () => false, sharedEgress: () => undefined, isNewOperator: () => false };
const RULES: Omit<FindingRules, 'window'> = {
  trigger: 'hunt',
  threshold: 70,
  floor: true,
  huntPages: 'confirmed',
  huntProbable: 85,
  ownEgressKnown: false,
  slack: TIMES.slack,
  probableHours: 2,
  weights: SCORE_WEIGHTS,
};

/** A bot asked for something, or a token was used: exactly then, from there. */
interface Moment {
  readonly at: number;
  readonly address: string;
}

const anyMoment = fc.record({
  at: fc.integer({ min: 0, max: HOURS * 60 - 1 }).map((minute) => NOON + minute * MINUTE),
  address: fc.constantFrom(...ADDRESSES),
});
const anyUse = fc
  .record({
    moment: anyMoment,
    credential: fc.constantFrom('token/1', 'token/2', 'token/3'),
    strength: fc.constantFrom('used', 'used', 'minted', 'refused'),
  })
  .map(({ moment: { at, address }, ...rest }) => tokenUse({ address, at: instant(at), sources: ['logs'], ...rest }));
const someUses = fc.uniqueArray(anyUse, {
  maxLength: 12,
  selector: ({ credential: id, address, at, strength }) => `${id} ${address} ${at.notAfter} ${strength}`,
});

/** What hunts of these windows find, one after the other. */
function hunted(windows: readonly Window[], requests: readonly Moment[], uses: readonly TokenUse[]): Finding[] {
  let reported: ReadonlySet<string> = new Set();
  return windows.flatMap((window) => {
    const reads = huntReads(window, TIMES);
    const index = indexSightings(phases(requests.filter(({ at }) => touches(instant(at), reads.sightings))));
    const read = uses.filter(({ at }) => touches(at, reads.uses));
    const matches = joinUses(read, index, { window: reads.uses, slack: TIMES.slack });
    const own = ownedMatches(matches, index, reads, TIMES.slack, reported);
    reported = new Set(own.lateKeys);
    const judged = { start: reads.late.start, end: reads.owned.end };
    return buildFindings(own.matches, CREDENTIALS, KNOWLEDGE, { ...RULES, window: judged });
  });
}

/** As asking back answers: the requests of an address in spans of a quarter of an hour, put together to phases. */
function phases(requests: readonly Moment[]) {
  return ADDRESSES.flatMap((address) => {
    const own = requests.filter((request) => request.address === address).map(({ at }) => at);
    const spans = [...Map.groupBy(own, (at) => Math.floor(at / (15 * MINUTE))).values()];
    const seen = spans.map((some) => ({ notBefore: Math.min(...some), notAfter: Math.max(...some) }));
    return phasesOf(
      seen.map((span) => sighting({ address, seen: span })),
      TIMES.slack,
    );
  });
}

/** What some hunts found of each credential, all of them together. */
function together(findings: readonly Finding[]) {
  const told = [...Map.groupBy(findings, ({ credential: { id } }) => id)].map(([id, some]) => {
    const rows = Map.groupBy(
      some.flatMap(({ addresses }) => addresses),
      ({ address }) => address,
    );
    return {
      id,
      verdict: some.map(({ verdict }) => verdict).reduce<FindingVerdict>(betterVerdict, 'corroborated'),
      pages: some.some(({ decision }) => decision === 'page'),
      matches: some.reduce((sum, { matchCount }) => sum + matchCount, 0),
      evidence: [...new Set(some.flatMap(({ evidence }) => evidence))].sort(),
      addresses: [...rows]
        .map(([address, of]) => ({
          address,
          uses: of.reduce((sum, { uses }) => sum + uses, 0),
          strength: STRENGTHS_BEST_FIRST.find((best) => of.some(({ strength }) => strength === best)),
          first: Math.min(...of.map(({ firstUse }) => firstUse)),
          last: Math.max(...of.map(({ lastUse }) => lastUse)),
        }))
        .sort((a, b) => (a.address < b.address ? -1 : 1)),
    };
  });
  return told.sort((a, b) => (a.id < b.id ? -1 : 1));
}

const WHOLE = { start: NOON, end: NOON + (HOURS + 1) * HOUR };
const BY_THE_HOUR = Array.from({ length: HOURS + 1 }, (_, hour) => ({
  start: NOON + hour * HOUR,
  end: NOON + (hour + 1) * HOUR,
}));

describe('a window split into hunts', () => {
  it('shows the same uses, credentials, verdicts and pages as one hunt of it, and no score above that one’s', () => {
    fc.assert(
      fc.property(fc.array(anyMoment, { maxLength: 12 }), someUses, (requests, uses) => {
        const whole = hunted([WHOLE], requests, uses);
        const split = hunted(BY_THE_HOUR, requests, uses);
        expect(together(split)).toEqual(together(whole));
        const scores = new Map(whole.map(({ credential: { id }, score }) => [id, score]));
        for (const { credential: who, score } of split) expect(score).toBeLessThanOrEqual(scores.get(who.id) ?? -1);
      }),
      { numRuns: 500 },
    );
  });
});
