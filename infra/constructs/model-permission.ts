import { Stack, Token } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { modelIdOf } from '../../functions/adapters/bedrock/model-families.ts';

/** What a function needs to call one model. */
export interface ModelAccess {
  /** The region the call goes to. */
  readonly region: string;
  readonly statements: readonly PolicyStatement[];
  /** Resources with a wildcard among them, as cdk-nag writes them. */
  readonly wildcards: readonly string[];
}

/**
 * The least permission that lets a function call a Bedrock model, or undefined when no model is set. Converse is
 * authorised by `bedrock:InvokeModel`. A profile needs it on itself and on the foundation model in every region the
 * profile may choose, or calls fail now and then (reference/bedrock.md §4).
 * @param model setting `analysis.model`: a preset, a model id, a profile id or an ARN.
 * @param region setting `analysis.region`; '' means the stack's region if in the US, else us-east-1.
 */
export function modelAccess(scope: Construct, model: string, region: string): ModelAccess | undefined {
  const id = modelIdOf(model);
  if (id === undefined) return undefined;
  const { partition, account } = Stack.of(scope);
  const where = region === '' ? defaultRegion(scope) : region;
  const arn = ARN.exec(id)?.groups;
  if (arn !== undefined) return accessByArn(id, arn);
  const [, geography, base] = PROFILE_ID.exec(id) ?? [];
  if (geography === undefined || base === undefined) return access(where, [foundationModel(partition, where, id)]);
  const profile = `arn:${partition}:bedrock:${where}:${account}:inference-profile/${id}`;
  const models = destinations(geography, where).map((at) => foundationModel(partition, at, base));
  return access(where, models, profile);
}

/**
 * Regions a geography's profiles may send a call to, beside the one it starts in. They differ by profile; the condition
 * on the profile keeps the longer list from allowing more (reference/bedrock.md §3, §4).
 */
const DESTINATIONS: Readonly<Record<string, readonly string[]>> = {
  us: ['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2'],
  'us-gov': ['us-gov-east-1', 'us-gov-west-1'],
  ca: ['ca-central-1', 'ca-west-1'],
  eu: ['eu-central-1', 'eu-central-2', 'eu-north-1', 'eu-south-1', 'eu-south-2', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
  apac: [
    ...['ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3', 'ap-south-1', 'ap-south-2'],
    ...['ap-southeast-1', 'ap-southeast-2', 'ap-southeast-3', 'ap-southeast-4'],
  ],
  jp: ['ap-northeast-1', 'ap-northeast-3'],
  au: ['ap-southeast-2', 'ap-southeast-4'],
  // A worldwide profile has no list: any region, and the form without one, which the wildcard matches too.
  global: ['*'],
};

const PROFILE_ID = new RegExp(`^(${Object.keys(DESTINATIONS).join('|')})\\.(.+)$`);

const ARN = /^arn:(?<partition>[^:]+):bedrock:(?<region>[^:]+):(?<account>\d*):(?<kind>[^/]+)\/(?<name>.+)$/;

function accessByArn(id: string, arn: Record<string, string>): ModelAccess {
  const { partition = 'aws', region = '', kind = '', name = '' } = arn;
  if (!kind.endsWith('inference-profile')) return access(region, [id]);
  const [, geography, base] = PROFILE_ID.exec(name) ?? [];
  // An application profile's name does not say what lies behind it; the condition is what keeps this one narrow.
  const at = geography === undefined ? ['*'] : destinations(geography, region);
  const models = at.map((where) => foundationModel(partition, where, base ?? '*'));
  return access(region, models, id);
}

function access(region: string, models: string[], profile?: string): ModelAccess {
  const call = { actions: ['bedrock:InvokeModel'] };
  const wildcards = models.filter((model) => model.includes('*')).map(asShown);
  if (profile === undefined)
    return { region, wildcards, statements: [new PolicyStatement({ ...call, resources: models })] };
  const conditions = { StringEquals: { 'bedrock:InferenceProfileArn': profile } };
  return {
    region,
    wildcards,
    statements: [
      new PolicyStatement({ ...call, resources: [profile] }),
      new PolicyStatement({ ...call, resources: models, conditions }),
    ],
  };
}

function foundationModel(partition: string, region: string, model: string): string {
  return `arn:${partition}:bedrock:${region}::foundation-model/${model}`;
}

/** The regions a call may end up in, the one it starts in included. */
function destinations(geography: string, region: string): string[] {
  const listed = DESTINATIONS[geography] ?? [];
  return listed.includes('*') ? [...listed] : [...new Set([region, ...listed])];
}

/** cdk-nag writes what is known only at deployment as the name in angle brackets. */
function asShown(resource: string): string {
  return resource.replace(/\$\{Token\[[^\]]+\]\}/g, '<AWS::Partition>');
}

/** A stack bound to no region is taken to stand outside the US: us-east-1 serves both presets. */
function defaultRegion(scope: Construct): string {
  const { region } = Stack.of(scope);
  return !Token.isUnresolved(region) && /^us-(?:east|west)-\d$/.test(region) ? region : 'us-east-1';
}
