// Imported first by every entry point, and preloaded where a command starts one: it must run on any Node, so it is
// plain JavaScript. The sources are TypeScript that Node runs as they are, which older Nodes cannot.
const NEEDED = 24;
const running = process.versions.node;

if (Number(running.split('.')[0]) < NEEDED) {
  process.stderr.write(
    `Latchkey runs on Node ${NEEDED}, the runtime of its Lambda functions; this is Node ${running} (${process.execPath}).\n` +
      'Run `npm ci` without --omit=optional: it brings Node 24 along, and every npm script uses it.\n' +
      `Or put Node ${NEEDED} on the PATH yourself (https://nodejs.org).\n`,
  );
  process.exit(1);
}
