import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bareManifests } from '../../infra/constructs/bare-manifests.ts';

const WHOLE = { name: '@aws-sdk/client-anything', version: '3.1162.0', scripts: { build: 'node build' } };

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'latchkey-manifests-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
  writeFileSync(path.join(directory, file), text);
}

/** What a module in a bundle gets when it imports this file from beside it. */
async function imported(file: string, text = JSON.stringify(WHOLE)): Promise<unknown> {
  write(file, text);
  write('entry.js', `export { default } from './${file}';`);
  const { outputFiles } = await build({
    absWorkingDir: directory,
    entryPoints: ['entry.js'],
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'silent',
    plugins: [bareManifests],
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error('nothing was built');
  const { default: value } = await import(`data:text/javascript,${encodeURIComponent(output.text)}`);
  return value;
}

describe('manifests in a bundle', () => {
  it.each([
    'node_modules/@aws-sdk/client-anything/package.json',
    'node_modules/@smithy/core/package.json',
    'node_modules/@aws-sdk/client-anything/node_modules/@smithy/core/package.json',
  ])('are bare names and versions where they are of AWS: %s', async (file) => {
    expect(await imported(file)).toEqual({ name: '@aws-sdk/client-anything', version: '3.1162.0' });
  });

  it.each([
    'package.json',
    'node_modules/@axiomhq/js/package.json',
    'node_modules/aws-sdk/package.json',
    'node_modules/@aws-sdk/client-anything/dist/package.json',
    'node_modules/@aws-sdk/client-anything/endpoints.json',
  ])('and any other file is whole: %s', async (file) => {
    expect(await imported(file)).toEqual(WHOLE);
  });

  it('fail the build where they are no JSON', async () => {
    await expect(imported('node_modules/@aws-sdk/client-anything/package.json', '{')).rejects.toThrow(/JSON/);
  });
});
