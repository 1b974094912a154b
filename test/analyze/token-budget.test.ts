import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateTokens, fitting, withinTokens } from '../../functions/analyze/token-budget.ts';

describe('an estimate of tokens', () => {
  it.each([
    ['nothing', '', 0],
    ['two characters a token', 'wp-login', 5],
    ['three digits a token', '203.0.113.7', 7],
    ['escapes by themselves', JSON.stringify('/"'.repeat(60)), 121],
    ['one token a byte of a script that tokenizers may not know', '管理', 6],
    ['one token a byte of what lies beyond the first plane', '𓀀', 4],
    ['both together', '/管', 4],
  ])('counts %s', (_what, text, tokens) => {
    expect(estimateTokens(text)).toBe(tokens);
  });

  // What OpenAI's o200k and cl100k were measured to take, whichever is more.
  it.each([
    ['letters and digits in turn', `/${'1a2b3c4d5e6f7g8h'.repeat(7)}`, 114],
    ['the same in upper case', '1Q2Z3X4J5V'.repeat(11), 112],
    ['one digit a segment', '/1'.repeat(56), 113],
    ['cases in turn', 'QzXj'.repeat(28), 114],
    ['quotes and backslashes', '\\"1'.repeat(40), 122],
    ['an IPv6 address', '2001:db8:1:12ab:9f31:77:ac4:4d', 24],
  ])('is not below what is known for %s', (_what, text, tokens) => {
    expect(estimateTokens(JSON.stringify(text))).toBeGreaterThanOrEqual(tokens);
    // Nor so far above that little of a budget is used.
    expect(estimateTokens(JSON.stringify(text))).toBeLessThanOrEqual(tokens * 1.1);
  });

  it('is never below what was measured for addresses and hashes', () => {
    // 25 of these cost 3,100 tokens with the tokenizer of Llama 3: 124 each.
    const event = {
      id: 'e1',
      count: 1204,
      percent: 3,
      address: '2001:db8:1:12ab:9f31:77:ac4:4d',
      source: 'firewallManaged',
      action: 'managed_challenge',
      rule: '9d2f9e3779b19e3779b19e3779b1',
      asn: '64500',
      country: 'NL',
      host: 'shop.example.com',
      path: '/wp-login.php',
      status: 403,
      bot_score: 2,
      ja4: 't13d1516h2_9e3779b16771_02713d6af862',
    };
    expect(estimateTokens(JSON.stringify(event))).toBeGreaterThanOrEqual(124);
  });
});

describe('a text within tokens', () => {
  it('is left alone when it fits and shows when it was cut', () => {
    expect(withinTokens('/wp-login.php', 10)).toBe('/wp-login.php');
    expect(withinTokens('x'.repeat(100), 20)).toMatch(/^x{20,36}…$/);
  });

  it('fits, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 120 }), fc.integer({ min: 1, max: 100 }), (text, tokens) => {
        const kept = withinTokens(text, tokens);
        expect(estimateTokens(JSON.stringify(kept))).toBeLessThanOrEqual(tokens);
        expect(kept.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('entries within tokens', () => {
  it('are the first ones, and no more than fit', () => {
    expect(fitting(['aa', 'bb', 'cc'], 6)).toEqual(['aa', 'bb']);
    expect(fitting(['aa', 'bb', 'cc'], 2)).toEqual([]);
  });

  it('do not let a small one pass a large one', () => {
    expect(fitting(['x'.repeat(50), 'y'], 10)).toEqual([]);
  });

  it('are not looked at beyond the first that does not fit', () => {
    let looked = 0;
    const entries = (function* () {
      for (;;) {
        looked++;
        yield 'entry';
      }
    })();
    expect(fitting(entries, 50)).toHaveLength(10);
    expect(looked).toBe(11);
  });
});
