import { App, Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { modelAccess } from '../../infra/constructs/model-permission.ts';
import { allowedTo, functionsOf, resourcesOf, stackOf } from './synth.ts';

const ACCOUNT = '111122223333';
const PARTITIONS = { '@aws-cdk/core:enablePartitionLiterals': true };

function accessFrom(stackRegion: string | undefined, model: string, region = '') {
  const env = stackRegion === undefined ? {} : { region: stackRegion, account: ACCOUNT };
  const access = modelAccess(new Stack(new App({ context: PARTITIONS }), 'Test', { env }), model, region);
  return access && { ...access, statements: access.statements.map((statement) => statement.toStatementJson()) };
}

const SCOUT = 'meta.llama4-scout-17b-instruct-v1:0';

describe('modelAccess', () => {
  it('is nothing without a model', () => {
    expect(accessFrom('us-east-1', '')).toBeUndefined();
  });

  it('allows the preset’s profile, and its model in every region of it through the profile only', () => {
    const access = accessFrom('us-west-2', 'fast');
    const profile = `arn:aws:bedrock:us-west-2:${ACCOUNT}:inference-profile/us.${SCOUT}`;
    expect(access?.region).toBe('us-west-2');
    expect(access?.statements).toHaveLength(2);
    expect(access?.statements[0]).toMatchObject({ Action: 'bedrock:InvokeModel', Resource: profile });
    expect(access?.statements[0]).not.toHaveProperty('Condition');
    expect(access?.statements[1]).toMatchObject({
      Effect: 'Allow',
      Action: 'bedrock:InvokeModel',
      Condition: { StringEquals: { 'bedrock:InferenceProfileArn': profile } },
    });
    expect(access?.statements[1].Resource.sort()).toEqual(
      ['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2'].map(
        (at) => `arn:aws:bedrock:${at}::foundation-model/${SCOUT}`,
      ),
    );
    expect(access?.wildcards).toEqual([]);
  });

  it.each([
    ['us-east-2', '', 'us-east-2'],
    ['eu-west-1', '', 'us-east-1'],
    ['us-gov-west-1', '', 'us-east-1'],
    [undefined, '', 'us-east-1'],
    ['us-east-2', 'us-west-2', 'us-west-2'],
  ])('from a stack in %s with the setting "%s" calls %s', (stackRegion, setting, region) => {
    expect(accessFrom(stackRegion, 'quality', setting)?.region).toBe(region);
  });

  it('allows a bare id as a model of that one region', () => {
    expect(accessFrom('eu-west-1', 'amazon.nova-micro-v1:0', 'eu-central-1')?.statements).toEqual([
      {
        Effect: 'Allow',
        Action: 'bedrock:InvokeModel',
        Resource: 'arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-micro-v1:0',
      },
    ]);
  });

  it.each([
    [
      'eu.anthropic.claude-sonnet-4-6',
      'eu-central-1',
      /^arn:aws:bedrock:eu-[a-z]+-\d::foundation-model\/anthropic\.claude-sonnet-4-6$/,
    ],
    [
      'apac.amazon.nova-lite-v1:0',
      'ap-south-1',
      /^arn:aws:bedrock:ap-[a-z]+-\d::foundation-model\/amazon\.nova-lite-v1:0$/,
    ],
    [
      'global.anthropic.claude-sonnet-4-6',
      'eu-west-1',
      /^arn:aws:bedrock:\*::foundation-model\/anthropic\.claude-sonnet-4-6$/,
    ],
  ])('keeps %s to the regions of its geography', (model, region, form) => {
    const access = accessFrom(region, model, region);
    const resources: string[] = [access?.statements[1].Resource].flat();
    expect(resources.length).toBeGreaterThan(0);
    for (const resource of resources) expect(resource).toMatch(form);
    if (!model.startsWith('global')) expect(resources.some((one) => one.includes(`:${region}:`))).toBe(true);
  });

  it('keeps a full ARN as it is, and calls its region', () => {
    const model = `arn:aws:bedrock:us-west-2::foundation-model/${SCOUT}`;
    expect(accessFrom('us-east-1', model)).toMatchObject({ region: 'us-west-2', statements: [{ Resource: model }] });
  });

  it('allows an application profile whatever lies behind it, through it only', () => {
    const profile = `arn:aws:bedrock:us-west-2:${ACCOUNT}:application-inference-profile/abc123`;
    const access = accessFrom('us-east-1', profile);
    expect(access?.statements).toMatchObject([
      { Resource: profile },
      {
        Resource: 'arn:aws:bedrock:*::foundation-model/*',
        Condition: { StringEquals: { 'bedrock:InferenceProfileArn': profile } },
      },
    ]);
    expect(access?.wildcards).toEqual(['arn:aws:bedrock:*::foundation-model/*']);
  });
});

describe('the analyze function', () => {
  const resources = resourcesOf(stackOf({ analysis: { model: 'quality' } }, { region: 'eu-west-1' }));

  it('is told the region its permission is for', () => {
    const analyze = functionsOf(resources).find(({ step }) => step === 'analyze');
    const settings = JSON.parse(analyze?.properties.Environment.Variables.LATCHKEY_SETTINGS);
    expect(settings.analysis).toMatchObject({ model: 'quality', region: 'us-east-1', includeOwners: false });
    const [call] = allowedTo(resources, 'analyze').filter(({ actions }) => actions.includes('bedrock:InvokeModel'));
    expect(call?.resources[0]).toContain(':us-east-1:111122223333:inference-profile/us.anthropic.claude-sonnet');
  });
});
