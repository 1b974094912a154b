import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { STEPS } from '../../infra/stack.ts';
import { allowedTo, definitionOf, functionsOf, only, resourcesOf, stackOf, statementsOf } from './synth.ts';

const resources = resourcesOf(stackOf());

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
    ['extract', ['cloudflare']],
    ['query-gitlab', ['gitlab']],
    ['join', ['cloudflare']],
    ['analyze', []],
    ['page', ['pagerduty']],
    ['report-health', ['pagerduty']],
  ])('%s reads the secrets %j and no other', (step, secrets) => {
    expect(secretsOf(step)).toEqual(secrets);
  });

  it('gives a secret’s name only to who may read it, and the other way round', () => {
    for (const { step, properties } of functionsOf(resources)) {
      const names = Object.entries<string>(properties.Environment.Variables)
        .filter(([name]) => name.startsWith('LATCHKEY_SECRET_'))
        .map(([, value]) => value.replace('latchkey/', ''));
      expect(names.sort(), step).toEqual(secretsOf(step));
    }
  });

  it.each(STEPS)('%s reads and writes items of the one table, and nothing else of it', (step) => {
    const { id: table } = only(resources, 'AWS::DynamoDB::Table');
    const statements = allowedTo(resources, step).filter(({ actions }) =>
      actions.some((a) => a.startsWith('dynamodb:')),
    );
    expect(statements.flatMap((statement) => statement.resources)).toEqual([`{"Fn::GetAtt":["${table}","Arn"]}`]);
    expect(statements.flatMap(({ actions }) => actions).sort()).toEqual([
      'dynamodb:BatchWriteItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ]);
  });

  it.each(STEPS)('%s has no wildcard but those X-Ray needs', (step) => {
    for (const { actions, resources: on } of allowedTo(resources, step)) {
      expect(actions.filter((action) => action.includes('*'))).toEqual([]);
      if (on.some((resource) => resource.includes('*'))) {
        expect(actions.every((action) => action.startsWith('xray:'))).toBe(true);
      }
    }
  });

  it('lets only receive-webhook start the workflow', () => {
    const { id: machine } = only(resources, 'AWS::StepFunctions::StateMachine');
    const may = STEPS.filter((step) =>
      allowedTo(resources, step).some(({ actions }) => actions.some((action) => action.startsWith('states:'))),
    );
    expect(may).toEqual(['receive-webhook']);
    const starts = allowedTo(resources, 'receive-webhook').filter(({ actions }) =>
      actions.includes('states:StartExecution'),
    );
    expect(starts.flatMap((statement) => statement.resources)).toEqual([`{"Ref":"${machine}"}`]);
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

  it('puts those that call GitLab, Cloudflare and PagerDuty for a case into it, and no other', () => {
    const placed = functionsOf(inside).filter(({ properties }) => properties.VpcConfig !== undefined);
    expect(placed.map(({ step }) => step).sort()).toEqual(['extract', 'join', 'page', 'query-gitlab']);
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
    expect(may).toEqual(['extract', 'query-gitlab', 'join', 'page']);
  });

  it('makes one security group for all of them when none is given', () => {
    const { securityGroupIds: _, ...rest } = network;
    const alone = resourcesOf(stackOf({ network: rest }));
    const { id, Properties } = only(alone, 'AWS::EC2::SecurityGroup');
    expect(Properties.SecurityGroupIngress).toBeUndefined();
    const groups = functionsOf(alone).flatMap(({ properties }) => properties.VpcConfig?.SecurityGroupIds ?? []);
    expect(groups).toEqual(Array(4).fill({ 'Fn::GetAtt': [id, 'GroupId'] }));
  });

  it('leaves no warning behind', () => {
    expect(Annotations.fromStack(stackOf({ network })).findWarning('*', Match.anyValue())).toEqual([]);
  });
});
