import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Architecture, Code, Tracing } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { NodeFunction, type NodeFunctionProps } from '../../infra/constructs/node-function.ts';
import { StateTable } from '../../infra/constructs/state-table.ts';
import { functionsOf, only, type Resources, statementsOf } from './synth.ts';

function made(
  props: Partial<NodeFunctionProps>,
  then: (made: NodeFunction, stack: Stack) => void = () => {},
): Resources {
  const stack = new Stack(new App(), 'Test');
  const one = new NodeFunction(stack, 'One', {
    step: 'one',
    code: Code.fromInline('exports.handler = async () => {}'),
    description: 'Does one thing.',
    settings: { mode: 'shadow' },
    logRetention: RetentionDays.ONE_WEEK,
    ...props,
  });
  then(one, stack);
  return Template.fromStack(stack).toJSON().Resources;
}

function propertiesOf(props: Partial<NodeFunctionProps>) {
  return functionsOf(made(props))[0]?.properties;
}

describe('NodeFunction', () => {
  it('never drops what the caller gives', () => {
    const properties = propertiesOf({
      timeout: Duration.seconds(77),
      memorySize: 2048,
      description: 'Something else.',
      handler: 'index.other',
      architecture: Architecture.X86_64,
      tracing: Tracing.PASS_THROUGH,
      reservedConcurrentExecutions: 3,
      environment: { OWN: 'value', POWERTOOLS_LOG_LEVEL: 'DEBUG' },
    });
    expect(properties).toMatchObject({
      Timeout: 77,
      MemorySize: 2048,
      Description: 'Something else.',
      Handler: 'index.other',
      Architectures: ['x86_64'],
      TracingConfig: { Mode: 'PassThrough' },
      ReservedConcurrentExecutions: 3,
    });
    expect(properties.Environment.Variables).toEqual({
      LATCHKEY_SETTINGS: '{"mode":"shadow"}',
      NODE_OPTIONS: '--enable-source-maps',
      POWERTOOLS_SERVICE_NAME: 'latchkey',
      POWERTOOLS_LOG_LEVEL: 'DEBUG',
      OWN: 'value',
    });
  });

  it.each([
    ['read', ['dynamodb:GetItem', 'dynamodb:Query']],
    ['write', ['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem']],
  ] as const)('binds a table to %s: the variable and just these actions', (access, actions) => {
    const resources = made({}, (one, stack) => one.bindTable(new StateTable(stack, 'State'), access));
    const table = only(resources, 'AWS::DynamoDB::Table').id;
    expect(functionsOf(resources)[0]?.properties.Environment.Variables.TABLE_NAME).toEqual({ Ref: table });
    const allowed = statementsOf(resources, only(resources, 'AWS::IAM::Role').id).flatMap((one) => one.actions);
    expect(allowed.filter((action) => action.startsWith('dynamodb:')).sort()).toEqual(actions);
  });

  it('may write its own log and traces when nothing is bound, and nothing else', () => {
    const resources = made({});
    const allowed = statementsOf(resources, only(resources, 'AWS::IAM::Role').id).flatMap((one) => one.actions);
    expect(allowed.sort()).toEqual([
      ...['logs:CreateLogStream', 'logs:PutLogEvents', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
    ]);
  });

  it('stops synth when its environment is too large for Lambda, naming the setting to shorten', () => {
    const knownEgress = Array.from({ length: 300 }, (_, index) => `2001:db8:${index}::/48`);
    expect(() => made({ settings: { mode: 'live', gitlab: { hosts: [] }, knownEgress } })).toThrow(
      /environment of function one would hold \d{4} bytes, Lambda allows 4096: shorten the setting knownEgress,/,
    );
    expect(() => made({ settings: { gitlab: { ca: 'A'.repeat(5000) } } })).toThrow('the setting gitlab.ca,');
    expect(() => made({ settings: { knownEgress: knownEgress.slice(0, 100) } })).not.toThrow();
  });
});
