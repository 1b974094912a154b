import { describe, expect, it } from 'vitest';
import { EventEvidenceBook, type EventFacts } from '../../../functions/adapters/cloudflare/event-evidence.ts';
import type { EventGroup } from '../../../functions/core/security-events.ts';
import { MINUTE } from '../../../functions/core/time.ts';

const SPAN = { notBefore: 0, notAfter: 60 * MINUTE - 1 };

function facts(dimensions: EventGroup['dimensions'], more: Partial<EventFacts> = {}): EventFacts {
  const who = { clientIP: '45.20.0.1', source: 'l7ddos', action: 'block' };
  return {
    dimensions: { ...who, ...dimensions },
    count: 1,
    sampleInterval: 1,
    seen: SPAN,
    seenExactly: false,
    ...more,
  };
}

const minute = (at: number, dimensions: EventGroup['dimensions'] = {}, count = 1) =>
  facts(dimensions, { count, seen: { notBefore: at * MINUTE, notAfter: (at + 1) * MINUTE - 1 }, seenExactly: true });

function bookOf(...listed: EventFacts[]) {
  const book = new EventEvidenceBook(['gitlab.example.com']);
  for (const one of listed) book.add(one);
  return book;
}

const minutesOf = (book: EventEvidenceBook) =>
  Object.fromEntries(
    book
      .evidence()
      .found.map(({ evidence, minutes }) => [evidence.method, minutes.map(({ seen }) => seen.notBefore / MINUTE)]),
  );

describe('evidence out of security events', () => {
  it('adds up groups of one address and method: events, lowest score, texts up to a bound', () => {
    const book = bookOf(
      ...Array.from({ length: 30 }, (_, index) =>
        facts({ botScore: 29 - (index % 5), clientRequestPath: `/${index}`, ja4: `j${index}` }, { count: 2 }),
      ),
    );
    const [{ evidence } = { evidence: undefined }] = book.evidence().found;
    expect(evidence).toMatchObject({ method: 'bot-score', requests: 60, lowestBotScore: 25 });
    expect(evidence?.paths).toHaveLength(20);
    expect(evidence?.ja4).toHaveLength(10);
  });

  it('gives the minutes of an address, product and action to every method these are evidence by', () => {
    const book = bookOf(
      facts({ source: 'firewallCustom', botScore: 3 }),
      facts({ source: 'firewallCustom', botScore: 60 }),
    );
    book.addTimes(minute(5, { source: 'firewallCustom' }), false);
    book.addTimes(minute(9, { source: 'firewallCustom' }), false);
    expect(minutesOf(book)).toEqual({ 'bot-score': [5, 9], 'security-event': [5, 9] });
  });

  it('does not give the minutes of what was let through to what was blocked', () => {
    const book = bookOf(facts({}), facts({ action: 'skip' }));
    book.addTimes(minute(5), false);
    book.addTimes(minute(30, { action: 'skip' }), false);
    expect(minutesOf(book)).toEqual({ l7ddos: [5] });
  });

  it("tells minutes on GitLab's hosts from those on others", () => {
    const onGitlab = { clientRequestHTTPHost: 'gitlab.example.com' };
    const book = bookOf(facts({ botScore: 2 }), facts({ ...onGitlab, botScore: 2 }));
    book.addTimes(minute(5), false);
    book.addTimes(minute(7), true);
    expect(minutesOf(book)).toEqual({ 'bot-score': [5], l7ddos: [7] });
  });

  it('takes what the list cut off by its product, over all its minutes', () => {
    const book = bookOf();
    book.addTimes(minute(5, { clientIP: '45.20.0.2', source: 'ratelimit' }, 4), false);
    book.addTimes(minute(6, { clientIP: '45.20.0.2', source: 'ratelimit' }, 3), false);
    book.addTimes(minute(6, { clientIP: '45.20.0.3', source: 'ratelimit', action: 'allow' }), false);
    const { found } = book.evidence();
    expect(found).toMatchObject([{ evidence: { address: '45.20.0.2', method: 'rate-limit', requests: 7 } }]);
    expect(found[0]?.minutes).toHaveLength(2);
  });

  it('withdraws evidence for a solved challenge that only the minutes show', () => {
    const book = bookOf(facts({ source: 'botFight', action: 'managed_challenge' }));
    book.addTimes(minute(5, { source: 'botManagement', action: 'managed_challenge_bypassed' }), false);
    expect(book.evidence()).toEqual({ found: [], solvedChallenges: 1 });
  });

  it('takes a good bot that is verified in any of its events for verified', () => {
    const book = bookOf(facts({}), facts({ action: 'log' }), facts({}, { verifiedBotCategory: 'AI Crawler' }));
    expect(book.evidence().found).toMatchObject([{ evidence: { verifiedBot: true, requests: 2 } }]);
  });

  it('takes no bot score of a client that Cloudflare knows as a good bot', () => {
    const book = bookOf(facts({ action: 'skip', botScore: 1 }, { verifiedBotCategory: 'AI Crawler' }));
    expect(book.evidence().found).toEqual([]);
  });

  it('counts rows without an address, source or action', () => {
    const book = bookOf(facts({ clientIP: '' }), facts({ source: '' }), facts({ action: '' }));
    expect(book.malformed).toBe(3);
    expect(book.evidence().found).toEqual([]);
  });
});
