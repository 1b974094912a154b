import { describe, expect, it } from 'vitest';
import { EventEvidenceBook, type EventFacts } from '../../../functions/adapters/cloudflare/event-evidence.ts';
import type { EventGroup } from '../../../functions/core/security-events.ts';
import { MINUTE } from '../../../functions/core/time.ts';

const SPAN = { notBefore: 0, notAfter: 60 * MINUTE - 1 };

function facts(dimensions: EventGroup['dimensions'], more: Partial<EventFacts> = {}): EventFacts {
  const who = { clientIP: '45.20.0.1', source: 'l7ddos', action: 'block' };
  return {
    dimensions: { ...who, ...dimensions },
    verifiedBot: false,
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
      .found.map(({ evidence, spans }) => [evidence.method, spans.map(({ notBefore }) => notBefore / MINUTE)]),
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

  it('judges each minute by its own score: an address may have bots and people behind it', () => {
    const book = bookOf(
      facts({ source: 'firewallCustom', botScore: 3 }),
      facts({ source: 'firewallCustom', botScore: 60 }),
    );
    book.addTimes(minute(5, { source: 'firewallCustom', botScore: 3 }), false);
    book.addTimes(minute(9, { source: 'firewallCustom', botScore: 60 }), false);
    expect(minutesOf(book)).toEqual({ 'bot-score': [5], 'security-event': [9] });
  });

  it("knows GitLab's host in every spelling, in times as in the list", () => {
    const book = bookOf();
    for (const clientRequestHTTPHost of ['GitLab.example.com', 'gitlab.example.com:8443', 'gitlab.example.com.']) {
      book.addTimes(minute(5, { source: 'botFight', clientRequestHTTPHost }), false);
      book.addTimes(minute(6, { clientRequestHTTPHost }), false);
    }
    expect(minutesOf(book)).toEqual({ l7ddos: [6] });
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
    book.addTimes(minute(5, { botScore: 2 }), false);
    book.addTimes(minute(7, { botScore: 2 }), true);
    expect(minutesOf(book)).toEqual({ 'bot-score': [5], l7ddos: [7] });
  });

  it('takes what the list cut off by its product, over all its minutes', () => {
    const book = bookOf();
    book.addTimes(minute(5, { clientIP: '45.20.0.2', source: 'ratelimit' }, 4), false);
    book.addTimes(minute(6, { clientIP: '45.20.0.2', source: 'ratelimit' }, 3), false);
    book.addTimes(minute(6, { clientIP: '45.20.0.3', source: 'ratelimit', action: 'allow' }), false);
    const { found } = book.evidence();
    expect(found).toMatchObject([{ evidence: { address: '45.20.0.2', method: 'rate-limit', requests: 7 } }]);
    expect(found[0]?.spans).toHaveLength(2);
  });

  it('withdraws evidence for a solved challenge that only the minutes show', () => {
    const book = bookOf(facts({ source: 'botFight', action: 'managed_challenge' }));
    book.addTimes(minute(5, { source: 'botManagement', action: 'managed_challenge_bypassed' }), false);
    expect(book.evidence()).toEqual({ found: [], solvedChallenges: 1 });
  });

  it('withdraws for a solved challenge what its product did, and no more', () => {
    const solved = { source: 'firewallCustom', action: 'managed_challenge_interactive_solved' };
    const book = bookOf(
      facts({ source: 'firewallManaged' }, { count: 50 }),
      facts({ source: 'firewallCustom', action: 'managed_challenge' }, { count: 7 }),
      facts({ source: 'firewallCustom', action: 'skip', botScore: 2 }),
      facts(solved),
    );
    const { found, solvedChallenges } = book.evidence();
    expect(found.map(({ evidence: { method, requests } }) => [method, requests])).toEqual([
      ['security-event', 50],
      ['bot-score', 1],
    ]);
    expect(solvedChallenges).toBe(1);
  });

  it('leaves out what a verified bot did, and counts the rest of its address', () => {
    const book = bookOf(
      facts({}),
      facts({ action: 'log' }),
      facts({}, { verifiedBot: true, count: 9 }),
      facts({ action: 'skip', botScore: 1 }, { verifiedBot: true }),
      facts({ clientIP: '45.20.0.2' }, { verifiedBot: true }),
      facts({ clientIP: '45.20.0.3', action: 'skip' }, { verifiedBot: true }),
    );
    book.addTimes(facts({}, { verifiedBot: true, seenExactly: true }), false);
    expect(book.evidence().found).toMatchObject([
      { address: '45.20.0.1', evidence: { requests: 1, method: 'l7ddos' }, spans: [] },
    ]);
    expect(book.verifiedBots).toBe(2);
  });

  it('keeps the span that was asked about of what was sampled', () => {
    const book = bookOf(facts({}));
    book.addTimes(facts({}, { sampleInterval: 10, count: 10 }), false);
    book.addTimes(facts({}, { sampleInterval: 10, count: 20 }), false);
    book.addTimes(minute(0), false);
    expect(book.evidence().found[0]?.spans).toEqual([
      { ...SPAN, exact: false, count: 30 },
      { notBefore: 0, notAfter: MINUTE - 1, exact: true, count: 1 },
    ]);
  });

  it('counts rows without an address, source or action', () => {
    const book = bookOf(facts({ clientIP: '' }), facts({ source: '' }), facts({ action: '' }));
    expect(book.malformed).toBe(3);
    expect(book.evidence().found).toEqual([]);
  });
});
