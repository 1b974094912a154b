import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { EpochMs } from '../core/time.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Environment } from './environment.ts';
import type { Fetch } from './http.ts';
import { type InvocationLogger, makeLogger, type StepLogger } from './logger.ts';
import { errorFields, safeError } from './safe-error.ts';

/** What services are built from: everything a step would otherwise take from the process. */
export interface Runtime {
  readonly env: Environment;
  readonly clock: Clock;
  readonly logger: StepLogger;
  readonly fetch: Fetch;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** A new unguessable id (UUID). */
  readonly newId: () => string;
}

/** What one invocation adds. */
export interface Invocation {
  readonly logger: StepLogger;
  readonly clock: Clock;
  /** When Lambda ends this invocation; leave room to store and answer. */
  readonly deadline: EpochMs;
  /** Lambda's id of this invocation. */
  readonly requestId: string;
}

export interface HandlerOptions<Output> {
  /** Answers instead of throwing, for a caller that wants a status: gets the error as `safeError` makes it. */
  readonly answerError?: (error: Error) => Output;
  /** Parts of the runtime to replace, for tests. */
  readonly runtime?: Partial<Omit<Runtime, 'logger'>> & { readonly logger?: InvocationLogger };
}

/**
 * A Lambda handler. `buildServices` runs at the first invocation of a process; a build that fails is not remembered, so
 * the next invocation tries again. `work` gets the input as it came, the services and the invocation. Logs start, end
 * and failure with ids only, and throws only errors that `safeError` made.
 */
export function makeHandler<Input, Output, Services>(
  buildServices: (runtime: Runtime) => Services | Promise<Services>,
  work: (input: Input, services: Services, invocation: Invocation) => Promise<Output>,
  options: HandlerOptions<Output> = {},
): (input: Input, context: Context) => Promise<Output> {
  const logger = options.runtime?.logger ?? makeLogger();
  const runtime: Runtime = { ...processRuntime(), ...options.runtime, logger };
  const services = lazily(() => buildServices(runtime));

  const run = async (input: Input, context: Context): Promise<Output> => {
    const { clock } = runtime;
    const started = clock.now();
    const deadline = started + context.getRemainingTimeInMillis();
    const output = await work(input, await services(), { logger, clock, deadline, requestId: context.awsRequestId });
    logger.info('done', { ms: clock.now() - started });
    return output;
  };

  // No early end: the work would go on writing beside the retry that an error brings. Lambda ends both, by its own name.
  return middy<Input, Output, Error, Context>({ timeoutEarlyInMillis: 0 })
    .before(({ event, context }) => logger.begin({ function: context.functionName, ...caseFields(event) }))
    .onError((request) => {
      // Fails toward the state machine's retry and catch, or toward the answer the step wants its caller to see.
      logger.error('failed', errorFields(request.error));
      const safe = safeError(request.error);
      request.error = safe;
      if (options.answerError !== undefined) request.response = options.answerError(safe);
    })
    .handler(run);
}

function processRuntime(): Omit<Runtime, 'logger'> {
  return {
    env: process.env,
    clock: systemClock,
    fetch: (url, init) => fetch(url, init),
    random: () => Math.random(),
    newId: () => crypto.randomUUID(),
  };
}

function lazily<T>(build: () => T | Promise<T>): () => Promise<T> {
  let built: Promise<T> | undefined;
  return () => {
    built ??= Promise.resolve()
      .then(build)
      .catch((error: unknown) => {
        built = undefined;
        throw error;
      });
    return built;
  };
}

/** `caseId` and `look` of a workflow state, for every log line; an input that has none logs none. */
function caseFields(input: unknown): { caseId?: string; look?: number } {
  if (typeof input !== 'object' || input === null) return {};
  const caseId = 'caseId' in input && typeof input.caseId === 'string' ? input.caseId : undefined;
  const look = 'look' in input && typeof input.look === 'number' ? input.look : undefined;
  return { ...(caseId === undefined ? {} : { caseId }), ...(look === undefined ? {} : { look }) };
}
