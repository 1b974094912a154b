import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { unusedParts } from '../../infra/constructs/unused-parts.ts';
import { openAwsStand } from '../support/aws-stand.ts';
import { bundleOf } from '../support/sdk-bundle.ts';

const SOURCE = `import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
export async function ask(endpoint, retryMode) {
  const client = new DynamoDBClient({ region: 'us-east-1', endpoint, credentials, retryMode });
  const { Item } = await client.send(new GetItemCommand({ TableName: 't', Key: { pk: { S: 'x' } } }));
  return Item.pk.S;
}`;

const directory = mkdtempSync(path.join(tmpdir(), 'latchkey-parts-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function bundled(plugins: Plugin[]): Promise<string> {
  return await bundleOf(SOURCE, plugins);
}

describe('parts of the SDK that nothing leads to', () => {
  it('are not in a bundle, which signs and tries again all the same, however it is told to', async () => {
    const whole = await bundled([]);
    const streaming = await bundled([unusedParts(true)]);
    const bare = await bundled([unusedParts(false)]);
    expect(whole.length - streaming.length).toBeGreaterThan(3_000);
    expect(streaming.length - bare.length).toBeGreaterThan(2_000);
    const file = path.join(directory, 'bare.mjs');
    writeFileSync(file, bare);
    const { ask } = await import(pathToFileURL(file).href);
    for (const mode of ['standard', 'adaptive']) {
      let asked = 0;
      const stand = await openAwsStand(() =>
        asked++ === 0
          ? { status: 400, body: { __type: 'ThrottlingException', message: 'slowly' } }
          : { status: 200, body: { Item: { pk: { S: mode } } } },
      );
      expect(await ask(stand.url, mode)).toBe(mode);
      expect(asked).toBe(2);
      await stand.close();
    }
  });
});
