import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { functionsOf, only, resourcesOf, stackOf } from './synth.ts';

const stack = stackOf();
const resources = resourcesOf(stack);
const startHunt = functionsOf(resources).find(({ step }) => step === 'start-hunt')?.id;

function warningsOf(hunt: object): string[] {
  return Annotations.fromStack(stackOf({ hunt }))
    .findWarning('*', Match.anyValue())
    .map(({ entry }) => String(entry.data));
}

describe('the rule of the hunts', () => {
  it('runs start-hunt by the setting’s cron expression, with EventBridge’s own event', () => {
    const { Properties } = only(resources, 'AWS::Events::Rule');
    expect(Properties).toMatchObject({ ScheduleExpression: 'cron(10 * * * ? *)', State: 'ENABLED' });
    expect(Properties.Targets).toEqual([
      {
        Id: 'Target0',
        Arn: { 'Fn::GetAtt': [startHunt, 'Arn'] },
        RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3600 },
      },
    ]);
    const other = only(resourcesOf(stackOf({ hunt: { schedule: 'cron(0/30 * * * ? *)' } })), 'AWS::Events::Rule');
    expect(other.Properties.ScheduleExpression).toBe('cron(0/30 * * * ? *)');
  });

  it('is found by the name of its trigger', () => {
    expect(only(resources, 'AWS::Events::Rule').Metadata?.['aws:cdk:path']).toMatch(/hunt/i);
  });

  it('warns of a schedule that cannot keep up, and of no other', () => {
    expect(warningsOf({})).toEqual([]);
    expect(warningsOf({ schedule: 'cron(10 */3 * * ? *)' })).toEqual([]);
    const [warning = '', ...others] = warningsOf({ schedule: 'cron(10 */4 * * ? *)' });
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
