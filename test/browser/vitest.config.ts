import { defineConfig } from 'vitest/config';
import base from '../../vitest.config.ts';
import { findChromium } from './chromium.ts';

/** The tests that drive a real browser: `npm run test:browser`. */
const chromium = findChromium();
if (chromium === undefined) {
  const how = "install Debian's package chromium, or name a browser in CHROMIUM_PATH";
  // A run that nobody reads must not pass by not looking.
  if (process.env.CI) throw new Error(`No Chromium was found, and CI must not skip the browser tests: ${how}`);
  process.stderr.write(`No Chromium was found: the browser tests are SKIPPED. To run them, ${how}.\n`);
}

export default defineConfig({
  test: {
    ...base.test,
    include: chromium === undefined ? [] : ['test/browser/**/*.test.ts'],
    exclude: [],
    passWithNoTests: chromium === undefined,
    reporters: chromium === undefined ? [] : (base.test?.reporters ?? []),
    testTimeout: 60_000,
  },
});
