import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inertText, plainText, redactSecrets, shorten, withoutQuery } from '../../functions/core/hostile-text.ts';

describe('text that somebody hostile wrote', () => {
  it.each([
    ['line\r\n\tbreaks  become one space', 'line breaks become one space'],
    ['bidi \u202Eevil\u202C and \u2066isolate\u2069', 'bidi evil and isolate'],
    ['zero\u200Bwidth\u200D\uFEFF\u2060 joiners', 'zerowidth joiners'],
    ['tag \u{E0041}\u{E007F}characters', 'tag characters'],
    ['bell\u0007 escape\u001B[31m null\u0000', 'bell escape[31m null'],
    ['\uD800 lone surrogate', '\uFFFD lone surrogate'],
    ['filler\u3164\u2800\u115F', 'filler'],
  ])('prints %j as %j', (text, plain) => {
    expect(plainText(text, 100)).toBe(plain);
  });

  it.each([
    ['http://evil.example/x', 'http[:]//evil[.]example/x'],
    ['[click](http://e.example)', '[click] (http[:]//e[.]example)'],
    ['www.evil.example', 'www[.]evil[.]example'],
    ['<!channel> <@U123> @here', '‹!channel› ‹(at)U123› (at)here'],
    ['jdoe@example.com', 'jdoe(at)example[.]com'],
    ['version 1.2.3 at 203.0.113.7', 'version 1.2.3 at 203.0.113.7'],
  ])('makes %j inert as %j', (text, inert) => {
    expect(inertText(text, 100)).toBe(inert);
  });

  it.each([
    ['glpat-abcdefghij0123456789', '[redacted]'],
    ['deploy gldt-Abc_def-1234567', 'deploy [redacted]'],
    ['Authorization: Bearer abc.def.ghi', 'Authorization: [redacted]'],
    ['The token authenticated from there.', 'The token authenticated from there.'],
    ['x?private_token=hunter22&y=1', 'x?[redacted]&y=1'],
    ['AKIAIOSFODNN7EXAMPLE', '[redacted]'],
    ['/x/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', '/x/[redacted]'],
    ['/d/9f86d081884c7d659a2feaa0c55ad015', '/d/[redacted]'],
    ['/k/QWxhZGRpbjpPcGVuU2VzYW1l1A==', '/k/[redacted]'],
    ['/wp-content/plugins/contact-form-builder', '/wp-content/plugins/contact-form-builder'],
    ['AS64500 EXAMPLE-NET in NL', 'AS64500 EXAMPLE-NET in NL'],
  ])('redacts %j as %j', (text, redacted) => {
    expect(redactSecrets(text)).toBe(redacted);
  });

  it('redacts what is behind a name with token, secret, password or key in it, wherever in the name', () => {
    const pieces = ['token', 'secret', 'apikey', 'api-key', '-', '_', 'a', 'é', ':', '=', ' ', 'abcd', '"', '&', '.'];
    const expected = /\b[\w-]*(?:token|secret|password|api[_-]?key)[\w-]*[:=]\s*[^\s&,;"']{4,}/gi;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 5 }), (some) => {
        const text = some.join('');
        expect(redactSecrets(text)).toBe(text.replace(expected, '[redacted]'));
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    [`${'token-'.repeat(5_000)}=hunter22 stays`, '[redacted] stays'],
    [`${'a-'.repeat(5_000)}secret${'-b'.repeat(5_000)}: hunter22 stays`, '[redacted] stays'],
    [`${'-'.repeat(5_000)}password=hunter22`, '[redacted][redacted]'],
    [`${'token.'.repeat(5_000)}=x`, `${'token.'.repeat(5_000)}=x`],
    ['token: '.repeat(5_000), '[redacted] '.repeat(2_500)],
    [`bearer${' :'.repeat(5_000)}x`, `bearer${' :'.repeat(5_000)}x`],
    ['glab-'.repeat(5_000), '[redacted]'],
    [`${'f'.repeat(9_999)}z`, '[redacted]'],
    [`${'a.'.repeat(5_000)}b`, `${'a.'.repeat(5_000)}b`],
  ])('says the same of text as long as anybody makes it (%#)', (text, redacted) => {
    expect(redactSecrets(text)).toBe(redacted);
  });

  it('drops query strings and fragments', () => {
    expect(withoutQuery('/a/b?private_token=x#y')).toBe('/a/b');
    expect(withoutQuery('/a#x\ny')).toBe('/a');
  });

  it('never exceeds the length, never breaks a pair, never prints anything invisible', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 0, max: 60 }), (text, length) => {
        for (const shown of [plainText(text, length), inertText(text, length), shorten(text.toWellFormed(), length)]) {
          expect(shown.length).toBeLessThanOrEqual(length);
          expect(shown.isWellFormed()).toBe(true);
        }
        expect(plainText(text, length)).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
        expect(inertText(text, length)).not.toMatch(/:\/\/|[<>@]/);
      }),
    );
  });

  it('stays fast on text made to be slow', () => {
    const text = `${'Aa1'.repeat(3_000)}=${'-'.repeat(3_000)}`;
    const started = performance.now();
    redactSecrets(text);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
