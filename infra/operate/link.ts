import '../check-node.js';
import { exitStatus, thisProcess } from './command-line.ts';
import { runLink } from './link-run.ts';

/** The entry point of `npm run link`. */
const around = thisProcess();
process.exitCode = await exitStatus('link', around, () => runLink(process.argv.slice(2), around));
