import { describe, expect, it } from 'vitest';
import { RuleTimer } from '../../../infra/local/rule-timer.ts';
import { Template } from '../../../infra/local/template.ts';

const START = Date.UTC(2026, 3, 10, 13, 0, 30);
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:Hunt';

function timerOf(schedule: string, fires: number) {
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
      invoke: async (arn, event) => void invoked.push([arn, event]),
    },
    workflow: { arn: 'none', start: () => ({ id: '', arn: '', startedAt: 0 }), list: () => [] },
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
    expect(timerOf('rate(1 hour)', 0).timer.fire('monitor', undefined)).toBeUndefined();
  });
});
