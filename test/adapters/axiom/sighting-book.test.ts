import { describe, expect, it } from 'vitest';
import { MOST_ROWS, SightingBook } from '../../../functions/adapters/axiom/sighting-book.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import { EvidenceGapError } from '../../../functions/runtime/errors.ts';

const START = Date.parse('2026-03-01T11:00:00Z');

/** What Axiom answers about one address and span of time. */
function row(address: string, minute: number, more: Readonly<Record<string, unknown>> = {}) {
  const at = START + minute * MINUTE;
  return { address, gitlab: false, requests: 2, first: at, last: at + 1000, score: 20, asn: 64500, ...more };
}

function bookOf(...rows: readonly Readonly<Record<string, unknown>>[]): SightingBook {
  const book = new SightingBook({ dataset: 'edge', method: 'bot-score', ipv6PrefixLength: 64, askedBack: true });
  book.add(rows);
  return book;
}

describe('rows of answers about addresses', () => {
  it('are put together by address, as far as they lie no further apart than told', () => {
    const book = bookOf(
      row('203.0.113.7', 20, { score: 3 }),
      row('::ffff:203.0.113.7', 5),
      row('203.0.113.7', 50),
      row('203.0.113.8', 21),
    );
    const told = book
      .sightings(16 * MINUTE)
      .map(({ address, requests, seen, lowestBotScore }) => [
        address,
        requests,
        (seen.notBefore - START) / MINUTE,
        lowestBotScore,
      ]);
    expect(told).toEqual([
      ['203.0.113.7', 4, 5, 3],
      ['203.0.113.7', 2, 50, 20],
      ['203.0.113.8', 2, 21, 20],
    ]);
    expect(book.sightings(Number.POSITIVE_INFINITY)).toHaveLength(2);
  });

  it("of GitLab's own hosts are apart", () => {
    const book = bookOf(row('203.0.113.7', 1), row('203.0.113.7', 2, { gitlab: true }));
    expect(book.sightings(MINUTE)).toHaveLength(1);
    expect(book.onGitlabHosts(MINUTE)).toMatchObject([{ seen: { notBefore: START + 2 * MINUTE } }]);
  });

  it('that are none are counted, by what is wrong with them', () => {
    const book = bookOf(
      row('-', 1),
      row('203.0.113.7', 1, { first: null }),
      row('104.16.0.1', 1),
      row('203.0.113.8', 1),
    );
    expect([book.rows, book.noAddress, book.noAddressTexts, book.unreadable]).toEqual([1, 2, 1, 2]);
  });

  it('are no more than there is room for', () => {
    const most = Array.from({ length: MOST_ROWS }, () => row('203.0.113.7', 1));
    const book = bookOf(...most.slice(0, 10));
    expect(() => book.add(most)).toThrow(EvidenceGapError);
    expect(book.sightings(MINUTE)).toMatchObject([{ requests: 20 }]);
  });
});
