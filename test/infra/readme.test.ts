import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SETTINGS_TABLE } from '../../infra/setting-table.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

describe('the README', () => {
  it.each(SETTINGS_TABLE.filter(({ path }) => !path.startsWith('score.')))('documents $path', (setting) => {
    expect(README).toContain(`| \`${setting.path}\` | \`${setting.default}\` | ${setting.doc} |`);
  });

  it.each(SETTINGS_TABLE.filter(({ path }) => path.startsWith('score.')))('gives the weight of $path', (setting) => {
    expect(README).toContain(`| \`${setting.path.slice('score.'.length)}\` | ${setting.default} |`);
  });

  it('names only scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const named = [...README.matchAll(/npm run ([a-z]+)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
  });
});
