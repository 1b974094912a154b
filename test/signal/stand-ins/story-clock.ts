import { mkdtempSync, writeFileSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EpochMs } from '../../../functions/core/time.ts';
import { type Clock, systemClock } from '../../../functions/runtime/clock.ts';
import { isObject, type JsonObject, objectAt, parseJson } from '../../../infra/local/json.ts';
import { CLOCK_FILE } from './functions-clock.ts';

const PRELOADED = fileURLToPath(new URL('./functions-clock.ts', import.meta.url));

/**
 * The time of a whole stack, its functions included: it goes on as the machine's does, and is moved ahead where nothing
 * happens. It lies in the machine's past always, as functions count the time that is left to them by their own clock.
 */
export class StoryClock implements Clock {
  readonly #directory = mkdtempSync(path.join(tmpdir(), 'latchkey-story-'));
  #offset = 0;

  /** @throws RangeError for an instant that the machine has not reached yet */
  constructor(start: EpochMs) {
    this.#set(start);
  }

  now(): EpochMs {
    return systemClock.now() + this.#offset;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }

  /** Moves on to an instant; one that is past already changes nothing. */
  moveTo(at: EpochMs): void {
    if (at > this.now()) this.#set(at);
  }

  /** A copy of a cloud assembly, bundles as they are, whose functions live by this clock. */
  async assembly(original: string): Promise<string> {
    const copy = path.join(this.#directory, 'assembly');
    await mkdir(copy);
    for (const name of await readdir(original)) {
      const [from, to] = [path.join(original, name), path.join(copy, name)];
      if (name.startsWith('asset.')) await symlink(from, to);
      else await cp(from, to, { recursive: true });
      if (name.endsWith('.template.json')) await writeFile(to, this.#withClock(await readFile(from, 'utf8')));
    }
    return copy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  #set(at: EpochMs): void {
    const offset = at - systemClock.now();
    if (offset > 0) throw new RangeError(`${new Date(at).toISOString()} lies ahead of this machine's clock`);
    this.#offset = offset;
    writeFileSync(this.#file, `${offset}`);
  }

  #withClock(text: string): string {
    const template = parseJson(text);
    const resources = objectAt(template, 'Resources');
    const variables = { [CLOCK_FILE]: this.#file, NODE_OPTIONS: `--import ${PRELOADED}` };
    const changed = Object.entries(resources).map(([id, resource]) => [id, withVariables(resource, variables)]);
    return JSON.stringify({ ...(isObject(template) ? template : {}), Resources: Object.fromEntries(changed) });
  }

  get #file(): string {
    return path.join(this.#directory, 'offset');
  }
}

function withVariables(resource: unknown, more: JsonObject): unknown {
  if (!isObject(resource) || resource.Type !== 'AWS::Lambda::Function') return resource;
  const properties = objectAt(resource, 'Properties');
  const environment = objectAt(properties, 'Environment');
  const Variables = { ...objectAt(environment, 'Variables'), ...more };
  return { ...resource, Properties: { ...properties, Environment: { ...environment, Variables } } };
}
