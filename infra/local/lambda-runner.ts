import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FromWorker, LambdaFailure, ToWorker, WorkerSetup } from './lambda-protocol.ts';

/** One function of the template, ready to run. */
export interface LambdaFunction {
  /** The construct's path or the logical id: what people see. */
  readonly title: string;
  readonly name: string;
  readonly arn: string;
  /** Absolute path of the bundle. */
  readonly file: string;
  readonly exportName: string;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  /** The whole environment; nothing of this process's gets in. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A failed invocation. `name` is Lambda's `errorType` and `message` its answer as JSON: what Step Functions uses. */
export class LambdaFault extends Error {
  override readonly name: string;
  readonly failure: LambdaFailure;
  /** The last lines the function wrote. */
  readonly log: readonly string[];

  constructor(failure: LambdaFailure, log: readonly string[]) {
    super(JSON.stringify(failure));
    this.name = failure.errorType;
    this.failure = failure;
    this.log = log;
  }
}

/** Payload limit of a synchronous invocation, both ways (reference/aws-platform.md §7). */
const LAMBDA_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** Lambda stops an init phase after 10 s; a busy laptop gets longer. */
const INIT_MS = 30_000;
const MAX_ENVIRONMENTS = 4;
const LOG_LINES_KEPT = 100;
const LOG_MS = 10;

/**
 * Runs one function's bundle as Lambda does: in environments of its own (processes with a memory limit and their own
 * variables: a thread that runs out of memory takes its whole process along), one invocation at a time in each, reused while warm, thrown away after a time-out or a crash.
 * Further invocations wait for a free environment.
 */
export class LambdaRunner {
  readonly function: LambdaFunction;
  readonly #onLog: (line: string) => void;
  readonly #idle: Environment[] = [];
  readonly #all = new Set<Environment>();
  readonly #waiting: ((environment: Environment | undefined) => void)[] = [];
  #isClosed = false;

  constructor(definition: LambdaFunction, onLog: (line: string) => void = () => {}) {
    this.function = definition;
    this.#onLog = onLog;
  }

  /**
   * Invokes the function and waits for its answer.
   * @throws LambdaFault when the function throws, runs out of time or memory, or a payload is too large.
   */
  async invoke(payload: unknown): Promise<unknown> {
    const text = JSON.stringify(payload ?? null);
    if (Buffer.byteLength(text) > LAMBDA_PAYLOAD_BYTES) {
      throw fault('RequestEntityTooLarge', `The payload is larger than ${LAMBDA_PAYLOAD_BYTES} bytes`);
    }
    const environment = await this.#acquire();
    try {
      const answer = await environment.invoke(text, this.function.timeoutMs);
      if (Buffer.byteLength(answer) > LAMBDA_PAYLOAD_BYTES) {
        throw fault('Function.ResponseSizeTooLarge', `The response is larger than ${LAMBDA_PAYLOAD_BYTES} bytes`);
      }
      const value: unknown = JSON.parse(answer);
      return value;
    } finally {
      this.#release(environment);
    }
  }

  /** Stops every environment; an invocation under way fails. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const wake of this.#waiting.splice(0)) wake(undefined);
    await Promise.all([...this.#all].map((environment) => environment.stop('The local stack was closed')));
  }

  async #acquire(): Promise<Environment> {
    if (this.#isClosed) throw fault('ServiceException', 'The local stack was closed');
    const warm = this.#idle.pop();
    if (warm) return warm;
    if (this.#all.size < MAX_ENVIRONMENTS) return this.#start();
    const freed = await new Promise<Environment | undefined>((resolve) => this.#waiting.push(resolve));
    if (this.#isClosed) throw fault('ServiceException', 'The local stack was closed');
    return freed ?? this.#start();
  }

  #release(environment: Environment): void {
    if (environment.isUsable) {
      const next = this.#waiting.shift();
      if (next) next(environment);
      else this.#idle.push(environment);
      return;
    }
    this.#all.delete(environment);
    this.#waiting.shift()?.(undefined);
  }

  #start(): Environment {
    const environment = new Environment(this.function, this.#onLog);
    this.#all.add(environment);
    return environment;
  }
}

function fault(errorType: string, errorMessage: string, log: readonly string[] = []): LambdaFault {
  return new LambdaFault({ errorType, errorMessage, trace: [] }, log);
}

interface Settle {
  readonly resolve: (payload: string) => void;
  readonly reject: (error: LambdaFault) => void;
}

const WORKER = fileURLToPath(new URL('./lambda-worker.ts', import.meta.url));

/** One execution environment: a process that holds the loaded bundle. */
class Environment {
  isUsable = true;
  readonly #process: ChildProcess;
  readonly #onLog: (line: string) => void;
  readonly #log: string[] = [];
  readonly #ready: Promise<void>;
  readonly #gone: Promise<void>;
  #settle: Settle | undefined;
  #failure: LambdaFault | undefined;

  constructor(definition: LambdaFunction, onLog: (line: string) => void) {
    this.#onLog = onLog;
    const { file, exportName, name, arn, memoryMb, environment } = definition;
    const setup: WorkerSetup = { file, exportName, functionName: name, functionArn: arn, memoryMb };
    this.#process = fork(WORKER, [JSON.stringify(setup)], {
      cwd: path.dirname(file),
      env: { ...environment },
      execArgv: [`--max-old-space-size=${memoryMb}`],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#collect(this.#process.stdout);
    this.#collect(this.#process.stderr);
    this.#gone = new Promise((resolve) => this.#process.once('close', () => resolve()));
    this.#ready = this.#listen();
    // An init failure is thrown to whoever invokes; without a listener here it would end this process before.
    this.#ready.catch(() => {});
  }

  async invoke(payload: string, timeoutMs: number): Promise<string> {
    await this.#ready;
    if (this.#failure) throw this.#failure;
    const requestId = randomUUID();
    const message: ToWorker = { requestId, payload, deadline: Date.now() + timeoutMs };
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#settle = { resolve, reject };
    this.#log.length = 0;
    const timer = setTimeout(() => this.#timeOut(requestId, timeoutMs), timeoutMs);
    // A process that is gone by now is told by its close event.
    this.#process.send(message, () => {});
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#settle = undefined;
    }
  }

  async stop(why: string): Promise<void> {
    this.#end(fault('ServiceException', why, this.#log));
    await this.#gone;
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      const slow = setTimeout(() => {
        this.#end(fault('Sandbox.Timedout', `Init did not end within ${INIT_MS} ms`, this.#log));
      }, INIT_MS);
      this.#process.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') {
          clearTimeout(slow);
          resolve();
        } else if (message.kind === 'result') this.#settle?.resolve(message.payload);
        else if (message.kind === 'failed') void this.#rejectWithLog(message.failure);
        else this.#end(new LambdaFault(message.failure, [...this.#log]));
      });
      this.#process.on('error', (error) => this.#fail(fault('Runtime.ExitError', error.message, this.#log)));
      this.#process.on('close', (status, signal) => {
        clearTimeout(slow);
        const how = signal === null ? `exit status ${status}` : `signal: ${signal}`;
        this.#fail(fault('Runtime.ExitError', `Runtime exited with error: ${how}`, this.#log));
        reject(this.#failure);
      });
    });
  }

  #timeOut(requestId: string, timeoutMs: number): void {
    const after = (timeoutMs / 1000).toFixed(2);
    const message = `RequestId: ${requestId} Error: Task timed out after ${after} seconds`;
    this.#end(fault('Sandbox.Timedout', message, this.#log));
  }

  /** What the function wrote travels by pipes of its own: a failure waits a moment for it to catch up. */
  async #rejectWithLog(failure: LambdaFailure): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, LOG_MS));
    this.#settle?.reject(new LambdaFault(failure, [...this.#log]));
  }

  /** The environment is of no more use: whoever waits is told, and the process goes, busy or not. */
  #end(error: LambdaFault): void {
    this.#fail(error);
    this.#process.kill('SIGKILL');
  }

  /** The first failure counts: the exit that follows a time-out is no further news. */
  #fail(error: LambdaFault): void {
    this.isUsable = false;
    this.#failure ??= error;
    this.#settle?.reject(this.#failure);
  }

  #collect(stream: NodeJS.ReadableStream | null): void {
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => {
      for (const line of text.split('\n')) {
        if (line === '') continue;
        this.#log.push(line);
        if (this.#log.length > LOG_LINES_KEPT) this.#log.shift();
        this.#onLog(line);
      }
    });
  }
}
