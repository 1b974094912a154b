import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { readSettings } from '../../functions/runtime/settings.ts';

const Settings = z.object({
  retentionDays: z.int().check(z.gte(1), z.lte(365)),
  mode: z.enum(['shadow', 'live']),
  window: z.object({ slackMinutes: z.number() }),
  knownEgress: z.array(z.string()).check(z.maxLength(2)),
});

const good = { retentionDays: 30, mode: 'shadow', window: { slackMinutes: 30 }, knownEgress: [] };

function read(settings: unknown): unknown {
  return readSettings(Settings, { LATCHKEY_SETTINGS: JSON.stringify(settings) });
}

describe('readSettings', () => {
  it('gives the settings the schema names', () => {
    expect(read({ ...good, other: 1 })).toEqual(good);
  });

  it.each([
    ['a missing setting', { ...good, window: {} }, ['window.slackMinutes', 'number']],
    ['a wrong type', { ...good, retentionDays: '30' }, ['retentionDays']],
    ['too small a number', { ...good, retentionDays: 0 }, ['retentionDays', 'at least 1']],
    ['too large a number', { ...good, retentionDays: 366 }, ['retentionDays', 'at most 365']],
    ['a value that is no choice', { ...good, mode: 'silent' }, ['mode', '"shadow"', '"live"']],
    ['a wrong entry of a list', { ...good, knownEgress: ['a', 5] }, ['knownEgress.1', 'string']],
    ['too long a list', { ...good, knownEgress: ['a', 'b', 'c'] }, ['knownEgress', 'at most 2 entries']],
    ['something that is no settings at all', [], ['the value', 'object']],
  ])('names %s and what is allowed', (_, settings, words) => {
    for (const word of words)
      expect(() => read(settings)).toThrow(
        expect.objectContaining({ name: 'ConfigError', message: expect.stringContaining(word) }),
      );
  });

  it('names the first problems and counts the rest, quoting no value', () => {
    const message = messageOf(() =>
      readSettings(z.array(z.string()), { LATCHKEY_SETTINGS: JSON.stringify(Array(20).fill({ secret: 'hush' })) }),
    );
    expect(message).toMatch(/0 is .*; 4 is .*; and 15 more/);
    expect(message).not.toContain('hush');
  });

  it.each([undefined, ''])('says so when there are no settings', (text) => {
    expect(() => readSettings(Settings, { LATCHKEY_SETTINGS: text })).toThrow('LATCHKEY_SETTINGS is not set');
  });

  it('says so when they are no JSON, without quoting them', () => {
    const message = messageOf(() => readSettings(Settings, { LATCHKEY_SETTINGS: '{hush' }));
    expect(message).toContain('LATCHKEY_SETTINGS is not JSON');
    expect(message).not.toContain('hush');
  });
});

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error('nothing was thrown');
}
