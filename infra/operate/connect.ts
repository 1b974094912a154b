import '../check-node.js';
import { exitStatus, thisProcess } from './command-line.ts';
import { runConnect } from './connect-run.ts';

/** The entry point of `npm run connect` (design §5). */
const around = thisProcess();
process.exitCode = await exitStatus('connect', around, () => runConnect(process.argv.slice(2), around));
