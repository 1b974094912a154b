import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evidenceDocument } from '../../functions/analyze/evidence-document.ts';
import { domainsIn, factsIn, factsStated } from '../../functions/analyze/facts.ts';
import { validateAnswer } from '../../functions/analyze/validate-answer.ts';
import { identifyEvidence } from '../../functions/core/evidence-ids.ts';
import { answerFor, documentIn, hostileAnswerFor } from '../../infra/local/stand-ins/bedrock-answer.ts';
import injections from '../events/bedrock/injections.json' with { type: 'json' };
import { COVERAGE, findingOf, matchOf, sightingOf, stateOf } from '../support/pager-facts.ts';

const DOCUMENT = evidenceDocument(
  identifyEvidence(
    [findingOf({ matches: [matchOf('203.0.113.7'), matchOf('2001:db8::1')] })],
    [sightingOf('203.0.113.7')],
    COVERAGE,
  ),
  stateOf(),
  { includeOwners: false, eventTokens: 6_000 },
);
const EMPTY = { summary: [], severity: 'low', geography: [], asns: [], targets: [], patterns: [], actions: [] };
const GOOD = { text: 'Token 812 was used.', evidence: ['f1'] };
const kept = (text: string, evidence: readonly string[] = ['f1']) => {
  const validated = validateAnswer({ ...EMPTY, summary: [GOOD, { text, evidence }] }, DOCUMENT);
  return validated.ok ? validated.analysis.summary.slice(1) : [];
};

describe('an answer of the model', () => {
  it.each([
    'Token 812 with api scope was used from 203.0.113.7 at 2026-11-20T18:55:00.000Z.',
    'It scored 91, with about 1,204 requests from AS64500 in NL.',
    'The use at 18:55 falls within the traffic.',
    'The same token was used from 2001:DB8:0:0::1.',
    'The path /wp-login.php on shop.example.com was asked for most.',
    'Severe: the audit log could not be read.',
  ])('may say %j', (text) => {
    expect(kept(text)).toEqual([{ text, evidence: ['f1'] }]);
  });

  it.each([
    ['an address it made up', 'The traffic came from 198.51.100.250.'],
    ['an IPv6 address it made up', 'The traffic came from 2001:db8::2.'],
    ['a network it made up', 'The traffic came from 203.0.113.0/24.'],
    ['no address at all', 'The traffic came from 999.1.1.1.'],
    ['a number it made up', 'Exactly 4711 requests were seen.'],
    ['a token it made up', 'Token 813 was used.'],
    ['a link', 'See https://evil.example for details.'],
    ['a link without scheme', 'See www.evil.example.'],
    ['a bare domain', 'See evil-portal.example for details.'],
    ['a domain with a path', 'See evil.example/login.php now.'],
    ['another scheme', 'Open javascript:alert now.'],
    ['a markdown link', 'See [this](x).'],
    ['HTML', 'It was <b>bad</b>.'],
    ['a mention', 'Tell @channel at once.'],
    ['an e-mail address', 'Write to soc@example.com.'],
    ['code', 'Run `curl` now.'],
    ['a Slack mention', 'Tell <!here> now.'],
    ['nothing', ' '],
  ])('may not hold %s', (_what, text) => {
    expect(kept(text)).toEqual([]);
  });

  it('may not cite what it was not given', () => {
    expect(kept('Token 812 was used.', ['f9', 'evil'])).toEqual([]);
    expect(kept('Token 812 was used.', ['f9', 'f1'])).toEqual([{ text: 'Token 812 was used.', evidence: ['f1'] }]);
  });

  it('loses what cannot be seen, and length', () => {
    expect(kept(`Token\u202E 812\u200B ${'x'.repeat(900)}`)[0]?.text).toMatch(/^Token 812 x+…$/);
    expect(kept(`Token 812 ${'x '.repeat(900)}`)[0]?.text.length).toBeLessThanOrEqual(300);
  });

  it('may recommend only listed actions, three of them', () => {
    const action = { action: 'revoke-credential', claim: GOOD };
    const validated = validateAnswer(
      { ...EMPTY, summary: [GOOD], actions: [{ action: 'rm -rf', claim: GOOD }, action, action, action, action] },
      DOCUMENT,
    );
    expect(validated).toMatchObject({ ok: true, dropped: 1, analysis: { actions: [action, action, action] } });
  });

  it('is none without a claim that holds', () => {
    expect(
      validateAnswer({ ...EMPTY, summary: [{ text: 'See https://x.example', evidence: ['f1'] }] }, DOCUMENT),
    ).toEqual({
      ok: false,
      why: 'its summary had no claim that holds: holds a link',
    });
    expect(validateAnswer({ ...EMPTY, summary: [], severity: 'fine' }, DOCUMENT)).toMatchObject({ ok: false });
  });

  it.each([null, undefined, 1, 'x', [], {}, { summary: 'x', severity: 'low' }, { summary: [[[]]], severity: 'low' }])(
    'of the form %j is refused',
    (answer) => {
      expect(validateAnswer(answer, DOCUMENT).ok).toBe(false);
    },
  );

  it('that obeys an attacker leaves nothing', () => {
    const given = documentIn(`b\n${DOCUMENT.text}\nb`) ?? {};
    expect(validateAnswer(hostileAnswerFor(given), DOCUMENT)).toMatchObject({ ok: false });
    expect(validateAnswer(answerFor(given), DOCUMENT)).toMatchObject({ ok: true, dropped: 0 });
  });

  it.each(injections)('that repeats %j stays inert', (words) => {
    const [claim] = kept(words);
    if (claim === undefined) return;
    expect(claim.text).not.toMatch(/:\/\/|[<>`@\u202E\u200B]|\]\(/);
    expect(claim.text.length).toBeLessThanOrEqual(300);
  });

  it('never throws and never states what was not given, whatever it is', () => {
    const known = factsIn(DOCUMENT.text);
    fc.assert(
      fc.property(
        fc.array(fc.record({ text: fc.string({ maxLength: 400 }), evidence: fc.constant(['f1']) })),
        (summary) => {
          const validated = validateAnswer({ ...EMPTY, summary }, DOCUMENT);
          if (!validated.ok) return;
          for (const { text } of validated.analysis.summary)
            for (const fact of factsStated(text)) expect(known).toContain(fact);
        },
      ),
    );
  });
});

describe('facts', () => {
  it.each([
    ['203.0.113.7 and 1,204', ['address 203.0.113.7', 'number 1204']],
    ['::ffff:203.0.113.7', ['address 203.0.113.7']],
    ['at 19:04:11', ['number 19', 'number 4', 'number 11']],
    ['AS64500', ['number 64500']],
    ['2.5 per second', ['number 2.5']],
    ['one, two', []],
  ])('of %j are %j', (text, facts) => {
    expect([...factsStated(text)]).toEqual(facts);
  });

  it('know domains from files', () => {
    expect(domainsIn('See Evil.Example, /wp-login.php, 1.2.3.4 and e.g. x.co')).toEqual(['evil.example', 'x.co']);
  });

  it('stay fast on text made to be slow', () => {
    const text = `${'1:'.repeat(3_000)} ${'a.'.repeat(3_000)}1 ${'a-'.repeat(3_000)}`;
    const started = performance.now();
    factsIn(text);
    factsStated(text.slice(0, 300));
    domainsIn(text.slice(0, 300));
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
