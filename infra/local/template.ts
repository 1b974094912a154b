import { isObject, type JsonObject, objectAt, stringAt } from './json.ts';

/** One resource of the template, with every intrinsic of its properties already a local value. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
  /** The construct's path in the app, where the template says; else the logical id. */
  readonly path: string;
}

/** The account every local ARN names: none of AWS's. */
export const LOCAL_ACCOUNT = '000000000000';

/** Where the stack stands when it stands here. */
export interface Place {
  readonly region: string;
  readonly stackName: string;
}

/**
 * A synthesized CloudFormation template, read as the local stack needs it: `Ref`, `Fn::GetAtt`, `Fn::Join`, `Fn::Sub`,
 * `Fn::Select`, `Fn::Split` and the pseudo parameters become local names and ARNs. Anything else stops with its name,
 * so that a construct the local stack does not understand is noticed at start-up and not in the middle of a case.
 */
export class Template {
  readonly place: Place;
  readonly #resources: JsonObject;
  readonly #parameters: JsonObject;

  constructor(template: unknown, place: Place) {
    this.place = place;
    this.#resources = objectAt(template, 'Resources');
    this.#parameters = objectAt(template, 'Parameters');
  }

  /** All resources of a type, in the template's order, resolved. */
  ofType(type: string): Resource[] {
    return Object.entries(this.#resources)
      .filter(([, resource]) => stringAt(resource, 'Type') === type)
      .map(([logicalId, resource]) => ({
        logicalId,
        type,
        properties: this.#resolveObject(objectAt(resource, 'Properties')),
        path: stringAt(objectAt(resource, 'Metadata'), 'aws:cdk:path') ?? logicalId,
      }));
  }

  /** The value with every intrinsic in it resolved. */
  resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.resolve(item));
    if (!isObject(value)) return value;
    const [name, ...others] = Object.keys(value);
    if (name !== undefined && others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) {
      return this.#intrinsic(name, value[name]);
    }
    return this.#resolveObject(value);
  }

  /** What `Ref` gives for a resource, as CloudFormation documents it per type. */
  ref(logicalId: string): string {
    const resource = this.#resources[logicalId];
    const type = stringAt(resource, 'Type');
    if (type === undefined) throw new Error(`The template refers to ${logicalId}, which it does not have`);
    if (REF_IS_ARN.has(type)) return this.arn(logicalId);
    return this.#name(logicalId);
  }

  /** The local ARN of a resource. */
  arn(logicalId: string): string {
    const type = stringAt(this.#resources[logicalId], 'Type') ?? '';
    const shape = ARN_SHAPES[type] ?? { service: type.split('::')[1]?.toLowerCase() ?? 'local', prefix: 'resource/' };
    return `arn:aws:${shape.service}:${this.place.region}:${LOCAL_ACCOUNT}:${shape.prefix}${this.#name(logicalId)}`;
  }

  #name(logicalId: string): string {
    const resource = this.#resources[logicalId];
    const property = NAME_PROPERTIES[stringAt(resource, 'Type') ?? ''];
    const given = property === undefined ? undefined : objectAt(resource, 'Properties')[property];
    const name = this.resolve(given);
    return typeof name === 'string' ? name : logicalId;
  }

  #resolveObject(value: JsonObject): JsonObject {
    const resolved: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      const result = this.resolve(item);
      if (result !== NO_VALUE) resolved[key] = result;
    }
    return resolved;
  }

  #intrinsic(name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref':
        return this.#reference(String(argument));
      case 'Fn::GetAtt': {
        const [logicalId, attribute] = Array.isArray(argument) ? argument.map(String) : splitOnce(String(argument));
        return this.#attribute(logicalId ?? '', attribute ?? '');
      }
      case 'Fn::Join': {
        const [separator, items] = this.#pair(argument);
        return this.#list(items, name).join(String(separator));
      }
      case 'Fn::Split': {
        const [separator, text] = this.#pair(argument);
        return String(text).split(String(separator));
      }
      case 'Fn::Select': {
        const [index, items] = this.#pair(argument);
        return this.#list(items, name)[Number(index)];
      }
      case 'Fn::Sub':
        return this.#substitute(argument);
      default:
        throw new Error(`The template uses ${name}, which the local stack does not know`);
    }
  }

  #reference(name: string): unknown {
    if (name === 'AWS::NoValue') return NO_VALUE;
    const pseudo = PSEUDO_PARAMETERS[name]?.(this.place);
    if (pseudo !== undefined) return pseudo;
    const parameter = this.#parameters[name];
    if (isObject(parameter)) return parameter.Default ?? '';
    return this.ref(name);
  }

  #attribute(logicalId: string, attribute: string): string {
    const type = stringAt(this.#resources[logicalId], 'Type');
    if (type === undefined) throw new Error(`The template refers to ${logicalId}, which it does not have`);
    if (attribute === 'Arn') return this.arn(logicalId);
    if (attribute === 'Name') return this.#name(logicalId);
    return `${this.#name(logicalId)}.${attribute}`;
  }

  #substitute(argument: unknown): string {
    const [text, own] = Array.isArray(argument) ? argument : [argument, {}];
    const variables = isObject(own) ? own : {};
    return String(text).replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (Object.hasOwn(variables, name)) return String(this.resolve(variables[name]));
      return String(name.includes('.') ? this.#attribute(...splitOnce(name)) : this.#reference(name));
    });
  }

  #pair(argument: unknown): [unknown, unknown] {
    const [first, second] = Array.isArray(argument) ? argument : [];
    return [this.resolve(first), this.resolve(second)];
  }

  #list(value: unknown, name: string): unknown[] {
    if (!Array.isArray(value)) throw new Error(`The template gives ${name} something that is no list`);
    return value;
  }
}

const NO_VALUE = Symbol('AWS::NoValue');

const PSEUDO_PARAMETERS: Readonly<Record<string, (place: Place) => string>> = {
  'AWS::AccountId': () => LOCAL_ACCOUNT,
  'AWS::Partition': () => 'aws',
  'AWS::Region': (place) => place.region,
  'AWS::StackId': (place) => `arn:aws:cloudformation:${place.region}:${LOCAL_ACCOUNT}:stack/${place.stackName}/local`,
  'AWS::StackName': (place) => place.stackName,
  'AWS::URLSuffix': () => 'amazonaws.com',
};

/** Types whose `Ref` is the ARN; for the others it is the name. */
const REF_IS_ARN: ReadonlySet<string> = new Set(['AWS::StepFunctions::StateMachine', 'AWS::SNS::Topic']);

const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Events::Rule': 'Name',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
};

const ARN_SHAPES: Readonly<Record<string, { readonly service: string; readonly prefix: string }>> = {
  'AWS::DynamoDB::Table': { service: 'dynamodb', prefix: 'table/' },
  'AWS::Events::Rule': { service: 'events', prefix: 'rule/' },
  'AWS::IAM::Role': { service: 'iam', prefix: 'role/' },
  'AWS::Lambda::Function': { service: 'lambda', prefix: 'function:' },
  'AWS::Logs::LogGroup': { service: 'logs', prefix: 'log-group:' },
  'AWS::SNS::Topic': { service: 'sns', prefix: '' },
  'AWS::StepFunctions::StateMachine': { service: 'states', prefix: 'stateMachine:' },
};

function splitOnce(text: string): [string, string] {
  const dot = text.indexOf('.');
  return dot < 0 ? [text, ''] : [text.slice(0, dot), text.slice(dot + 1)];
}
