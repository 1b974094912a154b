import {
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

/** One field of a query: alias, name, arguments with variables filled in, and what is selected of it. */
export interface Asked {
  readonly alias: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly fields: readonly Asked[];
}

/** Reads a query with its variables. Throws on text that is no GraphQL and on variables that were not declared. */
export function readQuery(text: string, variables: Readonly<Record<string, unknown>>): readonly Asked[] {
  const operation = parse(text).definitions.find((node): node is OperationDefinitionNode => {
    return node.kind === Kind.OPERATION_DEFINITION;
  });
  if (operation === undefined) throw new Error('no operation');
  const declared = new Set((operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value));
  for (const name of Object.keys(variables)) if (!declared.has(name)) throw new Error(`variable ${name} not declared`);
  return selected(operation.selectionSet, variables);
}

function selected(set: SelectionSetNode | undefined, variables: Readonly<Record<string, unknown>>): Asked[] {
  return (set?.selections ?? [])
    .filter((selection): selection is FieldNode => selection.kind === Kind.FIELD)
    .map((field) => ({
      alias: field.alias?.value ?? field.name.value,
      name: field.name.value,
      args: Object.fromEntries((field.arguments ?? []).map((arg) => [arg.name.value, plain(arg.value, variables)])),
      fields: selected(field.selectionSet, variables),
    }));
}

function plain(node: ValueNode, variables: Readonly<Record<string, unknown>>): unknown {
  switch (node.kind) {
    case Kind.VARIABLE:
      if (!(node.name.value in variables)) throw new Error(`variable ${node.name.value} not given`);
      return variables[node.name.value];
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.LIST:
      return node.values.map((value) => plain(value, variables));
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map((field) => [field.name.value, plain(field.value, variables)]));
    case Kind.NULL:
      return null;
    default:
      return node.value;
  }
}
