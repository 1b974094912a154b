import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyOf } from '../../../functions/adapters/alert-webhook/format.ts';
import schema from '../../../functions/adapters/alert-webhook/generic.schema.json' with { type: 'json' };
import { GENERIC_BYTES } from '../../../functions/adapters/alert-webhook/generic.ts';
import { composeAlert } from '../../../functions/core/alert-message.ts';
import { googleChatProblem } from '../../../infra/local/stand-ins/google-chat-message.ts';
import { slackProblem } from '../../../infra/local/stand-ins/slack-message.ts';
import { ALERTS, alertFactsOf } from '../../support/alert-facts.ts';
import { type Amounts, alertOf } from './hostile-facts.ts';
import { violations } from './json-schema.ts';

/** From nothing at all to far too much, in characters that grow when they are escaped. */
const WORDS = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc
    .constantFrom('', '&', '<&>', '\u{1F600}', '"\\', '漢字 ', 'a.b ', '[.]', 'example.com ')
    .chain((unit) => fc.integer({ min: 0, max: 3_000 }).map((times) => unit.repeat(times))),
);
const AMOUNTS: fc.Arbitrary<Amounts> = fc.record({
  groups: fc.constantFrom(0, 1, 25, 300),
  findings: fc.constantFrom(0, 1, 30),
  claims: fc.constantFrom(0, 3, 40),
});

/** Checks the body of an alert with any words in any amount. */
function always(check: (message: ReturnType<typeof composeAlert>) => void) {
  const alert = fc.tuple(WORDS, AMOUNTS).map(([words, amounts]) => composeAlert(alertOf(words, amounts)));
  fc.assert(fc.property(alert, check), { numRuns: 40 });
}

describe('an alert of any size', () => {
  it('is within the limits of Slack', () => {
    always((message) => {
      const body = bodyOf(message, 'slack');
      expect(slackProblem(body)).toBeUndefined();
      expect(JSON.stringify(body).isWellFormed()).toBe(true);
    });
  }, 60_000);

  it('is within the limits of Google Chat', () => {
    always((message) => {
      const text = JSON.stringify(bodyOf(message, 'google-chat'));
      expect(googleChatProblem(JSON.parse(text), text)).toBeUndefined();
      expect(text.match(/"(?:textParagraph|decoratedText|buttonList)"/g)?.length).toBeLessThanOrEqual(100);
    });
  }, 60_000);

  it('is within the size and the schema of the generic format', () => {
    always((message) => {
      const text = JSON.stringify(bodyOf(message, 'generic'));
      expect(Buffer.byteLength(text, 'utf8')).toBeLessThanOrEqual(GENERIC_BYTES);
      expect(violations(schema, JSON.parse(text))).toEqual([]);
    });
  }, 60_000);
});

describe('the generic format', () => {
  it.each(Object.entries(ALERTS))('of %s is as its schema says', (_, facts) => {
    expect(violations(schema, JSON.parse(JSON.stringify(bodyOf(composeAlert(facts()), 'generic'))))).toEqual([]);
  });

  it('has a schema that finds what is wrong', () => {
    const body = JSON.parse(JSON.stringify(bodyOf(composeAlert(alertFactsOf()), 'generic')));
    expect(violations(schema, { ...body, schema: 'latchkey.alert/2' })).toEqual([
      '$.schema: breaks const "latchkey.alert/1"',
    ]);
    expect(violations(schema, { ...body, severity: 'info', more: 1 })).toHaveLength(2);
    expect(violations(schema, { ...body, zone: {} })).toEqual(['$.zone: breaks required ["id"]']);
  });

  it('leaves out the smallest groups first, and says how many', () => {
    const facts = ALERTS.distributed?.();
    if (facts === undefined) throw new Error('there is no such alert');
    const body = JSON.parse(JSON.stringify(bodyOf(composeAlert(facts), 'generic')));
    const counts = body.rawEvents.groups.map(({ count }: { count: number }) => count);
    expect(counts[0]).toBe(20_000);
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    expect(counts.length + body.rawEvents.leftOut).toBe(10_000);
    expect(body.rawEvents.more).toBe(true);
    expect(body.notes.at(-1)).toMatch(/^The \d+ smallest of 1000 groups of raw events were left out/);
    // Nearly full: no more was left out than had to be.
    expect(Buffer.byteLength(JSON.stringify(body))).toBeGreaterThan(GENERIC_BYTES - 1_500);
  });
});

describe('a chat message', () => {
  it('counts what it does not show', () => {
    const message = composeAlert(alertOf('x', { groups: 300, findings: 30, claims: 40 }));
    for (const format of ['slack', 'google-chat'] as const) {
      const text = JSON.stringify(bodyOf(message, format));
      const shown = text.match(/ × /g)?.length ?? 0;
      const untold = Number(/(\d+) further groups are not shown/.exec(text)?.[1]);
      expect(shown + untold).toBe(300);
      const credentials = text.match(/Score \d+, page/g)?.length ?? 0;
      expect(credentials).toBeGreaterThan(0);
      expect(text).toContain(`and ${30 - credentials} more credentials`);
    }
  });

  it('always says what GitLab answered, and that it does not know', () => {
    const facts = ALERTS.distributed?.();
    if (facts === undefined) throw new Error('there is no such alert');
    const message = composeAlert(facts);
    for (const format of ['slack', 'google-chat'] as const) {
      expect(JSON.stringify(bodyOf(message, format))).toContain('Not known: GitLab could not be asked');
    }
  });
});
