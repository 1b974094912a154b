import { describe, expect, it } from 'vitest';
import { eventOfRule, readRules, ruleOf, untilNext } from '../../../infra/local/rules.ts';
import { Template } from '../../../infra/local/template.ts';

const target = { Arn: { 'Fn::GetAtt': ['Fn', 'Arn'] }, Id: 'T' };
const rules = readRules(
  new Template(
    {
      Resources: {
        Fn: { Type: 'AWS::Lambda::Function', Properties: {} },
        HuntRule: {
          Type: 'AWS::Events::Rule',
          Properties: { ScheduleExpression: 'cron(7 * * * ? *)', State: 'ENABLED', Targets: [target] },
        },
        OffRule: { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'rate(1 hour)', State: 'DISABLED' } },
        EventRule: { Type: 'AWS::Events::Rule', Properties: { EventPattern: {} } },
      },
    },
    { region: 'us-east-1', stackName: 'Latchkey' },
  ),
);

describe('rules', () => {
  it('reads enabled rules with a schedule', () => {
    expect(rules.map(({ path, schedule }) => [path, schedule])).toEqual([['HuntRule', 'cron(7 * * * ? *)']]);
    expect(ruleOf(rules, 'hunt')?.targets[0]?.arn).toBe('arn:aws:lambda:us-east-1:000000000000:function:Fn');
    expect(ruleOf(rules, 'monitor')).toBeUndefined();
  });

  it('makes the event EventBridge sends, in whole seconds', () => {
    const [rule] = rules;
    const [first] = rule?.targets ?? [];
    if (!rule || !first) throw new Error('the rule is gone');
    const at = Date.UTC(2026, 3, 10, 13, 7, 0, 900);
    expect(eventOfRule(rule, first, at, 'us-east-1')).toMatchObject({
      'detail-type': 'Scheduled Event',
      time: '2026-04-10T13:07:00Z',
      resources: ['arn:aws:events:us-east-1:000000000000:rule/HuntRule'],
    });
    expect(eventOfRule(rule, { ...first, input: '{"own":1}' }, at, 'us-east-1')).toEqual({ own: 1 });
  });

  it.each([
    ['rate(1 minute)', 60],
    ['rate(2 hours)', 7200],
    ['cron(* * * * ? *)', 30],
    ['cron(7 * * * ? *)', 390],
    ['cron(0 * * * ? *)', 3570],
    ['cron(0/5 * * * ? *)', 270],
    ['cron(1,31 * * * ? *)', 30],
    ['cron(0 * 1 * ? *)', undefined],
    ['cron(0 12 * * ? *)', undefined],
    ['cron(0 * ? * MON *)', undefined],
  ])('%s is next in %s s', (schedule, seconds) => {
    const now = Date.UTC(2026, 3, 10, 13, 0, 30);
    expect(untilNext(schedule, now)).toBe(seconds === undefined ? undefined : seconds * 1000);
  });
});
