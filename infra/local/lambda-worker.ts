import { pathToFileURL } from 'node:url';
import type { FromWorker, LambdaFailure, ToWorker, WorkerSetup } from './lambda-protocol.ts';

/**
 * The inside of one Lambda execution environment: a process that loads a bundle, then runs its handler once per
 * message. What the real runtime would report as a failure is a message too; only a crash ends the process.
 */
const setup: WorkerSetup = JSON.parse(process.argv[2] ?? '{}');

// Ctrl-C goes to every process of the terminal; when to end is the parent's to say, or its going away.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', () => process.exit());
process.on('unhandledRejection', (reason) => {
  send({ kind: 'crashed', failure: { ...describe(reason), errorType: 'Runtime.UnhandledPromiseRejection' } });
});

try {
  const bundle: Record<string, unknown> = await import(pathToFileURL(setup.file).href);
  const handler = bundle[setup.exportName];
  if (!isHandler(handler)) throw new Error(`${setup.exportName} is undefined or not exported`);
  process.on('message', (message: ToWorker) => void invoke(handler, message));
  send({ kind: 'ready' });
} catch (error) {
  send({ kind: 'crashed', failure: describe(error) });
}

type Handler = (event: unknown, context: unknown) => unknown;

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}

async function invoke(handler: Handler, message: ToWorker): Promise<void> {
  try {
    const result = await handler(JSON.parse(message.payload), contextOf(message));
    send({ kind: 'result', payload: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    send({ kind: 'failed', failure: describe(error) });
  }
}

function send(message: FromWorker): void {
  process.send?.(message);
}

function contextOf(message: ToWorker) {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: setup.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: setup.functionArn,
    memoryLimitInMB: String(setup.memoryMb),
    awsRequestId: message.requestId,
    logGroupName: `/aws/lambda/${setup.functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, message.deadline - Date.now()),
  };
}

/** The shape Lambda gives an error: its name, message and stack, and nothing else of it. */
function describe(error: unknown): LambdaFailure {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}
