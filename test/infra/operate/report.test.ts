import { describe, expect, it } from 'vitest';
import { paintWith } from '../../../infra/local/paint.ts';
import { fail, ok, Report, type ReportOptions, warn } from '../../../infra/operate/report.ts';

function open(options: Partial<ReportOptions> = {}) {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  return { lines, report: new Report({ write, json: false, paint: paintWith(false), nameColumns: 8, ...options }) };
}

describe('Report', () => {
  it('writes the system that speaks first as it speaks, and the others when it is done', () => {
    const { lines, report } = open();
    const a = report.open('a', 'System A');
    const b = report.open('b', 'System B');
    a(ok('one', 'fine'));
    b(warn('two', 'less'));
    expect(lines).toEqual(['', 'System A', '  ok    one       fine']);
    b(fail('three', 'bad'));
    report.close('b');
    a(ok('four', 'fine'));
    expect(lines).toHaveLength(4);
    report.close('a');
    expect(lines.slice(4)).toEqual(['', 'System B', '  warn  two       less', '  fail  three     bad']);
    expect(report.counts).toEqual({ ok: 2, warn: 1, fail: 1 });
  });

  it('takes secrets and what a terminal would act on out of every text', () => {
    const { lines, report } = open();
    report.hide('s3cret-value');
    const say = report.open('a', 'A');
    say(ok('to\x1b[2Jken', 'is s3cret-value\nok'));
    expect(lines.at(-1)).toBe('  ok    to[2Jken  is [secret] ok');
  });

  it('wraps at the edge of a terminal, below the text', () => {
    const { lines, report } = open({ columns: 50 });
    report.open('a', 'A')(ok('one', 'some words that are too long for what is left of a line'));
    expect(lines.slice(2)).toEqual([
      '  ok    one       some words that are too long for',
      '                  what is left of a line',
    ]);
  });

  it('shows what is waited for, and takes it away before it writes', () => {
    const shown: string[] = [];
    const { report } = open({ progress: (text) => void shown.push(text) });
    const say = report.open('a', 'GitLab (https://gitlab.com)');
    expect(shown.at(-1)).toContain('waiting for GitLab');
    say(ok('one', 'fine'));
    expect(shown.at(-2)).toBe('');
    report.close('a');
    expect(shown.at(-1)).toBe('');
  });

  it('writes JSON lines at once', () => {
    const { lines, report } = open({ json: true });
    report.open('a', 'A');
    report.open('b', 'B')(fail('x', 'y'));
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { event: 'check', system: 'b', status: 'fail', what: 'x', why: 'y' },
    ]);
  });
});
