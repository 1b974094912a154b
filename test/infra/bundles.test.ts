import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { readSettings as readShowCaseSettings } from '../../functions/show-case/settings.ts';
import { STEPS } from '../../infra/steps.ts';
import { assembly, readTemplate } from '../support/assembly.ts';
import { functionsOf, type Resources } from './synth.ts';

/** Bytes; those with gitbeaker may be larger (design §10). */
const BUDGET = 400_000;
const GITBEAKER_BUDGET = 660_000;
const GITBEAKER_STEPS: readonly string[] = ['query-gitlab', 'start-hunt'];

/** As Lambda starts a function: nothing of this machine's own configuration, credentials in the environment. */
const LAMBDA_ENVIRONMENT = {
  PATH: process.env.PATH,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  NODE_OPTIONS: '--enable-source-maps',
};

interface Bundle {
  readonly file: string;
  readonly variables: Readonly<Record<string, string>>;
}

const bundles = new Map<string, Bundle>();

beforeAll(async () => {
  const directory = await assembly();
  const resources = readTemplate(directory).Resources as Resources;
  for (const { step, properties } of functionsOf(resources)) {
    const asset = `asset.${path.basename(properties.Code.S3Key, '.zip')}`;
    const file = path.join(directory, asset, 'index.mjs');
    bundles.set(step, { file, variables: properties.Environment.Variables });
  }
}, 60_000);

function bundleOf(step: string): Bundle {
  const bundle = bundles.get(step);
  if (bundle === undefined) throw new Error(`no function for ${step} in the assembly`);
  return bundle;
}

describe.each(STEPS)('the bundle of %s', { timeout: 30_000 }, (step) => {
  it('loads under Node 24 by itself and has a handler', async () => {
    const { file } = bundleOf(step);
    const script = `const { handler } = await import(${JSON.stringify(file)}); console.log(typeof handler);`;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: '/',
      env: LAMBDA_ENVIRONMENT,
    });
    expect(stdout.trim()).toBe('function');
    expect(stderr).toBe('');
  });

  it('keeps to its size', () => {
    const { size } = statSync(bundleOf(step).file);
    expect(size).toBeGreaterThan(10_000);
    expect(size).toBeLessThanOrEqual(GITBEAKER_STEPS.includes(step) ? GITBEAKER_BUDGET : BUDGET);
  });

  it('comes with a source map that names the sources relative to the project', () => {
    const { file } = bundleOf(step);
    expect(readFileSync(file, 'utf8')).toMatch(/\/\/# sourceMappingURL=index\.mjs\.map\n$/);
    const { sources } = JSON.parse(readFileSync(`${file}.map`, 'utf8'));
    expect(sources).toContain(`../../functions/${step}/handler.ts`);
  });

  it('is given exactly the settings its step reads', async () => {
    const text = bundleOf(step).variables.LATCHKEY_SETTINGS ?? '';
    const given = JSON.parse(text);
    if (step === 'show-case') return expect(readShowCaseSettings({ LATCHKEY_SETTINGS: text })).toEqual(given);
    const { Settings }: { Settings: z.ZodMiniType } = await import(`../../functions/${step}/settings.ts`);
    // Parsing drops what the schema does not name: what is left over would be given for nothing. It may fill in fields.
    expect(z.parse(Settings, given)).toMatchObject(given);
  });
});
