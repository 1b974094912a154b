import { describe, expect, it } from 'vitest';
import { requireEnv, requireUrlEnv } from '../../functions/runtime/environment.ts';

describe('requireEnv', () => {
  it('gives the value', () => {
    expect(requireEnv('TABLE_NAME', { TABLE_NAME: 'latchkey' })).toBe('latchkey');
  });

  it.each([{}, { TABLE_NAME: '' }])('names a variable that is missing or empty', (env) => {
    expect(() => requireEnv('TABLE_NAME', env)).toThrow(
      expect.objectContaining({ name: 'ConfigError', message: expect.stringContaining('TABLE_NAME') }),
    );
  });
});

describe('requireUrlEnv', () => {
  it.each([
    ['https://gitlab.com', 'https://gitlab.com'],
    ['https://gitlab.com/', 'https://gitlab.com'],
    ['https://example.com/gitlab//', 'https://example.com/gitlab'],
    ['http://127.0.0.1:8080/client/v4', 'http://127.0.0.1:8080/client/v4'],
  ])('reads %s without trailing slashes', (value, url) => {
    expect(requireUrlEnv('GITLAB_URL', { GITLAB_URL: value })).toBe(url);
  });

  it.each([
    'gitlab.com',
    'ftp://gitlab.com',
    'https://me:secret@gitlab.com',
    'https://token@gitlab.com',
    'https://a.b/?token=secret',
  ])('refuses %s, naming the variable and not the value', (value) => {
    expect(() => requireUrlEnv('GITLAB_URL', { GITLAB_URL: value })).toThrow(
      expect.objectContaining({ name: 'ConfigError', message: expect.stringMatching(/^(?=.*GITLAB_URL)(?!.*secret)/) }),
    );
  });
});
