import { readFileSync } from 'node:fs';

/** Environment variable that names the file with the milliseconds by which this process's clock is off. */
export const CLOCK_FILE = 'LATCHKEY_TEST_CLOCK_FILE';

/**
 * Loaded before a function's bundle (`NODE_OPTIONS=--import`), this sets the clock of the process, as one would set a
 * machine's: the bundle is what is deployed, and lives at the time that is told. Elsewhere it does nothing.
 */
const file = process.env[CLOCK_FILE];
if (file !== undefined) setClock(file);

function setClock(path: string): void {
  const realNow = Date.now;
  let offset = 0;
  const now = () => {
    const text = readFileSync(path, 'utf8');
    // Empty while it is being written: then the clock is moved at the next look at it.
    if (/^-?\d+$/.test(text)) offset = Number(text);
    return realNow() + offset;
  };
  globalThis.Date = new Proxy(Date, {
    construct: (target, given, newTarget) => Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
    get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
  });
}
