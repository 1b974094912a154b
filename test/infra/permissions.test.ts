import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { huntExecutionName } from '../../functions/core/hunt.ts';
import { STEPS } from '../../infra/steps.ts';
import { allowedTo, definitionOf, functionsOf, ofType, only, resourcesOf, stackOf, statementsOf } from './synth.ts';

const resources = resourcesOf(stackOf());

/** Steps that change nothing in the table. */
const SHOWING: readonly string[] = ['show-case', 'list-cases'];

/** The last part of each secret's name a step may read. */
function secretsOf(step: string, of = resources): string[] {
  return allowedTo(of, step)
    .filter(({ actions }) => actions.includes('secretsmanager:GetSecretValue'))
    .flatMap((statement) => statement.resources)
    .map((resource) => /:secret:latchkey\/([a-z-]+)-\?{6}"/.exec(resource)?.[1] ?? resource)
    .sort();
}

describe('who may do what', () => {
  it.each([
    ['receive-webhook', ['cloudflare-webhook', 'pagerduty']],
    ['receive-audit-events', ['gitlab-streaming']],
    ['start-hunt', ['gitlab', 'pagerduty']],
    ['poll-security-events', ['cloudflare', 'pagerduty']],
    ['extract', ['cloudflare']],
    ['query-gitlab', ['gitlab']],
    ['join', ['cloudflare']],
    ['write-report', []],
    ['analyze', []],
    ['page', ['pagerduty']],
    ['send-alert', ['alert-webhook']],
    ['report-health', ['pagerduty']],
    ['show-case', []],
    ['list-cases', []],
  ])('%s reads the secrets %j and no other', (step, secrets) => {
    expect(secretsOf(step)).toEqual(secrets);
  });

  it('lets nobody read where alerts would go while none are sent', () => {
    const silent = resourcesOf(stackOf({ alert: { format: 'off' } }));
    expect(secretsOf('send-alert', silent)).toEqual([]);
    expect(JSON.stringify(silent)).not.toMatch(/latchkey\/alert-webhook|LATCHKEY_SECRET_ALERT_WEBHOOK/);
  });

  it.each([
    [{ cloudflareDataset: 'cloudflare' }, ['extract', 'join', 'write-report']],
    [{ gitlabDataset: 'gitlab' }, ['query-gitlab']],
    [{ cloudflareDataset: 'cloudflare', gitlabDataset: 'gitlab' }, ['extract', 'query-gitlab', 'join', 'write-report']],
    [{ reportDataset: 'findings' }, []],
  ])('with the Axiom settings %j only %j read its secret', (axiom, steps) => {
    const withAxiom = resourcesOf(stackOf({ axiom }));
    expect(STEPS.filter((step) => secretsOf(step, withAxiom).includes('axiom'))).toEqual(steps);
    const told = functionsOf(withAxiom).filter(({ properties }) =>
      Object.hasOwn(properties.Environment.Variables, 'LATCHKEY_SECRET_AXIOM'),
    );
    expect(told.map(({ step }) => step).sort()).toEqual([...steps].sort());
    for (const { properties } of told) {
      expect(properties.Environment.Variables.LATCHKEY_SECRET_AXIOM).toBe('latchkey/axiom');
    }
  });

  it.each(STEPS)('%s may ask for the value of its secrets and for nothing else of them', (step) => {
    const actions = allowedTo(resources, step).flatMap((statement) => statement.actions);
    const asked = new Set(actions.filter((action) => action.startsWith('secretsmanager:')));
    expect([...asked]).toEqual(secretsOf(step).length === 0 ? [] : ['secretsmanager:GetSecretValue']);
  });

  it('gives a secret’s name only to who may read it, and the other way round', () => {
    for (const { step, properties } of functionsOf(resources)) {
      const names = Object.entries<string>(properties.Environment.Variables)
        .filter(([name]) => name.startsWith('LATCHKEY_SECRET_'))
        .map(([, value]) => value.replace('latchkey/', ''));
      expect(names.sort(), step).toEqual(secretsOf(step));
    }
  });

  it.each(STEPS)('%s uses items of the one table, and nothing else of it; those that show cases read only', (step) => {
    const { id: table } = only(resources, 'AWS::DynamoDB::Table');
    const statements = allowedTo(resources, step).filter(({ actions }) =>
      actions.some((a) => a.startsWith('dynamodb:')),
    );
    expect(statements.flatMap((statement) => statement.resources)).toEqual([`{"Fn::GetAtt":["${table}","Arn"]}`]);
    const writes = ['BatchWriteItem', 'DeleteItem', 'PutItem', 'UpdateItem'].map((action) => `dynamodb:${action}`);
    expect(statements.flatMap(({ actions }) => actions).sort()).toEqual(
      [...(SHOWING.includes(step) ? [] : writes), 'dynamodb:GetItem', 'dynamodb:Query'].sort(),
    );
  });

  it.each([
    ['show-case', []],
    ['list-cases', ['states:GetExecutionHistory', 'states:ListExecutions']],
  ])('lets %s read, write its own log and traces, and nothing else', (step, more) => {
    const actions = allowedTo(resources, step).flatMap((statement) => statement.actions);
    expect(actions.sort()).toEqual([
      ...['dynamodb:GetItem', 'dynamodb:Query'],
      ...['logs:CreateLogStream', 'logs:PutLogEvents'],
      ...more,
      ...['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
    ]);
  });

  it.each(STEPS)('%s has no wildcard but those X-Ray and names of executions need', (step) => {
    for (const { actions, resources: on } of allowedTo(resources, step)) {
      expect(actions.filter((action) => action.includes('*'))).toEqual([]);
      if (on.some((resource) => resource.includes('*'))) {
        const wide = actions.filter((action) => !action.startsWith('xray:'));
        expect(['states:DescribeExecution', 'states:GetExecutionHistory']).toEqual(expect.arrayContaining(wide));
      }
    }
  });

  it('lets those that open cases start the workflow, those that start by the clock ask how theirs stand, and who lists cases what runs', () => {
    const { id: machine } = only(resources, 'AWS::StepFunctions::StateMachine');
    const statements = STEPS.flatMap((step) =>
      allowedTo(resources, step)
        .filter(({ actions }) => actions.some((action) => action.startsWith('states:')))
        .map(({ actions, resources: on }) => ({ step, actions, on })),
    );
    const start = { actions: ['states:StartExecution'], on: [`{"Ref":"${machine}"}`] };
    const all = `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:execution:\${${machine}.Name}`;
    const ask = (of: string) => ({ actions: ['states:DescribeExecution'], on: [`{"Fn::Sub":"${all}:${of}-*"}`] });
    const read = { actions: ['states:GetExecutionHistory'], on: [`{"Fn::Sub":"${all}:*"}`] };
    expect(statements).toEqual([
      { step: 'receive-webhook', ...start },
      { step: 'start-hunt', ...start },
      { step: 'start-hunt', ...ask('hunt') },
      { step: 'poll-security-events', ...start },
      { step: 'poll-security-events', ...ask('monitor') },
      { step: 'list-cases', actions: ['states:ListExecutions'], on: start.on },
      { step: 'list-cases', ...read },
    ]);
    expect(huntExecutionName(Date.UTC(2026, 10, 20, 18), 2)).toMatch(/^hunt-/);
  });

  it('lets EventBridge run what its rules name, API Gateway what is behind its routes, and nobody anything else', () => {
    const [hunts, monitor] = ofType(resources, 'AWS::Events::Rule').map(([id]) => `{"Fn::GetAtt":["${id}","Arn"]}`);
    const functions = new Map(functionsOf(resources).map(({ id, step }) => [id, step]));
    const permissions = ofType(resources, 'AWS::Lambda::Permission').map(([, { Properties }]) => ({
      step: functions.get(Properties.FunctionName['Fn::GetAtt'][0]),
      principal: Properties.Principal,
      from: JSON.stringify(Properties.SourceArn),
    }));
    expect(permissions).toEqual([
      { step: 'start-hunt', principal: 'events.amazonaws.com', from: hunts },
      { step: 'poll-security-events', principal: 'events.amazonaws.com', from: monitor },
      {
        step: 'receive-webhook',
        principal: 'apigateway.amazonaws.com',
        from: expect.stringContaining('/webhooks/cloudflare'),
      },
      {
        step: 'receive-audit-events',
        principal: 'apigateway.amazonaws.com',
        from: expect.stringContaining('/webhooks/gitlab'),
      },
      ...[
        ['list-cases', '/cases'],
        ['show-case', '/cases/{caseId}'],
        ['show-case', '/cases/{caseId}/evidence.json'],
      ].map(([step, path]) => ({
        ...{ step, principal: 'apigateway.amazonaws.com' },
        from: expect.stringContaining(`"/*/*${path}"`),
      })),
    ]);
  });

  it('lets the workflow invoke exactly the functions its states name', () => {
    const machine = only(resources, 'AWS::StepFunctions::StateMachine');
    const statements = statementsOf(resources, machine.Properties.RoleArn['Fn::GetAtt'][0]);
    const invoked = statements
      .filter(({ actions }) => actions.includes('lambda:InvokeFunction'))
      .flatMap((statement) => statement.resources);
    const named = new Set(
      Object.values<{ Type: string; Resource?: string }>(definitionOf(resources).States)
        .filter(({ Type }) => Type === 'Task')
        .map(({ Resource }) => Resource?.split(':').at(-1)),
    );
    const steps = functionsOf(resources).filter(({ id }) => invoked.includes(`{"Fn::GetAtt":["${id}","Arn"]}`));
    expect(new Set(steps.map(({ step }) => step))).toEqual(named);
    expect(steps).toHaveLength(invoked.length);
  });

  it('lets nobody call a model while none is set', () => {
    for (const step of STEPS) {
      expect(allowedTo(resources, step).flatMap(({ actions }) => actions)).not.toContain('bedrock:InvokeModel');
    }
  });

  it('lets only analyze call the model that is set', () => {
    const withModel = resourcesOf(stackOf({ analysis: { model: 'fast' } }, { region: 'us-west-2' }));
    for (const step of STEPS) {
      const may = allowedTo(withModel, step).some(({ actions }) => actions.includes('bedrock:InvokeModel'));
      expect(may, step).toBe(step === 'analyze');
    }
  });
});

describe('functions in a network', () => {
  const network = {
    vpcId: 'vpc-0123456789abcdef0',
    subnetIds: ['subnet-0aaaaaaaaaaaaaaa0', 'subnet-0bbbbbbbbbbbbbbb0'],
    securityGroupIds: ['sg-0123456789abcdef0'],
  };
  const inside = resourcesOf(stackOf({ network }));

  const placedSteps = [
    ...['extract', 'join', 'page', 'poll-security-events', 'query-gitlab', 'send-alert', 'start-hunt', 'write-report'],
  ];

  it('puts those that call GitLab, Cloudflare, Axiom, PagerDuty and the alert webhook for a case into it, and no other', () => {
    const placed = functionsOf(inside).filter(({ properties }) => properties.VpcConfig !== undefined);
    expect(placed.map(({ step }) => step).sort()).toEqual(placedSteps);
    for (const { properties } of placed) {
      expect(properties.VpcConfig).toMatchObject({
        SubnetIds: network.subnetIds,
        SecurityGroupIds: network.securityGroupIds,
      });
    }
  });

  it('lets only them attach to it', () => {
    const may = STEPS.filter((step) =>
      allowedTo(inside, step).some(({ actions }) => actions.includes('ec2:CreateNetworkInterface')),
    );
    expect([...may].sort()).toEqual(placedSteps);
  });

  it('makes one security group for all of them when none is given', () => {
    const { securityGroupIds: _, ...rest } = network;
    const alone = resourcesOf(stackOf({ network: rest }));
    const { id, Properties } = only(alone, 'AWS::EC2::SecurityGroup');
    expect(Properties.SecurityGroupIngress).toBeUndefined();
    const groups = functionsOf(alone).flatMap(({ properties }) => properties.VpcConfig?.SecurityGroupIds ?? []);
    expect(groups).toEqual(Array(placedSteps.length).fill({ 'Fn::GetAtt': [id, 'GroupId'] }));
  });

  it('leaves no warning behind', () => {
    expect(Annotations.fromStack(stackOf({ network })).findWarning('*', Match.anyValue())).toEqual([]);
  });
});
