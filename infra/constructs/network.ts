import { Annotations } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { Settings } from '../settings.ts';
import type { FunctionNetwork } from './node-function.ts';

/**
 * The existing network that functions join which must reach a private GitLab or leave from a fixed address; undefined
 * when no VPC is set. Nothing is looked up, so a synth needs no account.
 */
export function functionNetwork(scope: Construct, settings: Settings): FunctionNetwork | undefined {
  const vpcId = settings['network.vpcId'];
  if (vpcId === '') return undefined;
  const place = new Construct(scope, 'Network');
  Annotations.of(place).acknowledgeWarning(
    '@aws-cdk/aws-ec2:noSubnetRouteTableId',
    'No route is made or read here: the subnets belong to somebody else.',
  );
  // CDK asks for zones; none is used, as subnets are named one by one.
  const vpc = Vpc.fromVpcAttributes(place, 'Vpc', { vpcId, availabilityZones: ['unknown'] });
  return {
    vpc,
    vpcSubnets: { subnets: settings['network.subnetIds'].map((id) => Subnet.fromSubnetId(place, id, id)) },
    securityGroups: securityGroups(place, vpc, settings['network.securityGroupIds']),
  };
}

/** Without any given: one for all functions, so that a private GitLab has one group to let in. */
function securityGroups(place: Construct, vpc: IVpc, ids: readonly string[]): ISecurityGroup[] {
  if (ids.length > 0) return ids.map((id) => SecurityGroup.fromSecurityGroupId(place, id, id));
  return [new SecurityGroup(place, 'Group', { vpc, description: 'Latchkey functions: all outbound, nothing inbound' })];
}
