import type { SerializedError } from 'vitest';
import type { Reporter, TestModule, Vitest } from 'vitest/node';

/** Tests of a run, by outcome; whatever did not pass has failed. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Ends the run's output with `N passed, N failed`: tests, not files. A test that was skipped, or never ran, counts as
 * failed; so do a file that could not be loaded and an error outside any test. The process then ends with a code
 * other than 0. A run narrowed down by a name or a line (`-t`) leaves the other tests out of the count.
 */
export default class ClosingLine implements Reporter {
  #narrowed = false;
  /** A run that ends without a report has failed. */
  #tally: Tally = { passed: 0, failed: 1 };

  onInit(vitest: Vitest): void {
    this.#narrowed = vitest.config.testNamePattern !== undefined;
    if (vitest.config.watch) return;
    // At the very end, so that no other reporter's output follows. Standard output is synchronous for files, terminals
    // and pipes, and nothing else would be waited for.
    process.once('exit', () => process.stdout.write(`${this.#tally.passed} passed, ${this.#tally.failed} failed\n`));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    this.#tally = tallyOf(modules, unhandledErrors.length, this.#narrowed);
    if (this.#tally.failed > 0) process.exitCode = 1;
  }
}

/** What one file's tests amount to; the part of vitest's `TestModule` that is read. */
export interface ModuleOutcome {
  state(): string;
  readonly children: { allTests(): Iterable<{ result(): { readonly state: string } }> };
}

/** Counts a run. `narrowed`: tests that a filter left out count for nothing. */
export function tallyOf(modules: readonly ModuleOutcome[], unhandledErrors: number, narrowed: boolean): Tally {
  let passed = 0;
  let failed = unhandledErrors;
  for (const module of modules) {
    const states = [...module.children.allTests()].map((test) => test.result().state);
    const good = states.filter((state) => state === 'passed').length;
    const leftOut = narrowed ? states.filter((state) => state === 'skipped').length : 0;
    const bad = states.length - good - leftOut;
    passed += good;
    // A file that failed although none of its tests did: it could not be loaded, or a hook of it threw.
    failed += bad === 0 && module.state() === 'failed' ? 1 : bad;
  }
  return { passed, failed: passed + failed === 0 ? 1 : failed };
}
