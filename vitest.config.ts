import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Browser tests need a browser; `npm test` needs none.
    exclude: ['test/browser/**'],
    // Synthesized once per run, for every file that wants the real template or bundles.
    globalSetup: ['./test/support/assembly.ts'],
    setupFiles: ['./test/support/property-seed.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
    // The default is one less than there are processors, which on two of them is one.
    maxWorkers: 2,
    allowOnly: false,
    // A machine that is busy otherwise takes several times as long; what hangs is found all the same.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The product speaks UTC; a zone with an odd offset shows every place that does not.
    env: { TZ: 'Asia/Kathmandu' },
  },
});
