/** A body as it was sent, and what it says. */
export interface JsonBody {
  readonly text: string;
  readonly value: unknown;
}

/** A body that cannot be taken: the answer's status, and why in one sentence that names the field. */
export interface Refusal {
  readonly status: 415 | 422;
  readonly reason: string;
}

/** Reads a body that is JSON in UTF-8, under any Content-Type. */
export function readJsonBody(bytes: Uint8Array, contentType: string | undefined): JsonBody | Refusal {
  const text = textOf(bytes);
  const parsed = text === undefined ? 'malformed' : parseJson(text);
  if (text === undefined || parsed === 'malformed') return notJson(contentType);
  if (parsed === 'too deep') return refusal('the body is nested too deeply');
  return { text, value: parsed.value };
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Fails toward a refusal: JSON is UTF-8, and a guessed encoding could change what is compared later.
    return undefined;
  }
}

/**
 * Without `__proto__` keys, so that no later copy of the object can change what it inherits; and integers too long for
 * a double as their own digits, as a live capture shows 19-digit correlation ids (`reference/cloudflare.md` §1.1).
 */
function parseJson(body: string): { value: unknown } | 'malformed' | 'too deep' {
  try {
    return {
      value: JSON.parse(body, (key, value: unknown, context?: { source?: string }) => {
        if (key === '__proto__') return undefined;
        const exact =
          typeof value !== 'number' || Number.isSafeInteger(value) || !/^-?\d+$/.test(context?.source ?? '');
        return exact ? value : context?.source;
      }),
    };
  } catch (thrown) {
    // Fails toward a refusal that says which of the two it was.
    return thrown instanceof RangeError ? 'too deep' : 'malformed';
  }
}

function notJson(contentType: string | undefined): Refusal {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === '' || /^(?:application|text)\/json$|^[\w.-]+\/[\w.+-]+\+json$/.test(type)) {
    return refusal('the body is not JSON in UTF-8');
  }
  return { status: 415, reason: 'the body is not JSON, and its Content-Type says so; send application/json' };
}

/** The body is JSON, and not what it should be. */
export function refusal(reason: string): Refusal {
  return { status: 422, reason };
}

/** What a JSON value is called in a reason. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : typeof value;
}
