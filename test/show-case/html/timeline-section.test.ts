import { HtmlValidate } from 'html-validate';
import { describe, expect, it } from 'vitest';
import type { CaseFile } from '../../../functions/core/case-file.ts';
import { complete, unavailable } from '../../../functions/core/coverage.ts';
import { instant, MINUTE } from '../../../functions/core/time.ts';
import { TIMELINE_STYLE, timelineSection } from '../../../functions/show-case/html/timeline-section.ts';
import {
  casePageFactsOf,
  hostileCaseFile,
  largeCaseFile,
  monitorCaseFile,
  openedCaseFile,
  quietCaseFile,
  reportedOnly,
  sampleCaseFile,
} from '../../support/case-files.ts';
import { NOON, tokenUse } from '../../support/evidence.ts';

const sectionOf = (file: CaseFile) => String(timelineSection(casePageFactsOf(file)));
const chartOf = (file: CaseFile) => /<svg class="timeline-chart"[\s\S]*?<\/svg>/.exec(sectionOf(file))?.[0] ?? '';
const legendOf = (file: CaseFile) => /<ul class="timeline-legend">[\s\S]*?<\/ul>/.exec(sectionOf(file))?.[0] ?? '';

const LARGE = largeCaseFile();
const CASES: Readonly<Record<string, CaseFile>> = {
  sample: sampleCaseFile(),
  monitor: monitorCaseFile(),
  quiet: quietCaseFile(),
  opened: openedCaseFile(),
  large: LARGE,
  hostile: hostileCaseFile('"><script>alert(1)</script><svg onload=x> \'&'),
  'corrupt times': corrupted(),
};

/** The sample with times that no date holds. */
function corrupted(): CaseFile {
  const file = sampleCaseFile();
  const never = { notBefore: Number.NaN, notAfter: Number.NaN };
  const uses = [tokenUse({ at: never }), tokenUse({ at: instant(8.7e15) }), tokenUse({ at: instant(-1) })];
  return {
    ...file,
    ends: [Number.POSITIVE_INFINITY, Number.NaN],
    looks: file.looks.map((look) => ({
      ...look,
      at: Number.NaN,
      traffic: { step: Number.NaN, points: [{ at: 9e15, requests: 3 }] },
      findings: (look.findings ?? []).map((finding) => ({
        ...finding,
        matches: finding.matches.map((match) => ({ ...match, sighting: { ...match.sighting, seen: never } })),
      })),
    })),
    uses: { readAt: NOON, uses, leftOut: Number.NaN },
  };
}

describe.each(Object.entries(CASES))('the timeline of the %s case', (_, file) => {
  it('is well-formed, and has no style that its policy forbids', () => {
    const section = sectionOf(file);
    const validate = new HtmlValidate({ extends: ['html-validate:recommended'], rules: { 'long-title': 'off' } });
    const page = `<!DOCTYPE html>\n<html lang="en"><head><title>t</title></head><body><h1>t</h1>${section}</body></html>`;
    const messages = validate.validateStringSync(page).results.flatMap(({ messages: all }) => all);
    expect(messages.map(({ message, line, column }) => `${line}:${column} ${message}`)).toEqual([]);
    expect(section).not.toMatch(/<[^>]*\sstyle=/);
    expect(section).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('keeps every mark and sign within the chart, at any width', () => {
    const chart = chartOf(file);
    const height = Number(/ height="([^"]+)"/.exec(chart)?.[1]);
    expect(height).toBeGreaterThan(100);
    expect(chart).not.toMatch(/^<svg[^>]*viewBox/);
    for (const [, share] of chart.matchAll(/ (?:x|x1|x2|width)="([\d.-]+)%"/g)) {
      expect(Number(share)).toBeGreaterThanOrEqual(0);
      expect(Number(share)).toBeLessThanOrEqual(100);
    }
    for (const [, y] of chart.matchAll(/ x[12]?="[^"]*%"(?: x2="[^"]*%")? y[12]?="([^"]+)"/g)) {
      expect(Number(y)).toBeGreaterThanOrEqual(0);
      expect(Number(y)).toBeLessThanOrEqual(height);
    }
  });
});

describe('the timeline', () => {
  it('describes the picture in words that are also its caption', () => {
    const section = sectionOf(sampleCaseFile());
    const sentence =
      'was used 13 times between 11:51 and 11:56, while the same address acted as a bot (11:46 to 12:00).';
    expect(section.match(/<desc[^>]*>[\s\S]*?<\/desc>/)?.[0]).toContain(sentence);
    expect(section.match(/<figcaption[\s\S]*?<\/figcaption>/)?.[0]).toContain(sentence);
    expect(section).toContain('role="img" aria-labelledby="timeline-svg-title timeline-svg-desc"');
  });

  it('makes names inert, wherever they stand', () => {
    const section = sectionOf(CASES.hostile ?? sampleCaseFile());
    expect(section).not.toContain('<script');
    expect(section).not.toContain('<svg onload');
    expect(section).toContain('alert(1)');
  });

  it('has a legend of the marks that occur, and of no others', () => {
    const file = sampleCaseFile();
    expect(legendOf(file)).toContain('</svg>used</li>');
    // Shapes before colours.
    expect(legendOf(file)).toMatch(/used[\s\S]*dashed: used at some time[\s\S]*page level[\s\S]*below[\s\S]*elsewhere/);
    expect(legendOf(file)).not.toContain('refused');
    expect(legendOf(quietCaseFile())).not.toMatch(/used|page/);
    const refused = tokenUse({ strength: 'refused', at: instant(NOON - 30 * MINUTE), address: '192.0.2.9' });
    const uses = { readAt: NOON, uses: [...(file.uses?.uses ?? []), refused], leftOut: 0 };
    expect(legendOf({ ...file, uses })).toContain('tried and refused');
  });

  it('is red for credentials at page level alone: in the picture, its legend and its table', () => {
    const file = sampleCaseFile();
    const reported = reportedOnly(file);
    const [red, amber] = [sectionOf(file), sectionOf({ ...reported, incidents: [] })];
    expect(sectionOf(reported)).toMatch(/timeline-mark-page[\s\S]*timeline-row-page/);
    expect(red).toMatch(/timeline-mark-page[\s\S]*timeline-row-page/);
    expect(legendOf(file)).toContain('at a sighted address, page level');
    expect(amber).not.toMatch(/timeline-(?:mark|row)-page/);
    expect(amber).toMatch(/timeline-mark-report[\s\S]*timeline-row-report/);
    expect(amber).toContain('at a sighted address, below page level');
  });

  it('tells all of it as a table, and of how many rows where it is cut', () => {
    expect(sectionOf(sampleCaseFile())).toContain('Everything that the picture shows');
    expect(sectionOf(LARGE)).toContain('here 100 of 1,608');
    expect(sectionOf(sampleCaseFile())).toContain('<summary>The timeline as a table</summary>');
  });

  it('does not draw a source without an answer as nothing', () => {
    const silent = { sightings: [], whole: false, coverage: unavailable('It timed out.') };
    const looks = quietCaseFile().looks.map(({ traffic: _, ...look }) => ({ ...look, sightings: silent }));
    expect(chartOf(quietCaseFile({ looks }))).toContain('Not known: nobody could be asked.');
    const none = looks.map((look) => ({ ...look, sightings: { ...silent, coverage: complete() } }));
    expect(chartOf(quietCaseFile({ looks: none }))).toContain('None at these times.');
  });

  it('names what its area counts by the trigger, and whether it was spread', () => {
    expect(sectionOf(monitorCaseFile())).toContain('>Security events a minute</text>');
    expect(sectionOf(monitorCaseFile())).not.toMatch(/requests of bots/i);
    const file = sampleCaseFile();
    const looks = file.looks.map(({ traffic: _, ...look }) => look);
    expect(legendOf({ ...file, looks })).toContain('requests of bots a minute, spread evenly');
  });

  it('says so where there is nothing to draw', () => {
    const { alert: _, ...file } = openedCaseFile();
    expect(sectionOf({ ...file, openedAt: Number.NaN })).toContain('No time of this case can be read');
    expect(sectionOf(openedCaseFile())).toContain('No look was stored yet.');
  });

  it('stays light with ten thousand sightings and three hundred findings', () => {
    expect(chartOf(LARGE).length).toBeLessThan(40_000);
    expect(sectionOf(LARGE).length).toBeLessThan(80_000);
  });

  it('names every class that it gives a colour', () => {
    const used = new Set(Object.values(CASES).flatMap((file) => sectionOf(file).match(/timeline-[a-z-]+/g) ?? []));
    const marks = ['timeline-mark-page', 'timeline-mark-report', 'timeline-mark-other'];
    for (const name of ['timeline-area', 'timeline-outline', ...marks, 'timeline-ring', 'timeline-dashed']) {
      expect(used).toContain(name);
      expect(TIMELINE_STYLE).toContain(`.${name} {`);
    }
    expect(TIMELINE_STYLE).not.toMatch(/url\(|@import|#[a-z]/i);
  });
});
