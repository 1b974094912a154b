import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const OUTSIDE = {
  LATCHKEY_CASES_URL: 'https://api.example.com',
  GITLAB_URL: 'https://gitlab.com',
  AXIOM_URL: 'https://api.axiom.co',
  AXIOM_EDGE_URL: 'https://eu-central-1.aws.edge.axiom.co',
};

/** A cloud assembly with a webhook route, two functions, a table and a two-look workflow: the smallest stack there is. */
export function writeTinyAssembly(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'latchkey-tiny-'));
  const write = (file: string, value: unknown) => writeFileSync(path.join(directory, file), JSON.stringify(value));
  bundle(directory, 'receive', RECEIVE);
  bundle(directory, 'extract', EXTRACT);
  write('manifest.json', {
    artifacts: {
      Latchkey: { type: 'aws:cloudformation:stack', properties: { templateFile: 'Latchkey.template.json' } },
      'Latchkey.assets': { type: 'cdk:asset-manifest', properties: { file: 'Latchkey.assets.json' } },
      Tree: { type: 'cdk:tree', properties: { file: 'tree.json' } },
    },
  });
  write('Latchkey.assets.json', { files: { receive: asset('receive'), extract: asset('extract') } });
  write('Latchkey.template.json', {
    Resources: {
      Cases: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        },
      },
      Receive: lambda('receive', { STATE_MACHINE_ARN: { Ref: 'Machine' } }, 'PlainRole'),
      Extract: lambda('extract', { ...OUTSIDE, TABLE_NAME: { Ref: 'Cases' } }, 'ModelRole'),
      PlainRole: { Type: 'AWS::IAM::Role', Properties: {} },
      ModelRole: { Type: 'AWS::IAM::Role', Properties: {} },
      ModelPolicy: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          Roles: [{ Ref: 'ModelRole' }],
          PolicyDocument: { Statement: [{ Action: 'bedrock:InvokeModel', Resource: '*' }] },
        },
      },
      Machine: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: { DefinitionString: { 'Fn::Join': ['', definitionParts()] } },
      },
      Link: {
        Type: 'AWS::ApiGatewayV2::Integration',
        Properties: { IntegrationUri: { 'Fn::GetAtt': ['Receive', 'Arn'] } },
      },
      Hook: {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: {
          RouteKey: 'POST /webhooks/cloudflare',
          Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Link' }]] },
        },
      },
      HuntRule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          ScheduleExpression: 'cron(7 * * * ? *)',
          Targets: [{ Arn: { 'Fn::GetAtt': ['Receive', 'Arn'] }, Id: 'T' }],
        },
      },
    },
  });
  return directory;
}

/** Starts a case under the name it is given, through Step Functions, with the secret it is told to have. */
const RECEIVE = `export const handler = async (event) => {
  const call = async (target, body, service) => {
    const response = await fetch(process.env['AWS_ENDPOINT_URL_' + service], {
      method: 'POST', body: JSON.stringify(body),
      headers: { 'x-amz-target': target, authorization: 'AWS4-HMAC-SHA256 x', 'content-type': 'application/x-amz-json-1.0' } });
    return response.json();
  };
  const hunt = event['detail-type'] === 'Scheduled Event';
  const secret = await call('secretsmanager.GetSecretValue', { SecretId: 'latchkey/cloudflare-webhook' }, 'SECRETS_MANAGER');
  if (!hunt && event.headers['cf-webhook-auth'] !== secret.SecretString) return { statusCode: 401 };
  const state = hunt ? { caseId: 'hunt-' + event.time, trigger: 'hunt', look: 0 } : { ...JSON.parse(event.body), trigger: 'spike', look: 0 };
  const started = await call('AWSStepFunctions.StartExecution', { stateMachineArn: process.env.STATE_MACHINE_ARN,
    name: state.caseId.replaceAll(':', '-'), input: JSON.stringify(state) }, 'SFN');
  return { statusCode: started.executionArn ? 202 : 409, body: JSON.stringify({ caseId: state.caseId, ...started }) };
};`;

const EXTRACT = `export const handler = async (state) => {
  console.log('looking for', state.caseId);
  if (state.caseId === 'broken') { const e = new Error('no such zone'); e.name = 'ConfigError'; throw e; }
  return { ...state, look: state.look + 1, env: process.env };
};`;

function definitionParts(): unknown[] {
  const definition = JSON.stringify({
    StartAt: 'Extract sightings',
    States: {
      'Extract sightings': { Type: 'Task', Resource: '@', Next: 'What next?' },
      'What next?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.look', NumericEquals: 1, Next: 'Wait for look 2' }],
        Default: 'Case closed',
      },
      'Wait for look 2': { Type: 'Wait', Seconds: 300, Next: 'Extract sightings' },
      'Case closed': { Type: 'Succeed' },
    },
  });
  const [before, after] = definition.split('@');
  return [before, { 'Fn::GetAtt': ['Extract', 'Arn'] }, after];
}

function lambda(name: string, Variables: object, role: string) {
  return {
    Type: 'AWS::Lambda::Function',
    Metadata: { 'aws:cdk:path': `Latchkey/${name}/Resource` },
    Properties: {
      Code: { S3Bucket: { 'Fn::Sub': `assets-\${AWS::AccountId}` }, S3Key: `${name}.zip` },
      Handler: 'index.handler',
      Role: { 'Fn::GetAtt': [role, 'Arn'] },
      MemorySize: 256,
      Timeout: 20,
      Environment: { Variables },
    },
  };
}

function asset(name: string) {
  return { source: { path: `asset.${name}`, packaging: 'zip' }, destinations: { local: { objectKey: `${name}.zip` } } };
}

function bundle(directory: string, name: string, source: string): void {
  mkdirSync(path.join(directory, `asset.${name}`));
  writeFileSync(path.join(directory, `asset.${name}`, 'index.mjs'), source);
}
