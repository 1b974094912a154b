import { existsSync } from 'node:fs';
import path from 'node:path';

/** Where systems put a Chromium, or a browser made of one. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * The browser to drive: `CHROMIUM_PATH`, else one on the `PATH`, else one at a usual place; undefined where there is none.
 * @throws Error when `CHROMIUM_PATH` names no file: whoever set it wants that one.
 */
export function findChromium(env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  const named = env.CHROMIUM_PATH;
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named;
    throw new Error(`CHROMIUM_PATH: there is no file ${named}`);
  }
  const onPath = (env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, 'chromium'));
  return [...onPath, ...PLACES].find((place) => existsSync(place));
}

/**
 * Options that keep a headless Chromium to itself: without them it asks for updates and certificates at start-up. No
 * sandbox where we are root, as containers are: Chromium refuses to start with one then.
 */
export function chromiumArguments(): string[] {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return [
    ...sandbox,
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // Looks the same on a machine with and without fonts that hint.
    '--font-render-hinting=none',
  ];
}
