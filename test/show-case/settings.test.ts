import { describe, expect, it } from 'vitest';
import { readSettings } from '../../functions/show-case/settings.ts';

const GIVEN = { retentionDays: 30, looks: { minutes: [5, 15] }, window: { slackMinutes: 30 }, page: { threshold: 70 } };

function read(settings: unknown): unknown {
  return readSettings({ LATCHKEY_SETTINGS: JSON.stringify(settings) });
}

describe('the settings of the page of a case', () => {
  it('are those that it reads, and no others', () => {
    expect(read({ ...GIVEN, mode: 'live' })).toEqual(GIVEN);
  });

  it.each([
    ['retentionDays is missing or no number', { ...GIVEN, retentionDays: '30' }],
    ['retentionDays is missing or no number', [] as unknown],
    ['retentionDays is missing or no number', null],
    ['looks.minutes is missing or no list of numbers', { ...GIVEN, looks: { minutes: [5, '15'] } }],
    ['looks.minutes is missing or no list of numbers', { ...GIVEN, looks: 5 }],
    ['window.slackMinutes is missing or no number', { ...GIVEN, window: {} }],
    ['page.threshold is missing or no number', { ...GIVEN, page: { threshold: null } }],
  ])('say that %s', (words, settings) => {
    expect(() => read(settings)).toThrow(
      expect.objectContaining({ name: 'ConfigError', message: `Settings in LATCHKEY_SETTINGS are wrong: ${words}.` }),
    );
  });
});
