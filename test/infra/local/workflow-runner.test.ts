import { afterEach, describe, expect, it, vi } from 'vitest';
import type { WorkflowEvent } from '../../../infra/local/execution.ts';
import { WorkflowRunner } from '../../../infra/local/workflow-runner.ts';

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:Cases';
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:Work';
const clock = { now: () => 0, sleep: async () => {} };

const task = (fields: object) => ({ Type: 'Task', Resource: FUNCTION, ...fields });
const named = (name: string, message = '') => Object.assign(new Error(message), { name });

function runner(
  states: Record<string, object>,
  work: (input: unknown) => unknown,
  { waitScale = 0, onEvent = (_: WorkflowEvent) => {} } = {},
): WorkflowRunner {
  const invoke = async (_: string, input: unknown) => work(input);
  const [StartAt] = Object.keys(states);
  return new WorkflowRunner({
    arn: MACHINE,
    definition: { StartAt, States: states },
    waitScale,
    clock,
    invoke,
    onEvent,
  });
}

afterEach(() => void vi.useRealTimers());

/** Runs one execution to its end. */
async function outcome(workflow: WorkflowRunner, input: unknown = {}) {
  const { id } = workflow.start(JSON.stringify(input));
  await workflow.idle();
  const execution = workflow.find(id);
  if (execution === undefined) throw new Error('the execution is gone');
  return execution;
}

describe('WorkflowRunner', () => {
  it('runs the definition and records its states', async () => {
    const workflow = runner(
      { First: task({ Next: 'Second' }), Second: { Type: 'Pass', Result: 'done', ResultPath: '$.end', End: true } },
      () => ({ caseId: 'c1', trigger: 'spike' }),
    );
    const execution = await outcome(workflow, { caseId: 'before' });
    expect(execution).toMatchObject({
      status: 'SUCCEEDED',
      caseId: 'c1',
      trigger: 'spike',
      output: { caseId: 'c1', trigger: 'spike', end: 'done' },
    });
    expect(execution.states.map(({ name }) => name)).toEqual(['First', 'Second']);
    for (const { enteredAt, exitedAt } of execution.states) {
      expect(Date.parse(exitedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(enteredAt));
    }
  });

  it('scales waits and retry pauses, and keeps the number of tries', async () => {
    let tries = 0;
    const states = {
      Wait: { Type: 'Wait', Seconds: 3000, Next: 'Work' },
      Work: task({
        Retry: [
          {
            ErrorEquals: ['TransientError'],
            IntervalSeconds: 100,
            BackoffRate: 2,
            MaxAttempts: 2,
            MaxDelaySeconds: 150,
          },
        ],
        End: true,
      }),
    };
    const workflow = runner(
      states,
      () => {
        tries += 1;
        if (tries < 3) throw named('TransientError');
        return { tries };
      },
      { waitScale: 0.00001 },
    );
    const execution = await outcome(workflow);
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: { tries: 3 } });
    expect(execution.states[1]).toMatchObject({ name: 'Work', retries: 2 });
    expect(execution.states[1]?.error).toBeUndefined();
  });

  it('gives up after the last try, and says what failed', async () => {
    const workflow = runner(
      { Work: task({ Retry: [{ ErrorEquals: ['TransientError'], MaxAttempts: 1 }], End: true }) },
      () => {
        throw named('TransientError', '{"errorType":"TransientError"}');
      },
    );
    const execution = await outcome(workflow, { caseId: 'c1' });
    expect(execution).toMatchObject({
      status: 'FAILED',
      error: 'TransientError',
      cause: '{"errorType":"TransientError"}',
    });
    expect(execution).toMatchObject({ caseId: 'c1', states: [{ name: 'Work', error: 'TransientError', retries: 1 }] });
  });

  it('hands a caught error on as Step Functions does', async () => {
    const workflow = runner(
      {
        Work: task({ Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'After' }], Next: 'After' }),
        After: { Type: 'Succeed' },
      },
      () => {
        throw named('ConfigError', 'why');
      },
    );
    const execution = await outcome(workflow, { kept: true });
    expect(execution.output).toEqual({ kept: true, failure: { Error: 'ConfigError', Cause: 'why' } });
    expect(execution.states[0]).toMatchObject({ name: 'Work', error: 'ConfigError' });
  });

  it('fails a result over 262,144 bytes, and nothing catches it', async () => {
    const catching = { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'After' }], Next: 'After' };
    const retrying = { Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 3 }] };
    let calls = 0;
    const workflow = runner({ Work: task({ ...catching, ...retrying }), After: { Type: 'Succeed' } }, () => {
      calls += 1;
      return { big: 'x'.repeat(262_144) };
    });
    expect(await outcome(workflow)).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(calls).toBe(1);
  });

  it('fails a payload that grows over the limit inside the workflow', async () => {
    const workflow = runner(
      { Work: task({ ResultPath: '$.more', Next: 'After' }), After: { Type: 'Wait', Seconds: 1, End: true } },
      () => 'x'.repeat(200_000),
    );
    const execution = await outcome(workflow, { before: 'x'.repeat(100_000) });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it('honours the timeout of a task', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const late = { Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Late' }], Next: 'Late' };
    const workflow = runner(
      { Work: task({ TimeoutSeconds: 90, ...late }), Late: { Type: 'Succeed' } },
      () => new Promise(() => {}),
    );
    const { id } = workflow.start('{}');
    await vi.advanceTimersByTimeAsync(89_000);
    expect(workflow.find(id)?.status).toBe('RUNNING');
    await vi.advanceTimersByTimeAsync(2_000);
    await workflow.idle();
    expect(workflow.find(id)?.output).toMatchObject({ Error: 'States.Timeout' });
  });

  it('tells of each look when it waits, and of the end', async () => {
    const events: WorkflowEvent[] = [];
    const workflow = runner(
      {
        Work: task({ Next: 'Wait for look 2' }),
        'Wait for look 2': { Type: 'Wait', Seconds: 300, Next: 'Done' },
        Done: { Type: 'Succeed' },
      },
      () => ({ look: 1 }),
      { onEvent: (event) => events.push(event) },
    );
    await outcome(workflow);
    expect(events.filter(({ kind }) => kind === 'look')).toHaveLength(2);
    expect(events.at(-1)).toMatchObject({ kind: 'ended', execution: { status: 'SUCCEEDED' } });
  });

  describe('start', () => {
    const states = { Work: task({ End: true }) };

    it('takes a name once', async () => {
      const workflow = runner(states, () => ({}));
      const first = workflow.start('{"a":1}', 'case-1');
      expect(workflow.start('{"a":1}', 'case-1').arn).toBe(first.arn);
      expect(() => workflow.start('{"a":2}', 'case-1')).toThrow(
        expect.objectContaining({ name: 'ExecutionAlreadyExists' }),
      );
      await workflow.idle();
      expect(() => workflow.start('{"a":1}', 'case-1')).toThrow(
        expect.objectContaining({ name: 'ExecutionAlreadyExists' }),
      );
      expect(workflow.list()).toHaveLength(1);
    });

    it('tells how an execution stands, by its ARN', async () => {
      const workflow = runner(states, () => ({}));
      const { arn, startedAt } = workflow.start('{}', 'case-1');
      expect(workflow.describe(arn)).toMatchObject({
        stateMachineArn: MACHINE,
        startedAt,
        view: { status: 'RUNNING' },
      });
      await workflow.idle();
      expect(workflow.describe(arn)).toMatchObject({ view: { id: 'case-1', status: 'SUCCEEDED' } });
      expect(workflow.describe(arn.replace('Cases', 'Others'))).toBeUndefined();
      expect(workflow.describe(`${arn}-2`)).toBeUndefined();
    });

    it('lists executions with their times, and keeps the history of each', async () => {
      const workflow = runner(
        {
          Work: task({ Retry: [{ ErrorEquals: ['TransientError'], MaxAttempts: 1 }], Next: 'Enough?' }),
          'Enough?': {
            Type: 'Choice',
            Choices: [{ Variable: '$.ok', BooleanEquals: true, Next: 'Done' }],
            Default: 'No',
          },
          Done: { Type: 'Succeed' },
          No: { Type: 'Fail', Error: 'NotEnough', Cause: 'why' },
        },
        (input) => {
          if (JSON.stringify(input) === '{}') throw named('TransientError', 'busy');
          return input;
        },
      );
      const [good, bad, broken] = [workflow.start('{"ok":true}'), workflow.start('{"ok":false}'), workflow.start('{}')];
      expect(workflow.descriptions().map(({ arn, stoppedAt }) => [arn, stoppedAt])).toEqual([
        [good.arn, undefined],
        [bad.arn, undefined],
        [broken.arn, undefined],
      ]);
      await workflow.idle();
      expect(workflow.describe(good.arn)?.stoppedAt).toBeGreaterThan(0);
      const typesOf = (arn: string) =>
        workflow
          .history(arn)
          ?.events(false)
          .map(({ type }) => type);
      const tried = ['LambdaFunctionScheduled', 'LambdaFunctionStarted'];
      const decided = ['LambdaFunctionSucceeded', 'TaskStateExited', 'ChoiceStateEntered', 'ChoiceStateExited'];
      const begun = ['ExecutionStarted', 'TaskStateEntered', ...tried];
      expect(typesOf(good.arn)).toEqual([
        ...[...begun, ...decided, 'SucceedStateEntered', 'SucceedStateExited', 'ExecutionSucceeded'],
      ]);
      expect(typesOf(bad.arn)).toEqual([...begun, ...decided, 'FailStateEntered', 'ExecutionFailed']);
      expect(workflow.history(bad.arn)?.events(true).at(-1)).toMatchObject({
        executionFailedEventDetails: { error: 'NotEnough', cause: 'why' },
      });
      const failed = 'LambdaFunctionFailed';
      expect(typesOf(broken.arn)).toEqual([...begun, failed, ...tried, failed, 'ExecutionFailed']);
      expect(workflow.history(`${good.arn}-2`)).toBeUndefined();
    });

    it('refuses what StartExecution refuses', () => {
      const workflow = runner(states, () => ({}));
      const refusal = (name: string) => expect.objectContaining({ name });
      for (const name of ['', 'a b', 'a/b', 'a:b', 'x'.repeat(81), 'a\u0000']) {
        expect(() => workflow.start('{}', name)).toThrow(refusal('InvalidName'));
      }
      expect(() => workflow.start('{nope', 'a')).toThrow(refusal('InvalidExecutionInput'));
      expect(() => workflow.start(JSON.stringify('x'.repeat(262_144)), 'a')).toThrow(refusal('ValidationException'));
      expect(workflow.list()).toEqual([]);
    });
  });

  it('aborts what runs when it closes', async () => {
    const workflow = runner(states(), () => ({}), { waitScale: 1 });
    const { id, arn } = workflow.start('{}');
    await workflow.close();
    expect(workflow.find(id)?.status).toBe('ABORTED');
    const types = workflow
      .history(arn)
      ?.events(false)
      .map(({ type }) => type);
    expect(types).toEqual(['ExecutionStarted', 'WaitStateEntered', 'ExecutionAborted']);
  });

  it('refuses a definition it would run differently', () => {
    expect(() =>
      runner({ Work: { Type: 'Task', Resource: 'arn:aws:states:::sns:publish', End: true } }, () => ({})),
    ).toThrow('Work');
    expect(() => runner({ Work: task({ Next: 'Nowhere' }) }, () => ({}))).toThrow();
  });
});

function states() {
  return { Wait: { Type: 'Wait', Seconds: 3600, End: true } };
}
