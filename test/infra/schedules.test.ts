import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { functionsOf, ofType, type Resource, resourcesOf, stackOf } from './synth.ts';

const stack = stackOf();
const resources = resourcesOf(stack);
const startHunt = functionsOf(resources).find(({ step }) => step === 'start-hunt')?.id;

const poll = functionsOf(resources).find(({ step }) => step === 'poll-security-events')?.id;

/** The rule of that trigger, by the path of its construct, which is how the local stack finds it, too. */
function ruleOf(trigger: RegExp, of = resources): Resource | undefined {
  const rules = ofType(of, 'AWS::Events::Rule').map(([, rule]) => rule);
  return rules.find(({ Metadata }) => trigger.test(String(Metadata?.['aws:cdk:path'])));
}

function warningsOf(settings: object): string[] {
  return Annotations.fromStack(stackOf(settings))
    .findWarning('*', Match.anyValue())
    .map(({ entry }) => String(entry.data));
}

describe('the rule of the hunts', () => {
  it('runs start-hunt by the setting’s cron expression, with EventBridge’s own event', () => {
    const { Properties } = ruleOf(/hunt/i) ?? {};
    expect(Properties).toMatchObject({ ScheduleExpression: 'cron(10 * * * ? *)', State: 'ENABLED' });
    expect(Properties.Targets).toEqual([
      {
        Id: 'Target0',
        Arn: { 'Fn::GetAtt': [startHunt, 'Arn'] },
        RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3600 },
      },
    ]);
    const other = ruleOf(/hunt/i, resourcesOf(stackOf({ hunt: { schedule: 'cron(0/30 * * * ? *)' } })));
    expect(other?.Properties.ScheduleExpression).toBe('cron(0/30 * * * ? *)');
  });

  it('warns of a schedule that cannot keep up, and of no other', () => {
    expect(warningsOf({})).toEqual([]);
    expect(warningsOf({ hunt: { schedule: 'cron(10 */3 * * ? *)' } })).toEqual([]);
    const [warning = '', ...others] = warningsOf({ hunt: { schedule: 'cron(10 */4 * * ? *)' } });
    expect(warning).toMatch(/^hunt\.schedule: cron\(10 \*\/4 \* \* \? \*\) pauses longer than 3 hours/);
    expect(others).toEqual([]);
  });

  it('can be run by hand: the stack says which function and how', () => {
    const outputs = Object.values<{ Value: unknown; Description: string }>(Template.fromStack(stack).toJSON().Outputs);
    const [output] = outputs.filter(({ Value }) => JSON.stringify(Value) === `{"Ref":"${startHunt}"}`);
    expect(output?.Description).toContain('aws lambda invoke');
    expect(output?.Description).toContain('"force":true');
  });
});

describe('the rule of the monitor', () => {
  it('polls by the setting, with EventBridge’s own event, and repeats no poll', () => {
    const { Properties } = ruleOf(/monitor/i) ?? {};
    expect(Properties).toMatchObject({ ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' });
    expect(Properties.Targets).toEqual([
      {
        Id: 'Target0',
        Arn: { 'Fn::GetAtt': [poll, 'Arn'] },
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      },
    ]);
    const other = ruleOf(/monitor/i, resourcesOf(stackOf({ monitor: { schedule: 'cron(0/5 * * * ? *)' } })));
    expect(other?.Properties.ScheduleExpression).toBe('cron(0/5 * * * ? *)');
  });

  it('comes by once an hour without filters, so that alerts that wait and health events that stand come to an end', () => {
    const off = resourcesOf(stackOf({ monitor: { filters: [], schedule: 'rate(2 minutes)' } }));
    expect(ruleOf(/monitor/i, off)?.Properties.ScheduleExpression).toBe('rate(1 hour)');
    expect(warningsOf({ monitor: { filters: [], windowHours: 1 } })).toEqual([]);
  });

  it('warns of a schedule that leaves events unread, and of no other', () => {
    expect(warningsOf({ monitor: { schedule: 'rate(24 hours)' } })).toEqual([]);
    expect(warningsOf({ monitor: { schedule: 'rate(2 hours)', windowHours: 2 } })).toEqual([]);
    expect(warningsOf({ monitor: { schedule: 'rate(2 hours)', windowHours: 1 } })).toEqual([
      expect.stringMatching(
        /^monitor\.schedule: rate\(2 hours\) pauses longer than the 1 hours of monitor\.windowHours/,
      ),
    ]);
  });
});
