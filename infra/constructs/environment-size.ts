import { Stack } from 'aws-cdk-lib';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';

/** All names and values of a function's environment together (AWS Lambda quotas, "Environment variables"). */
const LIMIT_BYTES = 4096;

/** What is known only at deployment (a name, an ARN) is counted as this many bytes: more than any of ours. */
const UNKNOWN_BYTES = 256;

/**
 * Lambda refuses an environment over 4 kB, in the middle of a deployment. Answers with what to shorten, or undefined
 * while it fits.
 * @param settings what the function's `LATCHKEY_SETTINGS` was made from.
 */
export function environmentProblem(
  resource: CfnFunction,
  step: string,
  settings: Readonly<Record<string, unknown>>,
): string | undefined {
  const environment: unknown = Stack.of(resource).resolve(resource.environment);
  const bytes = variablesOf(environment).reduce((sum, [name, value]) => sum + bytesOf(name) + bytesOf(value), 0);
  if (bytes <= LIMIT_BYTES) return undefined;
  const [path, size] = leaves(settings).reduce((longest, leaf) => (leaf[1] > longest[1] ? leaf : longest));
  return (
    `The environment of function ${step} would hold ${bytes} bytes, Lambda allows ${LIMIT_BYTES}: ` +
    `shorten the setting ${path}, which takes ${size} of them`
  );
}

function variablesOf(environment: unknown): [string, unknown][] {
  if (typeof environment !== 'object' || environment === null || !('variables' in environment)) return [];
  const { variables } = environment;
  return typeof variables === 'object' && variables !== null ? Object.entries(variables) : [];
}

function bytesOf(value: unknown): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : UNKNOWN_BYTES;
}

/** Each setting's path and the bytes of its JSON. */
function leaves(value: unknown, path = ''): [string, number][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [[path, Buffer.byteLength(JSON.stringify(value) ?? '')]];
  }
  return Object.entries(value).flatMap(([key, item]) => leaves(item, path === '' ? key : `${path}.${key}`));
}
