import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { complete } from '../../functions/core/coverage.ts';
import { asWritten, huntReport, manifestOf } from '../../functions/core/hunt-report.ts';
import { DAY } from '../../functions/core/time.ts';
import { SETTINGS_TABLE } from '../../infra/setting-table.ts';
import { EVIDENCE_MIXES } from '../signal/observed.ts';
import { STORY_SPAN } from '../signal/span.ts';
import { GOALS } from '../signal/summary.ts';
import { INTRUSION_KINDS } from '../signal/truth.ts';
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

  it('documents every option of the simulation, and no other', () => {
    const script = readFileSync(new URL('../signal/signal.ts', import.meta.url), 'utf8');
    const [, parsed = ''] = script.split('  options: {\n');
    const options = [...(parsed.split('\n  },\n')[0] ?? '').matchAll(/^ {4}'?([a-z-]+)'?: \{/gm)].map(
      ([, name]) => `--${name}`,
    );
    const [, table = ''] = README.split('\n| `npm run signal -- …` | does |\n');
    const documented = table.split('\n\n')[0]?.match(/(?<=^\| `.*)--[a-z-]+/gm) ?? [];
    expect(options.length).toBeGreaterThan(4);
    expect([...documented].sort()).toEqual([...options].sort());
  });

  it('says what is simulated as it is', () => {
    const text = README.replaceAll(/\s+/g, ' ');
    const days = (ms: number) => ms / DAY;
    expect([days(STORY_SPAN.from - STORY_SPAN.begin), days(STORY_SPAN.to - STORY_SPAN.from)]).toEqual([7, 30]);
    const words = [
      `Intruders come in ${INTRUSION_KINDS.length} ways`,
      `a recall of ${GOALS.recall} at ${GOALS.falsePagesPerMonth} false page a month`,
      `an average precision of ${GOALS.averagePrecision}`,
      ...EVIDENCE_MIXES.map(({ name }) => `\`${name}\``),
    ];
    expect(words.filter((word) => !text.includes(word))).toEqual([]);
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
