import '../check-node.js';
import { exitStatus, thisProcess } from './command-line.ts';
import { runDoctor } from './doctor-run.ts';

/** The entry point of `npm run doctor` (design §5). */
const around = thisProcess();
process.exitCode = await exitStatus('doctor', around, () => runDoctor(process.argv.slice(2), around));
