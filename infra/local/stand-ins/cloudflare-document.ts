import {
  type DocumentNode,
  type FieldNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { Refused } from './cloudflare-errors.ts';

/** One field of a query with its fragments, variables and directives worked in. */
export interface Selected {
  readonly name: string;
  /** The alias, or the name. */
  readonly key: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly fields: readonly Selected[];
}

interface Scope {
  readonly document: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly declared: ReadonlySet<string>;
}

/**
 * Reads a GraphQL request's fields.
 * @throws Refused when the text is no GraphQL, has no such operation, or a variable is missing or not declared.
 */
export function readDocument(
  query: string,
  variables: Readonly<Record<string, unknown>>,
  operationName: string | undefined,
): readonly Selected[] {
  const document = parsed(query);
  const operation = getOperationAST(document, operationName ?? null);
  if (!operation) throw new Refused(400, 'no operation of that name in the query');
  if (operation.operation !== 'query') throw new Refused(400, `${operation.operation} is not supported`);
  const scope = { document, variables: bind(operation, variables), declared: declaredBy(operation) };
  return fieldsOf(operation.selectionSet, scope);
}

function parsed(query: string): DocumentNode {
  try {
    return parse(query, { noLocation: true });
  } catch (error) {
    throw new Refused(400, `error parsing query: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
}

function declaredBy(operation: OperationDefinitionNode): ReadonlySet<string> {
  return new Set((operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value));
}

function bind(operation: OperationDefinitionNode, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const bound: Record<string, unknown> = {};
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const fallback = definition.defaultValue;
    const value = given[name] ?? (fallback === undefined ? undefined : plain(fallback, {}, new Set()));
    if (value === undefined && definition.type.kind === Kind.NON_NULL_TYPE) {
      throw new Refused(400, `variable "${name}" must be given`);
    }
    if (value !== undefined) bound[name] = value;
  }
  return bound;
}

function fieldsOf(set: SelectionSetNode, scope: Scope, depth = 0): readonly Selected[] {
  if (depth > 12) throw new Refused(400, 'query is nested too deeply');
  const fields = new Map<string, Selected>();
  for (const selection of set.selections) {
    if (!included(selection, scope)) continue;
    const found =
      selection.kind === Kind.FIELD
        ? [fieldOf(selection, scope, depth)]
        : fieldsOf(
            selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragment(selection.name.value, scope),
            scope,
            depth + 1,
          );
    for (const field of found) {
      const same = fields.get(field.key);
      fields.set(field.key, same ? { ...same, fields: [...same.fields, ...field.fields] } : field);
    }
  }
  return [...fields.values()];
}

function fieldOf(field: FieldNode, scope: Scope, depth: number): Selected {
  const args: Record<string, unknown> = {};
  for (const { name, value } of field.arguments ?? []) {
    const given = plain(value, scope.variables, scope.declared);
    if (given !== undefined) args[name.value] = given;
  }
  return {
    name: field.name.value,
    key: field.alias?.value ?? field.name.value,
    args,
    fields: field.selectionSet ? fieldsOf(field.selectionSet, scope, depth + 1) : [],
  };
}

function fragment(name: string, { document }: Scope): SelectionSetNode {
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name) return definition.selectionSet;
  }
  throw new Refused(400, `unknown fragment "${name}"`);
}

function included(selection: SelectionSetNode['selections'][number], scope: Scope): boolean {
  return (selection.directives ?? []).every(({ name, arguments: given }) => {
    const condition = given?.find((argument) => argument.name.value === 'if');
    const holds = condition && plain(condition.value, scope.variables, scope.declared) === true;
    return name.value === 'skip' ? !holds : name.value === 'include' ? holds === true : true;
  });
}

/** A literal or variable as plain data. What a variable leaves out is left out, as GraphQL has it for input objects. */
function plain(node: ValueNode, variables: Readonly<Record<string, unknown>>, declared: ReadonlySet<string>): unknown {
  switch (node.kind) {
    case Kind.VARIABLE:
      if (!declared.has(node.name.value)) throw new Refused(400, `variable "${node.name.value}" is not declared`);
      return variables[node.name.value];
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.NULL:
      return null;
    case Kind.LIST:
      return node.values.map((value) => plain(value, variables, declared)).filter((value) => value !== undefined);
    case Kind.OBJECT: {
      const object: Record<string, unknown> = {};
      for (const { name, value } of node.fields) {
        const given = plain(value, variables, declared);
        if (given !== undefined) object[name.value] = given;
      }
      return object;
    }
    default:
      return node.value;
  }
}
