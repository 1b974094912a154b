import '../check-node.js';
import { systemClock } from '../../functions/runtime/clock.ts';
import { exitStatus } from './command-line.ts';
import { runConnect } from './connect-run.ts';

/** The entry point of `npm run connect` (design §5). */
const { env, stdout, stderr } = process;
const around = { env, stdout, stderr, clock: systemClock, fetch, random: Math.random };
process.exitCode = await exitStatus('connect', around, () => runConnect(process.argv.slice(2), around));
