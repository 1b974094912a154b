import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { BadInputError } from '../../functions/runtime/errors.ts';
import { makeHandler, type Runtime } from '../../functions/runtime/handler.ts';
import type { InvocationLogger, LogFields } from '../../functions/runtime/logger.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { FakeClock } from './fake-clock.ts';

const SECRET = 'glpat-do-not-tell';

/** Keeps each line with the fields of its invocation. */
function recordingLogger() {
  const lines: Record<string, unknown>[] = [];
  let invocation: LogFields = {};
  const line = (level: string) => (message: string, fields?: LogFields) => {
    lines.push({ level, message, ...invocation, ...fields });
  };
  const logger: InvocationLogger = {
    begin: (fields) => {
      invocation = fields;
    },
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
  };
  return { lines, logger };
}

function contextOf(remainingMs = 30_000): Context {
  return lambdaContext('latchkey-extract', remainingMs);
}

function testRuntime() {
  const { lines, logger } = recordingLogger();
  const clock = new FakeClock();
  return { lines, clock, runtime: { logger, clock, env: { A: 'b' } } };
}

describe('makeHandler', () => {
  it('hands the work its input, its services and the invocation', async () => {
    const { clock, runtime } = testRuntime();
    const handler = makeHandler(
      ({ env }: Runtime) => ({ greeting: `hello ${env.A}` }),
      async (input: { name: string }, { greeting }, invocation) => ({
        text: `${greeting} ${input.name}`,
        left: invocation.deadline - invocation.clock.now(),
        id: invocation.requestId,
      }),
      { runtime },
    );
    expect(clock.now()).toBe(1_000_000);
    expect(await handler({ name: 'world' }, contextOf(5_000))).toEqual({
      text: 'hello b world',
      left: 5_000,
      id: 'request-1',
    });
  });

  it('builds its services at the first invocation, once', async () => {
    const { runtime } = testRuntime();
    let builds = 0;
    const handler = makeHandler(
      () => ++builds,
      async (_: object, services) => services,
      { runtime },
    );
    expect(builds).toBe(0);
    const both = await Promise.all([handler({}, contextOf()), handler({}, contextOf())]);
    expect([...both, await handler({}, contextOf())]).toEqual([1, 1, 1]);
  });

  it('does not remember a build that failed', async () => {
    const { runtime } = testRuntime();
    let builds = 0;
    const build = () => {
      builds++;
      if (builds === 1) throw new BadInputError('not yet');
      return builds;
    };
    const handler = makeHandler(build, async (_: object, services) => services, { runtime });
    await expect(handler({}, contextOf())).rejects.toMatchObject({ name: 'BadInputError' });
    expect(await handler({}, contextOf())).toBe(2);
  });

  it('logs ids and time, nothing else of the input', async () => {
    const { lines, clock, runtime } = testRuntime();
    const work = async (_: object) => {
      clock.advance(40);
      return {};
    };
    const handler = makeHandler(() => ({}), work, { runtime });
    await handler({ caseId: 'case-1', look: 2, body: SECRET }, contextOf());
    await handler({ caseId: { evil: SECRET }, look: SECRET }, contextOf());
    expect(lines).toEqual([
      { level: 'info', message: 'done', function: 'latchkey-extract', caseId: 'case-1', look: 2, ms: 40 },
      { level: 'info', message: 'done', function: 'latchkey-extract', ms: 40 },
    ]);
  });

  it.each([
    [new BadInputError('Field x is missing.', new Error(SECRET)), 'BadInputError', 'Field x is missing.'],
    [new TypeError(SECRET), 'TransientError', "Unexpected TypeError; this function's log has the stack."],
  ])('throws errors the state machine knows, and logs where: %s', async (error, name, message) => {
    const { lines, runtime } = testRuntime();
    const failing = async (_: object): Promise<void> => {
      throw error;
    };
    const handler = makeHandler(() => ({}), failing, { runtime });
    const thrown = await handler({ caseId: 'case-1' }, contextOf()).catch((reason: unknown) => reason);
    expect(thrown).toMatchObject({ name, message });
    expect(thrown).not.toHaveProperty('cause');
    expect(lines).toEqual([expect.objectContaining({ level: 'error', message: 'failed', caseId: 'case-1' })]);
    expect(JSON.stringify(lines)).not.toContain(SECRET);
  });

  it('answers an error where the step says how', async () => {
    const { lines, runtime } = testRuntime();
    const failing = async (_: object): Promise<{ statusCode: number }> => {
      throw new TypeError('bug');
    };
    const answerError = (error: Error) => ({ statusCode: error.name === 'TransientError' ? 503 : 500 });
    const handler = makeHandler(() => ({}), failing, { runtime, answerError });
    expect(await handler({}, contextOf())).toEqual({ statusCode: 503 });
    expect(lines).toHaveLength(1);
  });

  it('leaves the end of its time to Lambda: nothing is retried beside work that still runs', async () => {
    const { lines, runtime } = testRuntime();
    const slow = (_: object) => new Promise((resolve) => setTimeout(() => resolve('whole'), 10));
    const handler = makeHandler(() => ({}), slow, { runtime });
    expect(await handler({}, contextOf(0))).toBe('whole');
    expect(lines).toMatchObject([{ message: 'done' }]);
  });
});
