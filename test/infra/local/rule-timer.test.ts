import { describe, expect, it } from 'vitest';
import { LambdaFault } from '../../../infra/local/lambda-runner.ts';
import { RuleTimer } from '../../../infra/local/rule-timer.ts';
import { Template } from '../../../infra/local/template.ts';

const START = Date.UTC(2026, 3, 10, 13, 0, 30);
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:Hunt';

function timerOf(schedule: string, fires: number, work: (started: string[]) => void = () => {}) {
  const properties = { ScheduleExpression: schedule, Targets: [{ Arn: { 'Fn::GetAtt': ['Hunt', 'Arn'] }, Id: 'T' }] };
  const template = new Template(
    {
      Resources: {
        Hunt: { Type: 'AWS::Lambda::Function', Properties: {} },
        HuntRule: { Type: 'AWS::Events::Rule', Properties: properties },
      },
    },
    { region: 'us-east-1', stackName: 'Latchkey' },
  );
  const clock = { at: START, slept: 0 };
  const invoked: [string, unknown][] = [];
  const started = ['before'];
  const done = Promise.withResolvers<void>();
  const timer = new RuleTimer({
    template,
    clock: {
      now: () => clock.at,
      // After so many rounds the sleep does not end before it is stopped.
      sleep: async (ms, signal) => {
        clock.slept += 1;
        if (clock.slept > fires) {
          done.resolve();
          await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('stopped'))));
        }
        clock.at += ms;
      },
    },
    functions: {
      has: (arn) => arn === FUNCTION,
      invoke: async (arn, event) => {
        invoked.push([arn, event]);
        work(started);
      },
    },
    workflow: {
      arn: 'none',
      start: () => ({ id: '', arn: '', startedAt: 0 }),
      list: () => started.map((id) => ({ id, trigger: 'hunt', caseId: id, status: 'RUNNING', states: [], output: {} })),
    },
  });
  return { timer, invoked, done: done.promise };
}

describe('RuleTimer', () => {
  it('fires a rule at its times, until it is stopped', async () => {
    const { timer, invoked, done } = timerOf('cron(7 * * * ? *)', 2);
    expect(timer.run()).toEqual([]);
    await done;
    timer.stop();
    expect(invoked).toEqual([
      [FUNCTION, expect.objectContaining({ time: '2026-04-10T13:07:00Z' })],
      [FUNCTION, expect.objectContaining({ time: '2026-04-10T14:07:00Z' })],
    ]);
  });

  it('says which schedule it does not run', () => {
    const { timer, invoked } = timerOf('cron(0 9 ? * MON-FRI *)', 0);
    expect(timer.run()).toEqual(['HuntRule: cron(0 9 ? * MON-FRI *) is not run on this machine']);
    expect(invoked).toEqual([]);
  });

  it('knows no rule for a trigger that has none', () => {
    expect(timerOf('rate(1 hour)', 0).timer.fire('monitor')).toBeUndefined();
  });

  it('fires when asked to, now or at a time, and by force', async () => {
    const { timer, invoked } = timerOf('rate(1 hour)', 0, (started) => started.push(`hunt-${started.length}`));
    expect(await timer.fire('hunt')).toEqual(['hunt-1']);
    expect(await timer.fire('hunt', { time: '2026-04-09T08:10:00+02:00', force: true })).toEqual(['hunt-2']);
    await timer.fire('hunt', { force: false });
    expect(invoked.map(([, event]) => event)).toEqual([
      expect.objectContaining({ time: '2026-04-10T13:00:30Z' }),
      expect.objectContaining({ time: '2026-04-09T06:10:00Z', force: true }),
      expect.not.objectContaining({ force: expect.anything() }),
    ]);
  });

  it('answers with what was started before the function failed', async () => {
    const failure = { errorType: 'TransientError', errorMessage: 'GitLab', trace: [] };
    const { timer } = timerOf('rate(1 hour)', 0, (started) => {
      started.push('hunt-1');
      throw new LambdaFault(failure, []);
    });
    expect(await timer.fire('hunt')).toEqual(['hunt-1']);
  });

  it('does not hide that the function could not be called', async () => {
    const { timer } = timerOf('rate(1 hour)', 0, () => {
      throw new Error('no such function');
    });
    await expect(timer.fire('hunt')).rejects.toThrow('no such function');
  });
});
