import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
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
  const groups = settings['network.securityGroupIds'];
  return {
    // CDK asks for zones; none is used, as subnets are named one by one.
    vpc: Vpc.fromVpcAttributes(place, 'Vpc', { vpcId, availabilityZones: ['unknown'] }),
    vpcSubnets: { subnets: settings['network.subnetIds'].map((id) => Subnet.fromSubnetId(place, id, id)) },
    ...(groups.length === 0
      ? {}
      : { securityGroups: groups.map((id) => SecurityGroup.fromSecurityGroupId(place, id, id)) }),
  };
}
