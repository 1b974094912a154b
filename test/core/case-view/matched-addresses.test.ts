import { describe, expect, it } from 'vitest';
import { deedsOf, timesWords } from '../../../functions/core/case-view/deeds.ts';
import { matchedAddresses } from '../../../functions/core/case-view/matched-addresses.ts';
import { botScoreWords, countryWords, methodWords } from '../../../functions/core/case-view/sighting-words.ts';
import { sightingsOn } from '../../../functions/core/case-view/sightings-on.ts';
import type { Match } from '../../../functions/core/finding.ts';
import { addressesOf } from '../../../functions/core/finding-addresses.ts';
import { METHODS_BEST_FIRST } from '../../../functions/core/sighting.ts';
import { HOUR, instant, MINUTE } from '../../../functions/core/time.ts';
import { sampleCaseFile } from '../../support/case-files.ts';
import { credential, finding, habits, match, NOON, sighting, tokenUse } from '../../support/evidence.ts';

describe('matched addresses', () => {
  it('tell how they were found, the best evidence first', () => {
    const matches = [
      match({ sighting: sighting({ method: 'share', askedBack: true }) }),
      match({ sighting: sighting({ method: 'bot-product', askedBack: true, asnName: 'NET' }) }),
    ];
    const [one] = matchedAddresses(finding({ matches, addresses: addressesOf(matches) }), new Map(), 5);
    expect(one).toMatchObject({ methods: ['bot-product', 'share'], askedBack: true, asnName: 'NET' });
  });

  it('take from the sightings of the case what the kept matches say no more', () => {
    const kept = finding({ matches: [], matchCount: 9 });
    const seen = new Map([['203.0.113.7', [sighting({ method: 'rate-limit' })]]]);
    expect(matchedAddresses(kept, seen, 5)[0]?.methods).toEqual(['rate-limit']);
    expect(matchedAddresses(kept, new Map(), 5)[0]?.methods).toEqual([]);
  });

  it('name the neighbour that was sighted where only the network matched', () => {
    const use = tokenUse({ address: '2001:db8::2', network: '2001:db8::/64' });
    const seen = sighting({ address: '2001:db8::1', network: '2001:db8::/64' });
    const matches = [match({ rule: 'same-network', use, sighting: seen })];
    const [one] = matchedAddresses(finding({ matches, addresses: addressesOf(matches) }), new Map(), 5);
    expect(one?.neighbour).toBe('2001:db8::1');
  });

  it('tell what is known of the network beyond the case, and nothing where there is no history', () => {
    const known = credential({ habits: habits({ networkDays: { '203.0.113.7': 4 } }) });
    const shared = finding({ credential: known, sharedNetworks: ['203.0.113.7'], usualNetworks: ['203.0.113.7'] });
    expect(matchedAddresses(shared, new Map(), 5)[0]?.standing).toEqual({
      shared: true,
      days: 4,
      usual: true,
      isNew: false,
    });
    expect(matchedAddresses(finding(), new Map(), 5)[0]?.standing.isNew).toBeUndefined();
  });

  it('are looked up in every look, on the networks asked for only', () => {
    const file = sampleCaseFile();
    const found = sightingsOn(file, new Set(['203.0.113.7', '192.0.2.1']));
    expect([...found.keys()]).toEqual(['203.0.113.7']);
    expect(found.get('203.0.113.7')).toHaveLength(2);
  });
});

describe('what is known of the uses at an address', () => {
  const OF_LIST = { notBefore: credential().createdAt ?? 0, notAfter: NOON };
  const listed = match({ use: tokenUse({ at: OF_LIST, sources: ['inventory'] }) });
  const act = (minutes: number) =>
    match({ use: tokenUse({ strength: 'acted', action: `act_${minutes}`, at: instant(NOON - minutes * MINUTE) }) });
  const only = (...matches: Match[]) =>
    matchedAddresses(
      finding({ matches, matchCount: matches.length, addresses: addressesOf(matches) }),
      new Map(),
      5,
    )[0];

  it('tells uses of the token from acts of its owner', () => {
    expect(only(act(3), listed, act(2), act(1))).toMatchObject({
      uses: 4,
      proven: [
        { strength: 'used', times: 1 },
        { strength: 'acted', times: 3 },
      ],
      unkept: 0,
    });
  });

  it('counts what no match is kept of, and says no more of it', () => {
    const addresses = addressesOf([listed, act(3), act(2)]);
    const [one] = matchedAddresses(finding({ matches: [listed], matchCount: 3, addresses }), new Map(), 5);
    expect(one).toMatchObject({ proven: [{ strength: 'used', times: 1 }], unkept: 2 });
  });

  it('does not take the making of the token for its first use', () => {
    expect(only(listed)?.when).toEqual({ within: { notBefore: 0, notAfter: NOON } });
    const bounded = { notBefore: NOON - HOUR, notAfter: NOON };
    expect(only(match({ use: tokenUse({ at: bounded }) }))?.when).toEqual({ within: bounded });
  });

  it('has the known instants apart from the others', () => {
    expect(only(listed, act(9), act(2))?.when).toEqual({
      exactly: { notBefore: NOON - 9 * MINUTE, notAfter: NOON - 2 * MINUTE },
      within: { notBefore: 0, notAfter: NOON },
    });
    expect(only(act(9))?.when).toEqual({ exactly: instant(NOON - 9 * MINUTE) });
  });
});

describe('what a credential did', () => {
  const calls = ['GET /api/:version/projects', 'GET /api/:version/projects/:id/variables'];

  it('begins with what takes secrets, and tells alike uses once', () => {
    const matches = [0, 1, 2].map((index) => match({ use: tokenUse({ calls, at: instant(NOON - index), times: 2 }) }));
    const { told, leftOut } = deedsOf(finding({ matches }), 8);
    expect(told.map(({ what, sensitive, uses }) => [what, sensitive, uses])).toEqual([
      [calls[1], true, 6],
      [calls[0], false, 6],
    ]);
    expect(told[0]?.at).toEqual({ notBefore: NOON - 2, notAfter: NOON });
    expect(leftOut).toBe(0);
  });

  it('is cut, and counts what is left out', () => {
    const matches = Array.from({ length: 20 }, (_, index) => match({ use: tokenUse({ action: `event_${index}` }) }));
    const { told, leftOut } = deedsOf(finding({ matches }), 8);
    expect([told.length, leftOut]).toEqual([8, 12]);
  });

  it('is counted in words', () => {
    expect([1, 2, 1_000].map(timesWords)).toEqual(['once', '2 times', '1,000 times']);
  });

  it('does not call sensitive what was turned away', () => {
    const matches = [match({ use: tokenUse({ calls, strength: 'refused', refusal: 'token_expired' }) })];
    expect(deedsOf(finding({ matches }), 8).told.map(({ sensitive }) => sensitive)).toEqual([false, false]);
  });
});

describe('words for a sighting', () => {
  it('say what a bot score means', () => {
    expect([1, 2, 29, 30, undefined].map(botScoreWords)).toEqual([
      '1 of 99: surely automated',
      '2 of 99: likely automated',
      '29 of 99: likely automated',
      '30 of 99: likely human',
      'no bot score',
    ]);
  });

  it('name countries, and leave what is none to the page', () => {
    expect(['NL', 'T1', 'XX', '<b>', 'nl', '', undefined].map(countryWords)).toEqual([
      'Netherlands (NL)',
      'Tor (T1)',
      'XX',
      '<b>',
      'nl',
      undefined,
      undefined,
    ]);
  });

  it('has different words for every method', () => {
    expect(new Set(METHODS_BEST_FIRST.map(methodWords)).size).toBe(METHODS_BEST_FIRST.length);
  });
});
