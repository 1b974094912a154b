import { App, type AppProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { readSettings } from '../../infra/settings.ts';
import { LatchkeyStack } from '../../infra/stack.ts';
import { contextOf } from '../support/assembly.ts';

// CDK's own check of each template takes a second or more; the test that wants it turns it on.
process.env.CDK_VALIDATION = 'false';

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read deep into a template, whose shape is CloudFormation's.
  readonly Properties: any;
  readonly Metadata?: Record<string, unknown>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export type Resources = Readonly<Record<string, Resource>>;

/** The stack as the app makes it, with code that costs nothing to make: for tests that read the template. */
export function stackOf(settings: object = {}, props: AppProps & { region?: string } = {}): LatchkeyStack {
  const { region, ...appProps } = props;
  const app = new App({ context: JSON.parse(contextOf(settings)), analyticsReporting: false, ...appProps });
  return new LatchkeyStack(app, 'Latchkey', {
    settings: readSettings(settings),
    code: () => Code.fromInline('exports.handler = async () => {}'),
    env: region === undefined ? {} : { region, account: '111122223333' },
  });
}

export function resourcesOf(stack: LatchkeyStack): Resources {
  return Template.fromStack(stack).toJSON().Resources;
}

/** All resources of a type with their logical ids. */
export function ofType(resources: Resources, type: string): [string, Resource][] {
  return Object.entries(resources).filter(([, { Type }]) => Type === type);
}

/** The one resource of a type, with its logical id. */
export function only(resources: Resources, type: string): { readonly id: string } & Resource {
  const [found, ...others] = ofType(resources, type);
  if (found === undefined || others.length > 0) throw new Error(`expected one ${type}, found ${others.length + 1}`);
  return { id: found[0], ...found[1] };
}

/** Every function with the step it runs. */
export function functionsOf(resources: Resources): { id: string; step: string; properties: Resource['Properties'] }[] {
  return ofType(resources, 'AWS::Lambda::Function').map(([id, { Properties, Metadata }]) => ({
    id,
    step: String(Metadata?.['latchkey:step']),
    properties: Properties,
  }));
}

export interface Statement {
  readonly actions: readonly string[];
  /** Resources as compact JSON: a name, a reference or a pattern. */
  readonly resources: readonly string[];
  readonly condition?: unknown;
}

/** Everything a function's role allows, inline or by policy. Managed policies would be missed, so they are refused. */
export function allowedTo(resources: Resources, step: string): Statement[] {
  const run = functionsOf(resources).find((one) => one.step === step);
  const role: string = run?.properties.Role['Fn::GetAtt'][0];
  return statementsOf(resources, role);
}

export function statementsOf(resources: Resources, role: string): Statement[] {
  const properties = resources[role]?.Properties;
  if (properties?.ManagedPolicyArns !== undefined) throw new Error(`${role} has managed policies`);
  const documents = [
    ...(properties?.Policies ?? []).map((policy: Resource['Properties']) => policy.PolicyDocument),
    ...ofType(resources, 'AWS::IAM::Policy')
      .filter(([, policy]) => JSON.stringify(policy.Properties.Roles).includes(`"${role}"`))
      .map(([, policy]) => policy.Properties.PolicyDocument),
  ];
  return documents.flatMap(({ Statement }) =>
    Statement.map((statement: Resource['Properties']) => ({
      actions: [statement.Action].flat(),
      resources: [statement.Resource].flat().map((resource) => JSON.stringify(resource)),
      ...(statement.Condition === undefined ? {} : { condition: statement.Condition }),
    })),
  );
}

/** The definition of the state machine with each function's ARN replaced by one that ends in its step. */
export function definitionOf(resources: Resources): Resource['Properties'] {
  const machine = only(resources, 'AWS::StepFunctions::StateMachine');
  const steps = new Map(functionsOf(resources).map(({ id, step }) => [id, step]));
  const [, parts] = machine.Properties.DefinitionString['Fn::Join'];
  const text = parts.map((part: Resource['Properties']) =>
    typeof part === 'string'
      ? part
      : `arn:aws:lambda:us-east-1:111122223333:function:${steps.get(part['Fn::GetAtt'][0])}`,
  );
  return JSON.parse(text.join(''));
}
