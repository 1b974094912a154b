import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { contextOf } from '../support/assembly.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
/** Milliseconds; each test starts a process, and the machine may be busy. */
const SLOW = 30_000;
const directory = mkdtempSync(path.join(tmpdir(), 'latchkey-app-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function node(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: PROJECT,
    env: { ...process.env, ...variables },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('infra/app.ts', { timeout: SLOW }, () => {
  it('stops with every wrong setting and nothing else to read when settings are wrong', () => {
    const settings = { mode: 'on', window: { slackMinuts: 5 } };
    const { status, stderr } = node(['infra/app.ts'], { CDK_OUTDIR: directory, CDK_CONTEXT_JSON: contextOf(settings) });
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      'Settings (cdk.json, context "latchkey"): 2 problems',
      '  mode: got "on"; allowed: "shadow" or "live"',
      '  window.slackMinuts: no such setting; did you mean window.slackMinutes?',
    ]);
  });
});

describe('infra/check-node.js', { timeout: SLOW }, () => {
  const pretend = (version: string) =>
    `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'${version}'})`;

  it.each(['18.20.4', '20.19.0', '22.18.0'])('on Node %s says what to do and exits with 1', (version) => {
    const { status, stdout, stderr } = node([
      ...['--import', pretend(version), '--import', './infra/check-node.js'],
      ...['-e', 'console.log("went on")'],
    ]);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(`this is Node ${version}`);
    expect(stderr).toContain('npm script');
    expect(stderr).toContain('infra/on-node-24.js');
  });

  it('says nothing on this one', () => {
    expect(node(['--import', './infra/check-node.js', '-e', '0'])).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});
