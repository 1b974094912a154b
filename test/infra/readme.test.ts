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
    const named = [...README.matchAll(/npm run ([a-z][a-z:-]*)/g)].map(([, name]) => name);
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
    const options = [...script.matchAll(/^ +'?([a-z-]+)'?: \{ type: '(?:string|boolean)'/gm)].map(
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

  it('shows a measurement that adds up, of every kind of intrusion, and that meets the goals', () => {
    const [, measured = ''] = README.split(/<!-- signal:(?:begin|end) -->/);
    const [mixes = [], , kinds = []] = measured.split('\n\n').map(rowsOf);
    expect(mixes.map(([title]) => title)).toEqual(EVIDENCE_MIXES.map(({ title }) => title));
    expect(kinds.map(([kind]) => kind)).toEqual(INTRUSION_KINDS.map((kind) => `\`${kind}\``));
    mixes.forEach(([, recall, observable], index) => {
      const counts = kinds.map((row) => (row[2 + index]?.match(/\d+/g) ?? []).map(Number));
      const sum = (of: (count: number[]) => number | undefined) => counts.reduce((all, one) => all + (of(one) ?? 0), 0);
      const [woken, all, seen] = [sum(([a]) => a), sum(([, b]) => b), sum(([, b, c]) => c ?? b)];
      expect([recall, observable]).toEqual([share(woken, all), expect.stringMatching(` of ${seen}/${all}$`)]);
      // Somebody may be woken for an intrusion by what is no evidence of it alone.
      expect(Math.abs(Number.parseFloat(observable ?? '') - woken / seen)).toBeLessThan(0.01);
    });
    const falsePagesOf = (mix: string) => mixes[EVIDENCE_MIXES.findIndex(({ name }) => name === mix)]?.[3] ?? '';
    const [, recall = 0, , falsePages = Infinity, , averagePrecision = 0] = mixes[0]?.map(Number) ?? [];
    const words = [
      `${falsePagesOf(GOALS.mix)} a month are ${Math.round(falsePages * 20)} in 20 months`,
      `pages falsely ${falsePagesOf('self-managed-logs')} times a month`,
    ];
    expect(words.filter((word) => !README.replaceAll(/\s+/g, ' ').includes(word))).toEqual([]);
    expect(EVIDENCE_MIXES[0]?.name).toBe(GOALS.mix);
    expect(recall).toBeGreaterThanOrEqual(GOALS.recall);
    expect(falsePages).toBeLessThanOrEqual(GOALS.falsePagesPerMonth);
    expect(averagePrecision).toBeGreaterThanOrEqual(GOALS.averagePrecision);
  });
});

function share(part: number, whole: number): string {
  return (part / whole).toFixed(3);
}

/** Cells of the rows of a table, without its head. */
function rowsOf(table: string): string[][] {
  const lines = table.trim().split('\n').slice(2);
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

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
