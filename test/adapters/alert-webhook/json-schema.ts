/**
 * What breaks a JSON Schema, one sentence each. Knows the keywords our schema uses, refuses others, and takes no property
 * that the schema does not describe: a field nobody documented is a mistake here, though readers must bear it.
 */
export function violations(schema: unknown, value: unknown, root: unknown = schema, at = '$'): string[] {
  if (!isObject(schema)) return [`${at}: no schema`];
  const { $ref, ...own } = schema;
  const referred = $ref === undefined ? [] : violations(resolve(root, $ref), value, root, at);
  return [
    ...referred,
    ...Object.entries(own).flatMap(([keyword, rule]) => broken(keyword, rule, own, value, root, at)),
  ];
}

type JsonObject = { readonly [name: string]: unknown };

const SILENT = ['$schema', '$id', '$defs', 'title', 'description'];

function broken(keyword: string, rule: unknown, schema: JsonObject, value: unknown, root: unknown, at: string) {
  const wrong = (holds: boolean) => (holds ? [] : [`${at}: breaks ${keyword} ${JSON.stringify(rule)}`]);
  if (SILENT.includes(keyword)) return [];
  switch (keyword) {
    case 'type':
      return wrong([rule].flat().some((type) => isOfType(value, type)));
    case 'const':
      return wrong(value === rule);
    case 'enum':
      return wrong(Array.isArray(rule) && rule.includes(value));
    case 'minimum':
      return wrong(typeof value === 'number' && value >= Number(rule));
    case 'maximum':
      return wrong(typeof value === 'number' && value <= Number(rule));
    case 'maxLength':
      return wrong(typeof value === 'string' && value.length <= Number(rule));
    case 'maxItems':
      return wrong(Array.isArray(value) && value.length <= Number(rule));
    case 'required':
      return wrong(isObject(value) && Array.isArray(rule) && rule.every((name) => value[name] !== undefined));
    case 'items':
      return Array.isArray(value)
        ? value.flatMap((item, index) => violations(rule, item, root, `${at}[${index}]`))
        : wrong(schema.type !== 'array');
    case 'properties':
      if (!isObject(value) || !isObject(rule)) return wrong(false);
      return Object.entries(value).flatMap(([name, item]) =>
        rule[name] === undefined
          ? [`${at}.${name}: not described`]
          : violations(rule[name], item, root, `${at}.${name}`),
      );
    default:
      return [`${at}: keyword ${keyword} is not known here`];
  }
}

function resolve(root: unknown, ref: unknown): unknown {
  const path = String(ref).replace(/^#\//, '').split('/');
  return path.reduce<unknown>((node, name) => (isObject(node) ? node[name] : undefined), root);
}

function isOfType(value: unknown, type: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  return typeof value === type;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
