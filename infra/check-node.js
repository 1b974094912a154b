// Imported first by every entry point, for those who start one by itself: `infra/on-node-24.js`, which every npm
// script uses, finds the right Node. Older ones must be able to read this file, so it is plain JavaScript.
const NEEDED = 24;
const running = process.versions.node;

if (Number(running.split('.')[0]) < NEEDED) {
  process.stderr.write(
    `Latchkey runs on Node ${NEEDED}, the runtime of its Lambda functions; this is Node ${running} (${process.execPath}).\n` +
      'Use the npm script (README), or put `infra/on-node-24.js` between `node` and the file:\n' +
      `both find the Node ${NEEDED} that \`npm ci\` brought along.\n`,
  );
  process.exit(1);
}
