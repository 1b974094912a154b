import { describe, expect, it } from 'vitest';
import { Template } from '../../../infra/local/template.ts';

const template = new Template(
  {
    Parameters: { Stage: { Type: 'String', Default: 'local' } },
    Resources: {
      Table1: { Type: 'AWS::DynamoDB::Table', Properties: {} },
      Named: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'cases' } },
      Fn1: {
        Type: 'AWS::Lambda::Function',
        Metadata: { 'aws:cdk:path': 'Latchkey/Extract/Resource' },
        Properties: { Environment: { Variables: { TABLE_NAME: { Ref: 'Table1' }, GONE: { Ref: 'AWS::NoValue' } } } },
      },
      Machine1: { Type: 'AWS::StepFunctions::StateMachine', Properties: {} },
    },
  },
  { region: 'eu-west-1', stackName: 'Latchkey' },
);

describe('Template', () => {
  it('gives a Ref the name or the ARN, as the type does', () => {
    expect(template.resolve({ Ref: 'Table1' })).toBe('Table1');
    expect(template.resolve({ Ref: 'Named' })).toBe('cases');
    expect(template.resolve({ Ref: 'Machine1' })).toBe('arn:aws:states:eu-west-1:000000000000:stateMachine:Machine1');
    expect(template.resolve({ Ref: 'Stage' })).toBe('local');
  });

  it('resolves GetAtt in both of its spellings', () => {
    const arn = 'arn:aws:lambda:eu-west-1:000000000000:function:Fn1';
    expect(template.resolve({ 'Fn::GetAtt': ['Fn1', 'Arn'] })).toBe(arn);
    expect(template.resolve({ 'Fn::GetAtt': 'Fn1.Arn' })).toBe(arn);
    expect(template.resolve({ 'Fn::GetAtt': ['Machine1', 'Name'] })).toBe('Machine1');
  });

  it('joins, splits and selects, one inside the other', () => {
    const joined = { 'Fn::Join': [':', ['a', { Ref: 'AWS::Region' }, { Ref: 'AWS::Partition' }]] };
    expect(template.resolve(joined)).toBe('a:eu-west-1:aws');
    expect(template.resolve({ 'Fn::Select': [1, { 'Fn::Split': [':', joined] }] })).toBe('eu-west-1');
  });

  it('substitutes names, attributes and own variables, and leaves literals', () => {
    expect(template.resolve({ 'Fn::Sub': `\${AWS::AccountId}/\${Table1}/\${Fn1.Arn}/\${!Kept}` })).toBe(
      `000000000000/Table1/arn:aws:lambda:eu-west-1:000000000000:function:Fn1/\${Kept}`,
    );
    expect(template.resolve({ 'Fn::Sub': [`\${Own}-\${AWS::Region}`, { Own: { Ref: 'Named' } }] })).toBe(
      'cases-eu-west-1',
    );
  });

  it('lists resources of a type, resolved, without what has no value', () => {
    const [fn] = template.ofType('AWS::Lambda::Function');
    expect(fn).toMatchObject({ logicalId: 'Fn1', path: 'Latchkey/Extract/Resource' });
    expect(fn?.properties).toEqual({ Environment: { Variables: { TABLE_NAME: 'Table1' } } });
  });

  it('stops at what it does not know, by name', () => {
    expect(() => template.resolve({ 'Fn::Cidr': ['10.0.0.0/8', 1, 1] })).toThrow('Fn::Cidr');
    expect(() => template.resolve({ Ref: 'Nowhere' })).toThrow('Nowhere');
  });
});
