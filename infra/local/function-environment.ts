import path from 'node:path';
import type { Assembly } from './assembly.ts';
import { arrayAt, type JsonObject, numberAt, objectAt, stringAt } from './json.ts';
import type { LambdaFunction } from './lambda-runner.ts';
import type { Resource, Template } from './template.ts';

/** What functions sign their requests with: they only ever reach this machine. Never the caller's (design §4). */
export const DUMMY_CREDENTIALS = { accessKeyId: 'LATCHKEYLOCAL0000000', secretAccessKey: 'latchkey-local' } as const;

export interface FunctionSurroundings {
  /** Values for variables the template declares, where the local stack knows better: `GITLAB_URL`, `LATCHKEY_CASES_URL` … */
  readonly outside: Readonly<Record<string, string>>;
  /** `AWS_ENDPOINT_URL_*`, for every function. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** The caller's own AWS variables, for functions that may call the model; undefined without `--live-model`. */
  readonly modelCredentials: Readonly<Record<string, string>> | undefined;
}

/**
 * Every function of the template, with the bundle the assembly holds for it and the environment it would have on AWS.
 * @throws Error naming the function whose bundle is not in the assembly.
 */
export function readFunctions(template: Template, assembly: Assembly, around: FunctionSurroundings): LambdaFunction[] {
  const callers = rolesThatCallTheModel(template);
  return template.ofType('AWS::Lambda::Function').map((resource) => {
    const mayCallModel = callers.has(stringAt(resource.properties, 'Role') ?? '');
    return functionOf(resource, template, assembly, around, mayCallModel);
  });
}

/** The AWS variables of the caller that say who they are: what `--live-model` hands to the function that asks Bedrock. */
export function callerCredentials(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    const isIdentity = name === 'HOME' || name === 'USERPROFILE' || (name.startsWith('AWS_') && !/ENDPOINT/.test(name));
    if (isIdentity && value) kept[name] = value;
  }
  return kept;
}

function functionOf(
  resource: Resource,
  template: Template,
  assembly: Assembly,
  around: FunctionSurroundings,
  mayCallModel: boolean,
): LambdaFunction {
  const { properties } = resource;
  const key = stringAt(objectAt(properties, 'Code'), 'S3Key') ?? '';
  const directory = assembly.assets.get(key);
  if (directory === undefined) throw new Error(`${resource.path}: its bundle is not in the cloud assembly`);
  const [module = 'index', exportName = 'handler'] = splitHandler(stringAt(properties, 'Handler') ?? 'index.handler');
  const name = stringAt(properties, 'FunctionName') ?? resource.logicalId;
  const memoryMb = numberAt(properties, 'MemorySize') ?? 128;
  return {
    title: titleOf(resource),
    name,
    arn: template.arn(resource.logicalId),
    file: path.join(directory, `${module}.mjs`),
    exportName,
    memoryMb,
    timeoutMs: (numberAt(properties, 'Timeout') ?? 3) * 1000,
    environment: {
      ...runtimeVariables(template.place.region, name, memoryMb),
      ...declaredVariables(objectAt(objectAt(properties, 'Environment'), 'Variables'), around.outside),
      ...around.endpoints,
      ...(mayCallModel ? (around.modelCredentials ?? DUMMY_VARIABLES) : DUMMY_VARIABLES),
    },
  };
}

/** What Lambda sets in every function, as far as libraries look at it. */
function runtimeVariables(region: string, name: string, memoryMb: number): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
  };
}

/** Names no file of the caller's: a profile there could bring credentials, or send requests somewhere else. */
const DUMMY_VARIABLES: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: DUMMY_CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: DUMMY_CREDENTIALS.secretAccessKey,
  AWS_CONFIG_FILE: '/nonexistent/aws-config',
  AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/aws-credentials',
  AWS_EC2_METADATA_DISABLED: 'true',
};

function declaredVariables(declared: JsonObject, outside: Readonly<Record<string, string>>): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(declared)) {
    variables[name] = outside[name] ?? (typeof value === 'string' ? value : JSON.stringify(value));
  }
  return variables;
}

/** ARNs of the roles whose policies allow an action of Bedrock: on AWS, too, only these reach the model. */
function rolesThatCallTheModel(template: Template): Set<string> {
  const isAllowed = (policies: unknown) => /"bedrock:/.test(JSON.stringify(policies) ?? '');
  const policies = template.ofType('AWS::IAM::Policy').filter(({ properties }) => isAllowed(properties.PolicyDocument));
  const named = new Set(policies.flatMap(({ properties }) => arrayAt(properties, 'Roles')));
  const roles = template.ofType('AWS::IAM::Role').filter(({ logicalId, properties }) => {
    return named.has(template.ref(logicalId)) || isAllowed(properties.Policies);
  });
  return new Set(roles.map(({ logicalId }) => template.arn(logicalId)));
}

function splitHandler(handler: string): string[] {
  const dot = handler.lastIndexOf('.');
  return [handler.slice(0, dot), handler.slice(dot + 1)];
}

/** The construct's own name: `Latchkey/Extract/Function/Resource` is `Extract`. */
function titleOf(resource: Resource): string {
  const parts = resource.path.split('/').filter((part) => !/^(Resource|Function|Handler)$/.test(part));
  return parts.at(-1) ?? resource.logicalId;
}
