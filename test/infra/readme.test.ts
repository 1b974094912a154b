import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { complete } from '../../functions/core/coverage.ts';
import { asWritten, huntReport, manifestOf } from '../../functions/core/hunt-report.ts';
import { SETTINGS_TABLE } from '../../infra/setting-table.ts';
import { credential, finding, match, WINDOW } from '../support/evidence.ts';

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

  it('names every column of the report, and no other', () => {
    const [, table = ''] = README.split('\n| column | holds |\n| --- | --- |\n');
    const rows = table.split('\n\n')[0]?.split('\n') ?? [];
    const named = rows.flatMap((row) => row.split(' | ')[0]?.match(/`[^`]+`/g) ?? []).map((name) => name.slice(1, -1));
    // Kinds of parts and sources that this report has none of are still columns.
    const general = named.map((name) => new RegExp(`^${name.replace(/<[a-z]+>/, '[a-z_]+')}$`));
    const written = new Set(columnsOfReport());
    expect([...written].filter((column) => !general.some((name) => name.test(column)))).toEqual([]);
    expect(named.filter((_, index) => ![...written].some((column) => general[index]?.test(column)))).toEqual([]);
  });
});

/** Names of the columns of every kind of row, of a finding of which everything is known. */
function columnsOfReport(): string[] {
  const known = { resource: 'a/b', accessLevel: 40, owner: { id: 7, username: 'sam', admin: true } };
  const report = huntReport({
    ...{ caseId: 'hunt', window: WINDOW, verdict: 'confirmed', shadow: false, operators: [] },
    ...{ coverage: { axiom: complete() }, sightings: 1, tokenUses: 1, requests: 900 },
    findings: [
      finding({
        credential: credential(known),
        matches: [match()],
        parts: [{ name: 'scope', input: 'api', weight: 30, points: 27, sentence: 'Its widest scope is api.' }],
      }),
    ],
    incidents: new Map([['token/42', 'incident']]),
  });
  const rows = report.rows.map((row) => asWritten(row, report.runId, 1, WINDOW.end, WINDOW));
  return [...rows, manifestOf(report, 1, WINDOW.end, 0)].flatMap((row) => Object.keys(row));
}
