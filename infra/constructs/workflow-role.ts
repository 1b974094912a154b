import { Validations } from 'aws-cdk-lib';
import { type IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { NodeFunction } from './node-function.ts';

/** Everything the workflow may do, and nothing the states add to it: they would allow every version of a function. */
export function workflowRole(scope: Construct, functions: readonly NodeFunction[]): IRole {
  const role = new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('states.amazonaws.com'),
    description: 'Latchkey workflow',
    inlinePolicies: {
      tasks: new PolicyDocument({
        statements: [
          new PolicyStatement({
            actions: ['lambda:InvokeFunction'],
            resources: functions.map(({ functionArn }) => functionArn),
          }),
        ],
      }),
      observation: new PolicyDocument({
        statements: [new PolicyStatement({ actions: [...LOG_DELIVERY_ACTIONS, ...TRACE_ACTIONS], resources: ['*'] })],
      }),
    },
  });
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'X-Ray and the delivery of vended logs know no resources to name (Step Functions guide, "cw-logs").',
  });
  return role.withoutPolicyUpdates();
}

const LOG_DELIVERY_ACTIONS = [
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
];

const TRACE_ACTIONS = [
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
];
