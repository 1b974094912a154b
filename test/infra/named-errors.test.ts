import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namedErrors } from '../../infra/constructs/named-errors.ts';
import { type AwsStand, openAwsStand } from '../support/aws-stand.ts';
import { bundleOf } from '../support/sdk-bundle.ts';

const SOURCE = `import { ConditionalCheckFailedException, DynamoDBClient, DynamoDBServiceException, GetItemCommand } from '@aws-sdk/client-dynamodb';
const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
export async function failure(endpoint) {
  const client = new DynamoDBClient({ region: 'us-east-1', endpoint, credentials, maxAttempts: 1 });
  const error = await client.send(new GetItemCommand({ TableName: 't', Key: { pk: { S: 'x' } } })).catch((thrown) => thrown);
  const { name, message, $fault, $metadata, $retryable } = error;
  const isKind = [error instanceof DynamoDBServiceException, error instanceof ConditionalCheckFailedException];
  return { name, message, $fault, $retryable, status: $metadata.httpStatusCode, isKind };
}`;

interface Bundled {
  readonly size: number;
  readonly failure: (endpoint: string) => Promise<unknown>;
}

const directory = mkdtempSync(path.join(tmpdir(), 'latchkey-errors-'));
let answer = { status: 400, body: {} };
let stand: AwsStand;
beforeAll(async () => {
  stand = await openAwsStand(() => answer);
});
afterAll(async () => {
  await stand.close();
  rmSync(directory, { recursive: true });
});

async function bundled(name: string, plugins: Plugin[]): Promise<Bundled> {
  const text = await bundleOf(SOURCE, plugins);
  const file = path.join(directory, `${name}.mjs`);
  writeFileSync(file, text);
  const { failure }: Pick<Bundled, 'failure'> = await import(pathToFileURL(file).href);
  return { size: text.length, failure };
}

describe('errors of AWS in a bundle', () => {
  it('are fewer, and come under the same names, with what is told of them', async () => {
    const [whole, named] = await Promise.all([bundled('whole', []), bundled('named', [namedErrors])]);
    expect(whole.size - named.size).toBeGreaterThan(9_000);
    for (const [type, status] of [
      ['ConditionalCheckFailedException', 400],
      ['ProvisionedThroughputExceededException', 400],
      ['ResourceNotFoundException', 400],
      ['ReplicatedWriteConflictException', 400],
      ['AccessDeniedException', 400],
      ['InternalServerError', 500],
    ] as const) {
      answer = { status, body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'why' } };
      const failure = await named.failure(stand.url);
      expect(failure).toEqual(await whole.failure(stand.url));
      expect(failure).toMatchObject({ name: type, status, message: 'why' });
      expect(failure).toMatchObject({ isKind: [true, type === 'ConditionalCheckFailedException'] });
    }
  });
});
