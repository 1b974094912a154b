import { describe, expect, it } from 'vitest';
import { readReport } from '../../../infra/local/hunt-report.ts';
import { huntLines } from '../../../infra/local/hunt-view.ts';
import { paintWith } from '../../../infra/local/paint.ts';
import { HOSTILE_TEXTS } from '../../../infra/local/scenario/clients.ts';
import { credential } from '../../support/evidence.ts';
import { found, HUNT, written } from './hunt-rows.ts';

const LONGEST = '2001:0db8:1234:5678:9abc:def0:1234:5678';

function lines(findings: Parameters<typeof written>[0], retracted = 0): string[] {
  const report = readReport({ findings: written(findings, 1, retracted) }, HUNT);
  return report === undefined ? [] : huntLines(report, paintWith(false));
}

describe('huntLines', () => {
  it('shows a row for each finding and address under its title, then the manifest', () => {
    const [header = '', first = '', second = '', ...rest] = lines([
      found(4711, ['198.18.44.10'], { score: 92, verdict: 'probable', decision: 'report' }),
      found(42, ['2001:db8::1'], { score: 8, decision: 'report' }),
    ]);
    expect(header.split(/\s+/).filter(Boolean)).toEqual(
      '# score verdict credential address uses requests bot decision'.split(' '),
    );
    expect(first.split(/\s+/).filter(Boolean)).toEqual(
      '1 92 probable token/4711 deploy 198.18.44.10 1 900 1 report'.split(' '),
    );
    expect(second.indexOf('2001:db8::1')).toBe(header.indexOf('address'));
    expect(rest.join('\n')).toMatch(/hunted \d{4}-\d\d-\d\d 12:00 to 13:00 UTC · in dataset findings/);
    expect(rest.join('\n')).toContain('2 rows of 2 findings · probable, top score 92 · 1,234 addresses sighted');
    expect(rest.join('\n')).toContain('coverage: axiom complete, inventory complete');
  });

  it('stays within 110 columns and whole addresses, whatever is in it', () => {
    const name = `${HOSTILE_TEXTS.markup} ${HOSTILE_TEXTS.emoji}`;
    const wide = lines([
      found(123_456_789, [LONGEST], { score: 100, credential: credential({ id: 'token/123456789', name }) }),
      found(2, ['198.18.0.1'], { score: 3, verdict: 'corroborated' }),
    ]);
    for (const line of wide) expect(Array.from(line).length).toBeLessThanOrEqual(110);
    expect(wide[1]).toContain(`token/123`);
    expect(wide[1]).toContain(LONGEST);
    expect(wide[1]).toContain('…');
  });

  it('keeps what strangers wrote from the terminal', () => {
    const name = 'a\u001b[2J\nb\u202e';
    const text = lines([found(1, ['198.18.0.1'], { credential: credential({ name }) })]).join('\n');
    expect(text).toContain('a [2J b');
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('\u202e');
  });

  it('says how many rows it leaves out', () => {
    const many = Array.from({ length: 40 }, (_, index) => found(index, [`198.18.0.${index}`]));
    expect(lines(many).join('\n')).toContain('… and 25 more');
  });

  it('shows the manifest alone where nothing was found, and what was taken back', () => {
    const quiet = lines([], 3);
    expect(quiet[0]).toContain('hunted');
    expect(quiet.join('\n')).toContain('0 rows of 0 findings · 3 taken back');
  });
});
