/** What Axiom takes (`reference/axiom.md` §3). */
const LONGEST_TEXT = 1024 * 1024;
const LONGEST_NAME = 200;
const DEEPEST = 100;

/** Names Axiom keeps for itself; a field of that name gets another. */
const RESERVED = ['_blockInfo', '_cursor', '_rowID', '_source', '_sysTime'];

/**
 * The columns of an event: fields of nested objects with dots between their names, lists as they are. What is too long
 * or too deep is replaced as Axiom does; a name that is too long is the answer, as text.
 */
export function flatten(event: object): Readonly<Record<string, unknown>> | string {
  const columns: Record<string, unknown> = {};
  const waiting: { readonly prefix: string; readonly object: object; readonly depth: number }[] = [
    { prefix: '', object: event, depth: 1 },
  ];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { prefix, object, depth } = next;
    for (const [key, value] of Object.entries(object)) {
      const name = `${prefix}${prefix === '' && RESERVED.includes(key) ? `_user${key}` : key}`;
      if (Buffer.byteLength(name, 'utf8') > LONGEST_NAME) return `field name is longer than ${LONGEST_NAME} bytes`;
      const isNested = typeof value === 'object' && value !== null && !Array.isArray(value);
      if (isNested && depth < DEEPEST) waiting.push({ prefix: `${name}.`, object: value, depth: depth + 1 });
      else columns[name] = isNested ? null : shortened(value);
    }
  }
  return columns;
}

function shortened(value: unknown): unknown {
  const isLong = typeof value === 'string' && Buffer.byteLength(value, 'utf8') > LONGEST_TEXT;
  return isLong ? '<invalid string: too long>' : value;
}
