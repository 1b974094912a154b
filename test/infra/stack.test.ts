import { CfnResource, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Policy, PolicyStatement, User } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { STEPS } from '../../infra/steps.ts';
import { functionsOf, ofType, only, type Resource, resourcesOf, stackOf } from './synth.ts';

const resources = resourcesOf(stackOf());
/** Milliseconds; the checks load their rules first, and the machine may be busy. */
const SLOW = 30_000;
const text = JSON.stringify(resources);

function propertiesOf(type: string): Resource['Properties'] {
  return only(resources, type).Properties;
}

function idOf(step: string, of = resources): string | undefined {
  return functionsOf(of).find((one) => one.step === step)?.id;
}

/** The alarm on a metric of a step's function. */
function alarmOf(settings: object, metric: string, step: string): Resource['Properties'] | undefined {
  const of = resourcesOf(stackOf(settings));
  const id = idOf(step, of);
  return ofType(of, 'AWS::CloudWatch::Alarm')
    .map(([, { Properties }]) => Properties)
    .find(({ MetricName, Dimensions }) => MetricName === metric && Dimensions[0].Value.Ref === id);
}

describe('the functions', () => {
  it('are one per step', () => {
    expect(
      functionsOf(resources)
        .map(({ step }) => step)
        .sort(),
    ).toEqual([...STEPS].sort());
  });

  it.each(functionsOf(resources))('$step runs on Node 24, arm64, with a time limit', ({ properties }) => {
    expect(properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
    });
    expect(properties.Timeout).toBeGreaterThan(5);
    expect(properties.MemorySize).toBeGreaterThanOrEqual(512);
    expect(properties.Description).toMatch(/\.$/);
  });

  it('are traced, but for those that run every minute to see nothing, or for each streamed event', () => {
    const untraced = functionsOf(resources).filter(({ properties }) => properties.TracingConfig?.Mode !== 'Active');
    expect(untraced.map(({ step }) => step)).toEqual(['receive-audit-events', 'poll-security-events']);
  });

  it.each(functionsOf(resources))('$step logs to a group of its own, kept for a limited time', ({ properties }) => {
    const group = resources[properties.LoggingConfig.LogGroup.Ref];
    expect(group?.Properties.RetentionInDays).toBe(90);
  });

  it('have the variables their steps read', () => {
    const variables = Object.fromEntries(
      functionsOf(resources).map(({ step, properties }) => [
        step,
        Object.keys(properties.Environment.Variables)
          .filter((name) => !/^(?:POWERTOOLS_|NODE_OPTIONS|LATCHKEY_SETTINGS|TABLE_NAME)/.test(name))
          .sort(),
      ]),
    );
    expect(variables).toEqual({
      'receive-webhook': [
        ...['LATCHKEY_ENVIRONMENT', 'LATCHKEY_SECRET_CLOUDFLARE_WEBHOOK', 'LATCHKEY_SECRET_PAGERDUTY'],
        ...['PAGERDUTY_EVENTS_URL', 'STATE_MACHINE_ARN'],
      ],
      'receive-audit-events': ['LATCHKEY_SECRET_GITLAB_STREAMING'],
      'start-hunt': [
        ...['GITLAB_URL', 'LATCHKEY_ENVIRONMENT', 'LATCHKEY_SECRET_GITLAB', 'LATCHKEY_SECRET_PAGERDUTY'],
        ...['PAGERDUTY_EVENTS_URL', 'STATE_MACHINE_ARN'],
      ],
      'poll-security-events': [
        ...['CLOUDFLARE_API_URL', 'LATCHKEY_ENVIRONMENT', 'LATCHKEY_SECRET_CLOUDFLARE', 'LATCHKEY_SECRET_PAGERDUTY'],
        ...['PAGERDUTY_EVENTS_URL', 'STATE_MACHINE_ARN'],
      ],
      extract: ['AXIOM_EDGE_URL', 'AXIOM_URL', 'CLOUDFLARE_API_URL', 'GITLAB_URL', 'LATCHKEY_SECRET_CLOUDFLARE'],
      'query-gitlab': ['AXIOM_EDGE_URL', 'AXIOM_URL', 'GITLAB_URL', 'LATCHKEY_SECRET_GITLAB'],
      join: ['AXIOM_EDGE_URL', 'AXIOM_URL', 'CLOUDFLARE_API_URL', 'GITLAB_URL', 'LATCHKEY_SECRET_CLOUDFLARE'],
      'write-report': ['AXIOM_EDGE_URL', 'AXIOM_URL'],
      analyze: [],
      page: [
        ...['GITLAB_URL', 'LATCHKEY_CASES_URL', 'LATCHKEY_ENVIRONMENT', 'LATCHKEY_SECRET_PAGERDUTY'],
        'PAGERDUTY_EVENTS_URL',
      ],
      'send-alert': [
        ...['ALERT_WEBHOOK_URL', 'GITLAB_URL', 'LATCHKEY_CASES_URL', 'LATCHKEY_ENVIRONMENT'],
        'LATCHKEY_SECRET_ALERT_WEBHOOK',
      ],
      'report-health': ['LATCHKEY_ENVIRONMENT', 'LATCHKEY_SECRET_PAGERDUTY', 'PAGERDUTY_EVENTS_URL'],
      'show-case': ['AXIOM_ADDRESS_FIELD', 'AXIOM_CLOUDFLARE_DATASET', 'GITLAB_URL', 'LATCHKEY_ENVIRONMENT'],
      'list-cases': ['LATCHKEY_ENVIRONMENT', 'STATE_MACHINE_ARN'],
    });
  });
});

describe('the query for Axiom on a page', () => {
  it.each([
    [{}, '', 'ClientIP'],
    [{ cloudflareDataset: 'edge', cloudflarePreset: 'worker' }, 'edge', 'request.headers.cf-connecting-ip'],
    [{ cloudflareDataset: 'edge', cloudflareFields: { address: 'client.ip' } }, 'edge', 'client.ip'],
  ])('names the column that settings say: %o', (axiom, dataset, column) => {
    const made = functionsOf(resourcesOf(stackOf({ axiom })));
    expect(made.find(({ step }) => step === 'show-case')?.properties.Environment.Variables).toMatchObject({
      AXIOM_CLOUDFLARE_DATASET: dataset,
      AXIOM_ADDRESS_FIELD: column,
    });
  });
});

describe('the function that polls', () => {
  const run = functionsOf(resources).find(({ step }) => step === 'poll-security-events');

  it('is over before the next poll', () => {
    expect(run?.properties.Timeout).toBeLessThan(60);
  });

  it('is not repeated by Lambda, as the next poll reads the same hours', () => {
    const [, { Properties }] = ofType(resources, 'AWS::Lambda::EventInvokeConfig')[0] ?? ['', { Properties: {} }];
    expect(Properties).toMatchObject({
      FunctionName: { Ref: run?.id },
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
    expect(ofType(resources, 'AWS::Lambda::EventInvokeConfig')).toHaveLength(1);
  });
});

describe('the stack', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each([
    ['as it comes', {}, {}],
    [
      'with everything on',
      {
        analysis: { model: 'quality' },
        axiom: { cloudflareDataset: 'cloudflare', gitlabDataset: 'gitlab' },
        alarms: { topicArn: 'arn:aws:sns:us-east-1:111122223333:alarms' },
        network: { vpcId: 'vpc-0123456789abcdef0', subnetIds: ['subnet-0123456789abcdef0'] },
      },
      { region: 'us-east-1' },
    ],
    ['with a worldwide model profile', { analysis: { model: 'global.anthropic.claude-sonnet-4-6' } }, {}],
  ])(
    'passes the AwsSolutions checks %s',
    (_, settings, props) => {
      const stack = stackOf(settings, props);
      Validations.of(stack.node.root).addPlugins(new AwsSolutionsChecks(stack.node.root));
      expect(() => synth(stack)).not.toThrow();
    },
    SLOW,
  );

  it(
    'would not pass them with a wildcard nobody acknowledged',
    () => {
      const stack = stackOf();
      const statement = new PolicyStatement({ actions: ['s3:*'], resources: ['*'] });
      new Policy(stack, 'Careless', { statements: [statement], users: [new User(stack, 'Someone')] });
      Validations.of(stack.node.root).addPlugins(new AwsSolutionsChecks(stack.node.root));
      expect(() => synth(stack)).toThrow('AwsSolutions-IAM5[Action::s3:*]');
    },
    SLOW,
  );

  it(
    'is a template CloudFormation takes',
    () => {
      vi.stubEnv('CDK_VALIDATION', 'true');
      expect(() => synth(stackOf())).not.toThrow();
      const broken = stackOf();
      new CfnResource(broken, 'Broken', { type: 'AWS::DynamoDB::Table', properties: { BillingMode: 'FREE' } });
      expect(() => synth(broken)).toThrow('BillingMode');
    },
    SLOW,
  );

  it('keeps its table, and can restore it to any second', () => {
    const table = only(resources, 'AWS::DynamoDB::Table');
    expect(table).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(propertiesOf('AWS::DynamoDB::Table')).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: true,
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    });
  });

  it('owns no secret and shows no value of one', () => {
    expect(ofType(resources, 'AWS::SecretsManager::Secret')).toEqual([]);
    expect(text).not.toContain('{{resolve:');
  });

  it('deploys where HTTP APIs and global tables are unknown', () => {
    const { id: api } = only(resources, 'AWS::ApiGatewayV2::Api');
    expect(text).not.toContain(`{"Fn::GetAtt":["${api}"`);
    expect(ofType(resources, 'AWS::DynamoDB::GlobalTable')).toEqual([]);
    expect(ofType(resources, 'AWS::CDK::Metadata')).toEqual([]);
  });

  it('keeps every log for as long as the setting says', () => {
    const other = resourcesOf(stackOf({ logRetentionDays: 400 }));
    const groups = ofType(other, 'AWS::Logs::LogGroup');
    expect(groups).toHaveLength(STEPS.length + 2);
    for (const [id, { Properties }] of groups) expect(Properties.RetentionInDays, id).toBe(400);
  });
});

/** Of each page of cases, whatever the settings say of webhooks. */
const PAGE_THROTTLES = Object.fromEntries(
  ['', '/{caseId}', '/{caseId}/evidence.json'].map((path) => [
    `GET /cases${path}`,
    { ThrottlingRateLimit: 10, ThrottlingBurstLimit: 20 },
  ]),
);

describe('the front door', () => {
  const routes = ofType(resources, 'AWS::ApiGatewayV2::Route');

  it('has a route for each webhook and page of cases, a throttle and an access log', () => {
    expect(routes.map(([, { Properties }]) => Properties.RouteKey)).toEqual([
      ...['POST /webhooks/cloudflare', 'POST /webhooks/gitlab'],
      ...['GET /cases', 'GET /cases/{caseId}', 'GET /cases/{caseId}/evidence.json'],
    ]);
    expect(propertiesOf('AWS::ApiGatewayV2::Stage')).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
    });
    for (const [, { Properties }] of ofType(resources, 'AWS::ApiGatewayV2::Integration')) {
      expect(Properties.PayloadFormatVersion).toBe('2.0');
    }
  });

  it('lets neither a stream of events nor readers take from what is let through of alerts, and waits for what it limits', () => {
    const [, ...limited] = routes.map(([id]) => id);
    const { Properties, DependsOn } = only(resources, 'AWS::ApiGatewayV2::Stage');
    expect(Properties.RouteSettings).toEqual({
      'POST /webhooks/gitlab': { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
      ...PAGE_THROTTLES,
    });
    expect(DependsOn).toEqual(expect.arrayContaining(limited));
  });

  it('writes nothing to the access log that could hold a secret or open a case', () => {
    const { Format, DestinationArn } = propertiesOf('AWS::ApiGatewayV2::Stage').AccessLogSettings;
    expect(resources[DestinationArn['Fn::GetAtt'][0]]?.Type).toBe('AWS::Logs::LogGroup');
    // Not one more without a look at what it may hold: a header, a path and a query string would each tell too much.
    const harmless = [
      ...['requestId', 'requestTimeEpoch', 'identity.sourceIp', 'httpMethod', 'routeKey', 'status'],
      ...['responseLength', 'responseLatency', 'integrationErrorMessage'],
    ];
    expect(Object.values<string>(JSON.parse(Format))).toEqual(harmless.map((name) => `$context.${name}`));
  });

  it('says where it is, from its id alone', () => {
    const { id: api } = only(resources, 'AWS::ApiGatewayV2::Api');
    const { Outputs } = Template.fromStack(stackOf()).toJSON();
    const root = ['https://', { Ref: api }, '.execute-api.', { Ref: 'AWS::Region' }, '.'];
    const at = (path: string) => {
      const rest = path === '' ? [{ Ref: 'AWS::URLSuffix' }] : [{ Ref: 'AWS::URLSuffix' }, path];
      return { 'Fn::Join': ['', [...root, ...rest]] };
    };
    expect(Object.keys(Outputs).sort()).toEqual([
      ...['CasesUrl', 'StartHuntName', 'StreamingUrl', 'TableName', 'WebhookUrl', 'WorkflowArn'],
    ]);
    expect(Outputs.WebhookUrl.Value).toEqual(at('/webhooks/cloudflare'));
    expect(Outputs.StreamingUrl.Value).toEqual(at('/webhooks/gitlab'));
    expect(Outputs.CasesUrl.Value).toEqual(at(''));
    for (const step of ['page', 'send-alert']) {
      const sender = functionsOf(resources).find((one) => one.step === step);
      expect(sender?.properties.Environment.Variables.LATCHKEY_CASES_URL).toEqual(at(''));
    }
  });

  it('follows the settings', () => {
    const other = resourcesOf(
      stackOf({ webhook: { ratePerSecond: 5, burst: 7, streamRatePerSecond: 11, streamBurst: 13 } }),
    );
    const stage = only(other, 'AWS::ApiGatewayV2::Stage');
    expect(stage.Properties.DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 5, ThrottlingBurstLimit: 7 });
    expect(stage.Properties.RouteSettings).toEqual({
      'POST /webhooks/gitlab': { ThrottlingRateLimit: 11, ThrottlingBurstLimit: 13 },
      ...PAGE_THROTTLES,
    });
  });
});

describe('the alarms', () => {
  const alarms = ofType(resources, 'AWS::CloudWatch::Alarm');

  it('say what breaks and what to do first', () => {
    for (const [id, { Properties }] of alarms) {
      expect(Properties.AlarmDescription, id).toMatch(/^[A-Z].{20,}\. First step: [A-Z].{20,}\.$/);
    }
  });

  it('take silence for a fault only where a function should have run', () => {
    const silent = alarms.filter(([, { Properties }]) => Properties.TreatMissingData !== 'notBreaching');
    const alike = {
      MetricName: 'Invocations',
      Statistic: 'Sum',
      EvaluationPeriods: 3,
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      TreatMissingData: 'breaching',
    };
    const of = (step: string) => [{ Name: 'FunctionName', Value: { Ref: idOf(step) } }];
    expect(silent.map(([, { Properties }]) => Properties)).toMatchObject([
      { ...alike, Dimensions: of('start-hunt'), Period: 3600 },
      { ...alike, Dimensions: of('poll-security-events'), Period: 300 },
    ]);
  });

  it.each([
    ['cron(0/15 * * * ? *)', 3],
    ['cron(10 0/3 * * ? *)', 5],
    ['cron(0 6 * * ? *)', 26],
    ['cron(0 6 ? * MON *)', 168],
  ])('with hunts at %s wait %i hours for one', (schedule, hours) => {
    const waits = alarmOf({ hunt: { schedule } }, 'Invocations', 'start-hunt');
    expect(waits).toMatchObject({ EvaluationPeriods: hours, Period: 3600, TreatMissingData: 'breaching' });
    expect(waits?.AlarmDescription).toContain(`for ${hours} hours`);
  });

  it.each([
    ['rate(1 minute)', 60, 'Three polls in a row failed', 15],
    ['rate(7 minutes)', 420, 'Three polls in a row failed', 21],
    ['cron(0/30 * * * ? *)', 1800, 'Three polls in a row failed', 90],
    ['rate(2 hours)', 7200, 'Three polls in a row failed', 4 * 60],
  ])('with polls at %s tell three failed ones in a row, and their absence', (schedule, period, words, silent) => {
    const failed = alarmOf({ monitor: { schedule } }, 'Errors', 'poll-security-events');
    expect(failed).toMatchObject({
      Period: period,
      EvaluationPeriods: 3,
      Threshold: 1,
      Statistic: 'Sum',
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    });
    // All three of them: without a number of points that would do, CloudWatch wants every one.
    expect(failed?.DatapointsToAlarm).toBeUndefined();
    expect(failed?.AlarmDescription).toContain(words);
    const stopped = alarmOf({ monitor: { schedule } }, 'Invocations', 'poll-security-events');
    expect((stopped?.Period * stopped?.EvaluationPeriods) / 60).toBe(silent);
  });

  it.each(['rate(3 days)', 'cron(0/5 8-18 ? * MON-FRI *)'])('with polls at %s tell each that failed', (schedule) => {
    const failed = alarmOf({ monitor: { schedule } }, 'Errors', 'poll-security-events');
    expect(failed).toMatchObject({ Period: 86_400, EvaluationPeriods: 1 });
    expect(failed?.AlarmDescription).toMatch(/^A poll failed/);
  });

  it.each([
    ['cron(* 8-17 * * ? *)', 60],
    ['cron(0/5 6-21 * * ? *)', 300],
  ])('with polls at %s wait for three failed ones, and not for three nights', (schedule, period) => {
    const failed = alarmOf({ monitor: { schedule } }, 'Errors', 'poll-security-events');
    expect(failed).toMatchObject({ Period: period, EvaluationPeriods: 3 });
  });

  it.each([
    { monitor: { schedule: 'rate(90 minutes)' } },
    { monitor: { schedule: 'rate(56 hours)' } },
    { monitor: { schedule: 'rate(9999 days)' }, hunt: { schedule: 'cron(0 6 1 * ? *)' } },
  ])('keep to the time CloudWatch looks back, with %j', (settings) => {
    for (const [id, { Properties }] of ofType(resourcesOf(stackOf(settings)), 'AWS::CloudWatch::Alarm')) {
      const seconds = Properties.Period * Properties.EvaluationPeriods;
      expect(seconds, id).toBeLessThanOrEqual(Properties.Period < 3600 ? 86_400 : 7 * 86_400);
    }
  });

  it('say of a function that hunts what its failure leaves undone', () => {
    const textOf = (step: string) => alarmOf({}, 'Errors', step)?.AlarmDescription;
    expect(textOf('start-hunt')).toMatch(/inventory of credentials/);
    expect(textOf('write-report')).toMatch(/until the next hunt writes it/);
  });

  it('say of an alert that was not delivered that it is not lost, and who knows why', () => {
    const { AlarmDescription: words } = alarmOf({}, 'Errors', 'send-alert') ?? {};
    expect(words).toMatch(/polls try it again.*First step: .*"alert-webhook" of class pipeline-health/);
  });

  it('say of the front door whom its failures and refusals concern', () => {
    const textOf = (metric: string) => {
      const [, alarm] = alarms.find(([, { Properties }]) => Properties.MetricName === metric) ?? [];
      return alarm?.Properties.AlarmDescription;
    };
    expect(textOf('5xx')).toMatch(/alerts.*audit events.*pages of cases.*First step: .*show-case or list-cases/);
    expect(textOf('4xx')).toMatch(/links to cases.*First step: .*page of a case/);
  });

  it('watch the workflow, the front door and every function but those of which the front door tells', () => {
    const watched = alarms.map(([, { Properties }]) => {
      const [dimension] = Properties.Dimensions;
      return `${Properties.MetricName} ${dimension.Value.Ref}`;
    });
    const { id: machine } = only(resources, 'AWS::StepFunctions::StateMachine');
    const { id: api } = only(resources, 'AWS::ApiGatewayV2::Api');
    const functions = functionsOf(resources).filter(
      ({ step }) => !['receive-audit-events', 'show-case', 'list-cases'].includes(step),
    );
    expect(watched.sort()).toEqual(
      [
        ...[`ExecutionsFailed ${machine}`, `ExecutionsTimedOut ${machine}`, `4xx ${api}`, `5xx ${api}`],
        ...functions.map(({ id }) => `Errors ${id}`),
        `Throttles ${idOf('receive-webhook')}`,
        ...[`Invocations ${idOf('start-hunt')}`, `Invocations ${idOf('poll-security-events')}`],
      ].sort(),
    );
  });

  it('tell the topic that is set, and nobody otherwise', () => {
    const topicArn = 'arn:aws:sns:us-east-1:111122223333:alarms';
    const told = ofType(resourcesOf(stackOf({ alarms: { topicArn } })), 'AWS::CloudWatch::Alarm');
    for (const [id, { Properties }] of told) expect(Properties.AlarmActions, id).toEqual([topicArn]);
    for (const [id, { Properties }] of alarms) expect(Properties.AlarmActions, id).toBeUndefined();
  });
});

function synth(stack: ReturnType<typeof stackOf>): void {
  const { root } = stack.node;
  if (!('synth' in root) || typeof root.synth !== 'function') throw new Error('no app at the root');
  root.synth();
}
