import { describe, expect, it } from 'vitest';
import { type ModuleOutcome, tallyOf } from './closing-line.ts';

function file(state: string, ...tests: readonly string[]): ModuleOutcome {
  return { state: () => state, children: { allTests: () => tests.map((one) => ({ result: () => ({ state: one }) })) } };
}

describe('the closing line', () => {
  it.each([
    ['tests, not files', [file('passed', 'passed', 'passed'), file('failed', 'passed', 'failed')], 0, 3, 1],
    ['a skipped test as failed', [file('passed', 'passed', 'skipped')], 0, 1, 1],
    ['a test that never ran as failed', [file('failed', 'passed', 'pending')], 0, 1, 1],
    ['a file that did not load as one failed test', [file('failed'), file('passed', 'passed')], 0, 1, 1],
    ['a file whose hook threw after its tests', [file('failed', 'passed')], 0, 1, 1],
    ['an error outside any test', [file('passed', 'passed')], 2, 1, 2],
    ['a run of nothing as failed', [], 0, 0, 1],
    ['files without a test as failed', [file('skipped')], 0, 0, 1],
  ])('counts %s', (_, modules, errors, passed, failed) => {
    expect(tallyOf(modules, errors, false)).toEqual({ passed, failed });
  });

  it('leaves out what a filter left out', () => {
    expect(tallyOf([file('passed', 'passed', 'skipped'), file('skipped', 'skipped')], 0, true)).toEqual({
      passed: 1,
      failed: 0,
    });
  });
});
