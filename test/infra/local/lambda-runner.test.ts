import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { LambdaFault, LambdaRunner } from '../../../infra/local/lambda-runner.ts';

const open: LambdaRunner[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((runner) => runner.close()));
});

/** A function whose bundle is this source. */
function lambda(source: string, fields: { timeoutMs?: number; environment?: Record<string, string> } = {}) {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'latchkey-lambda-')), 'index.mjs');
  writeFileSync(file, source);
  const log: string[] = [];
  const runner = new LambdaRunner(
    {
      title: 'Work',
      name: 'Work',
      arn: 'arn:aws:lambda:us-east-1:000000000000:function:Work',
      file,
      exportName: 'handler',
      memoryMb: 128,
      timeoutMs: fields.timeoutMs ?? 20_000,
      environment: fields.environment ?? {},
    },
    (line) => log.push(line),
  );
  open.push(runner);
  return { runner, log };
}

async function faultOf(work: Promise<unknown>): Promise<LambdaFault> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof LambdaFault) return error;
  throw new Error(`expected a LambdaFault, got ${String(error)}`);
}

describe('LambdaRunner', () => {
  it('hands the event and a Lambda context to the handler, and its answer back', async () => {
    const { runner } = lambda(`export const handler = async (event, context) => ({
      event, id: typeof context.awsRequestId, memory: context.memoryLimitInMB, arn: context.invokedFunctionArn,
      left: context.getRemainingTimeInMillis() });`);
    const answer = await runner.invoke({ a: [1] });
    expect(answer).toMatchObject({ event: { a: [1] }, id: 'string', memory: '128', arn: runner.function.arn });
    expect(answer).toHaveProperty('left', expect.closeTo(20_000, -4));
  });

  it('shows the function its own environment and nothing of ours', async () => {
    process.env.LATCHKEY_TEST_AMBIENT = 'ours';
    const { runner } = lambda('export const handler = async () => ({ ...process.env });', {
      environment: { TABLE_NAME: 't', NODE_OPTIONS: '--enable-source-maps' },
    });
    expect(await runner.invoke({})).toEqual({ TABLE_NAME: 't', NODE_OPTIONS: '--enable-source-maps' });
    delete process.env.LATCHKEY_TEST_AMBIENT;
  });

  it('keeps an environment warm, and gives each of two at once its own', async () => {
    const source = `let calls = 0;
      export const handler = async ({ pause }) => {
        calls += 1; const seen = calls;
        if (pause) await new Promise((resolve) => setTimeout(resolve, 20));
        return { seen };
      };`;
    const { runner } = lambda(source);
    expect(await runner.invoke({})).toMatchObject({ seen: 1 });
    expect(await runner.invoke({})).toMatchObject({ seen: 2 });
    const both = await Promise.all([runner.invoke({ pause: true }), runner.invoke({ pause: true })]);
    expect(both).toEqual([expect.objectContaining({ seen: 3 }), expect.objectContaining({ seen: 1 })]);
    const many = await Promise.all(Array.from({ length: 12 }, () => runner.invoke({})));
    expect(many).toHaveLength(12);
  });

  it('answers null for undefined', async () => {
    expect(await lambda('export const handler = async () => undefined;').runner.invoke({})).toBeNull();
  });

  it("reports a thrown error in Lambda's shape, by its name, with what was logged", async () => {
    const { runner, log } = lambda(`export const handler = async () => {
      for (const line of ['first', 'second', 'last']) console.log(line); const e = new Error('no such zone'); e.name = 'ConfigError'; throw e; };`);
    const fault = await faultOf(runner.invoke({}));
    expect(fault.name).toBe('ConfigError');
    expect(JSON.parse(fault.message)).toEqual({
      errorType: 'ConfigError',
      errorMessage: 'no such zone',
      trace: expect.arrayContaining([expect.stringContaining('no such zone')]),
    });
    expect(fault.log).toEqual(['first', 'second', 'last']);
    expect(log).toEqual(fault.log);
    expect(await faultOf(runner.invoke({}))).toMatchObject({ name: 'ConfigError' });
  });

  it('reports a thrown value that is no error', async () => {
    const fault = await faultOf(lambda("export const handler = async () => { throw 'text'; };").runner.invoke({}));
    expect(fault.failure).toEqual({ errorType: 'string', errorMessage: 'text', trace: [] });
  });

  it('stops a function at its timeout, even one that never yields, and starts afresh', async () => {
    const { runner } = lambda(
      'let calls = 0; export const handler = async ({ spin }) => { calls += 1; while (spin) {} return calls; };',
      { timeoutMs: 600 },
    );
    expect(await runner.invoke({})).toBe(1);
    const fault = await faultOf(runner.invoke({ spin: true }));
    expect(fault.name).toBe('Sandbox.Timedout');
    expect(fault.failure.errorMessage).toMatch(/Task timed out after 0\.60 seconds/);
    expect(await runner.invoke({})).toBe(1);
  });

  it('survives a function that exits or rejects behind its own back', async () => {
    const exits = lambda('export const handler = async () => process.exit(3);').runner;
    expect(await faultOf(exits.invoke({}))).toMatchObject({ name: 'Runtime.ExitError' });
    const rejects = lambda(
      "export const handler = () => { Promise.reject(new Error('lost')); return new Promise(() => {}); };",
    ).runner;
    expect(await faultOf(rejects.invoke({}))).toMatchObject({ name: 'Runtime.UnhandledPromiseRejection' });
  });

  it('survives a function that outgrows its memory', async () => {
    const { runner } = lambda(
      'export const handler = async () => { const kept = []; for (;;) kept.push(new Array(10_000).fill({ at: kept.length })); };',
    );
    const fault = await faultOf(runner.invoke({}));
    expect(fault.name).toBe('Runtime.ExitError');
    expect(fault.log.join()).toContain('heap out of memory');
  });

  it('reports a bundle that does not load, each time', async () => {
    const { runner } = lambda('throw new Error(\'Dynamic require of "fs" is not supported\');');
    expect(await faultOf(runner.invoke({}))).toMatchObject({
      failure: { errorMessage: expect.stringContaining('Dynamic') },
    });
    expect(await faultOf(runner.invoke({}))).toMatchObject({
      failure: { errorMessage: expect.stringContaining('Dynamic') },
    });
    const none = lambda('export const other = 1;').runner;
    expect(await faultOf(none.invoke({}))).toMatchObject({
      failure: { errorMessage: expect.stringContaining('handler is undefined or not exported') },
    });
  });

  it('refuses payloads over 6 MB, both ways', async () => {
    const { runner } = lambda("export const handler = async ({ size }) => 'x'.repeat(size ?? 0);");
    expect(await faultOf(runner.invoke('x'.repeat(6_300_000)))).toMatchObject({ name: 'RequestEntityTooLarge' });
    expect(await faultOf(runner.invoke({ size: 6_300_000 }))).toMatchObject({ name: 'Function.ResponseSizeTooLarge' });
  });

  it('fails what runs when it closes, and takes nothing more', async () => {
    const { runner } = lambda('export const handler = () => new Promise((resolve) => setTimeout(resolve, 60_000));');
    const running = faultOf(runner.invoke({}));
    await runner.close();
    expect(await running).toMatchObject({ name: 'ServiceException' });
    expect(await faultOf(runner.invoke({}))).toMatchObject({ name: 'ServiceException' });
  });
});
