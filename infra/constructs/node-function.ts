import { Duration, Fn, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, CfnFunction, type Code, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, type NodejsFunctionProps } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { CfnStateMachine, type IStateMachine, type StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { environmentProblem } from './environment-size.ts';
import type { ModelAccess } from './model-permission.ts';

/** Where functions stand that must reach a private network. */
export interface FunctionNetwork {
  readonly vpc: IVpc;
  readonly vpcSubnets: SubnetSelection;
  readonly securityGroups: ISecurityGroup[];
}

export interface NodeFunctionProps
  extends Omit<NodejsFunctionProps, 'code' | 'entry' | 'bundling' | 'role' | 'logGroup' | 'logRetention'> {
  /** The folder below `functions`. */
  readonly step: string;
  readonly code: Code;
  /** What the function does: the console shows it. */
  readonly description: string;
  /** What of the settings the function reads; becomes `LATCHKEY_SETTINGS`. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly logRetention: RetentionDays;
  readonly network?: FunctionNetwork | undefined;
}

/** What a function may do with the table. No way leads to a Scan, to the table's settings or to its deletion. */
const TABLE_ACTIONS = {
  read: ['dynamodb:GetItem', 'dynamodb:Query'],
  write: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'],
} as const;

/** What of that a function may. */
export type TableAccess = keyof typeof TABLE_ACTIONS | 'readwrite';

/** What Lambda itself asks for to put a function into a VPC; EC2 gives these no resource to narrow them to. */
const NETWORK_INTERFACE_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * A Lambda function as this product runs them: Node 24 on arm64, with a log group and a role of its own, traced, its
 * settings in the environment. What the caller gives wins over every default, variable by variable. Each `bind…` grants
 * a permission and sets the variable that needs it in one call, so that a name without a permission cannot exist.
 */
export class NodeFunction extends NodejsFunction {
  /** The folder below `functions`. */
  readonly step: string;
  readonly #role: Role;

  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    const { step, settings, logRetention, network, environment, ...given } = props;
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = functionRole(scope, `${id}Role`, props);
    logGroup.grantWrite(role);
    super(scope, id, {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      memorySize: 512,
      timeout: Duration.seconds(30),
      tracing: Tracing.ACTIVE,
      ...network,
      ...given,
      logGroup,
      role,
      environment: {
        LATCHKEY_SETTINGS: JSON.stringify(settings),
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: 'latchkey',
        POWERTOOLS_LOG_LEVEL: 'INFO',
        ...environment,
      },
    });
    this.step = step;
    this.#role = role;
    const resource = this.node.defaultChild;
    if (!(resource instanceof CfnFunction)) throw new Error(`${step}: a function without its resource`);
    resource.addMetadata('latchkey:step', step);
    const problems = () => environmentProblem(resource, step, settings) ?? [];
    this.node.addValidation({ validate: () => [problems()].flat() });
  }

  /** Lets the function use the table, as `TABLE_NAME`. */
  bindTable(table: Table, access: TableAccess): void {
    const actions = access === 'readwrite' ? [...TABLE_ACTIONS.read, ...TABLE_ACTIONS.write] : TABLE_ACTIONS[access];
    table.grant(this, ...actions);
    this.addEnvironment('TABLE_NAME', table.tableName);
  }

  /** Lets the function read the value of one secret, whose name it finds in `variable`, and nothing else of it. */
  bindSecret(variable: `LATCHKEY_SECRET_${string}`, secret: ISecret): void {
    // Secrets Manager ends the ARN of every secret in six characters that its name does not tell.
    const arn = secret.secretFullArn ?? `${secret.secretArn}-??????`;
    this.addToRolePolicy(new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [arn] }));
    this.addEnvironment(variable, secret.secretName);
  }

  /** Lets the function start executions, as `STATE_MACHINE_ARN`. */
  bindStateMachineStart(machine: IStateMachine): void {
    machine.grantStartExecution(this);
    this.addEnvironment('STATE_MACHINE_ARN', machine.stateMachineArn);
  }

  /** Lets the function ask how executions stand whose names begin with `prefix`, of the machine in `STATE_MACHINE_ARN`. */
  bindExecutionStatus(machine: StateMachine, prefix: string): void {
    this.#allowOnExecutions('states:DescribeExecution', machine, prefix);
    this.addEnvironment('STATE_MACHINE_ARN', machine.stateMachineArn);
  }

  /** Lets the function list the executions of the machine in `STATE_MACHINE_ARN` and read what happened in each. */
  bindExecutionHistory(machine: StateMachine): void {
    const { stateMachineArn } = machine;
    this.addToRolePolicy(new PolicyStatement({ actions: ['states:ListExecutions'], resources: [stateMachineArn] }));
    this.#allowOnExecutions('states:GetExecutionHistory', machine, '');
    this.addEnvironment('STATE_MACHINE_ARN', stateMachineArn);
  }

  /** Lets the function call a model; which one stands in its settings. Without a model there is nothing to allow. */
  bindModel(access: ModelAccess | undefined): void {
    for (const statement of access?.statements ?? []) this.addToRolePolicy(statement);
    for (const resource of access?.wildcards ?? []) {
      Validations.of(this.#role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${resource}]`,
        reason: 'The profile may choose any region or model; the condition on its ARN allows no call but through it.',
      });
    }
  }

  /** On executions whose names begin with `prefix`; all of the machine's where that is empty. */
  #allowOnExecutions(action: string, machine: StateMachine, prefix: string): void {
    const resource = machine.node.defaultChild;
    if (!(resource instanceof CfnStateMachine)) throw new Error(`${this.step}: a state machine without its resource`);
    const name = `\${${Stack.of(machine).getLogicalId(resource)}.Name}`;
    const executions = `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:execution:${name}:${prefix}*`;
    this.addToRolePolicy(new PolicyStatement({ actions: [action], resources: [Fn.sub(executions)] }));
    Validations.of(this.#role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${executions.replaceAll('${', '<').replaceAll('}', '>')}]`,
      reason: 'Executions have no names before they are started; all of them are of this one machine.',
    });
  }
}

function functionRole(scope: Construct, id: string, { step, network }: NodeFunctionProps): Role {
  const role = new Role(scope, id, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: `Latchkey function ${step}`,
  });
  if (network !== undefined) {
    role.addToPrincipalPolicy(new PolicyStatement({ actions: NETWORK_INTERFACE_ACTIONS, resources: ['*'] }));
  }
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason:
      'X-Ray (and, in a VPC, the EC2 calls that attach the function) know no resources to name; ' +
      'no other statement of this role has a wildcard resource, which a test holds.',
  });
  return role;
}
