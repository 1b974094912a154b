import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseEnvFile, readVariables } from '../../../infra/local/env-file.ts';
import { UsageError } from '../../../infra/local/usage-error.ts';

describe('parseEnvFile', () => {
  it('reads values, quotes and comments', () => {
    const text = [
      '# a comment',
      '',
      'PLAIN=https://gitlab.example/x#anchor # said behind it',
      '  export SPACED = two words ',
      "SINGLE='keeps # and \\n and \"'",
      'DOUBLE="a \\"b\\"\\nc" # comment',
      'EMPTY=',
    ].join('\r\n');
    expect(Object.fromEntries(parseEnvFile(text, 'file'))).toEqual({
      PLAIN: 'https://gitlab.example/x#anchor',
      SPACED: 'two words',
      SINGLE: 'keeps # and \\n and "',
      DOUBLE: 'a "b"\nc',
      EMPTY: '',
    });
  });

  it.each(['no equals sign', '1KEY=x', 'KEY="unclosed', "KEY='a'b'"])('refuses %j without quoting it', (line) => {
    expect(() => parseEnvFile(`OK=1\n${line}`, 'local.env')).toThrow('local.env, line 2');
    expect(() => parseEnvFile(line, 'local.env')).not.toThrow(line);
  });
});

describe('readVariables', () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'latchkey-env-')), 'local.env');
  writeFileSync(file, 'GITLAB_URL=https://from.file\nGITLAB_TOKEN=\n');

  it('lets the file win, and unset', () => {
    const variables = readVariables({ GITLAB_URL: 'https://ambient', GITLAB_TOKEN: 'ambient', OTHER: 'x' }, file);
    expect(variables.get('GITLAB_URL')).toEqual({ value: 'https://from.file', from: 'file' });
    expect(variables.has('GITLAB_TOKEN')).toBe(false);
    expect(variables.get('OTHER')).toEqual({ value: 'x', from: 'environment' });
  });

  it('counts an empty variable as not set', () => {
    expect(readVariables({ GITLAB_URL: '' }).size).toBe(0);
  });

  it('names a file it cannot read', () => {
    expect(() => readVariables({}, '/nowhere/local.env')).toThrow(UsageError);
    expect(() => readVariables({}, '/nowhere/local.env')).toThrow('--env /nowhere/local.env');
  });
});
