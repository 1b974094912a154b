import { mkdir } from 'node:fs/promises';
import {
  type AttributeDefinition,
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  type KeySchemaElement,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { DUMMY_CREDENTIALS } from './function-environment.ts';
import { arrayAt, isObject, stringAt } from './json.ts';
import { closeServer, listen } from './local-server.ts';
import type { Resource } from './template.ts';

/** DynamoDB on this machine, with the template's tables in it. */
export interface TableServer {
  /** Root URL, for `AWS_ENDPOINT_URL_DYNAMODB`. */
  readonly url: string;
  readonly names: readonly string[];
  /** A table was there already: an earlier run's items are in it. */
  readonly wasThere: boolean;
  close(): Promise<void>;
}

/**
 * Starts dynalite and creates the tables. With a directory they are kept there, and found again at the next start.
 * dynalite has no transactions and no TTL (design §4).
 * @throws Error when a table of the template cannot be created.
 */
export async function startTables(
  tables: readonly Resource[],
  region: string,
  directory?: string,
): Promise<TableServer> {
  if (directory !== undefined) await mkdir(directory, { recursive: true });
  const server = dynalite({ createTableMs: 0, ...(directory === undefined ? {} : { path: directory }) });
  const url = await listen(server);
  const client = new DynamoDBClient({ endpoint: url, region, credentials: DUMMY_CREDENTIALS });
  let wasThere = false;
  try {
    for (const table of tables) wasThere = !(await create(client, table)) || wasThere;
  } catch (error) {
    await closeServer(server);
    throw error;
  } finally {
    client.destroy();
  }
  return { url, names: tables.map(nameOf), wasThere, close: () => closeServer(server) };
}

/** False where the table was there already. */
async function create(client: DynamoDBClient, table: Resource): Promise<boolean> {
  try {
    await client.send(new CreateTableCommand(requestOf(table)));
    return true;
  } catch (error) {
    // The table is there already: the directory holds an earlier run's. Anything else stops the start.
    if (error instanceof Error && error.name === 'ResourceInUseException') return false;
    throw error;
  }
}

function requestOf(table: Resource): CreateTableCommandInput {
  const { properties } = table;
  for (const key of ['GlobalSecondaryIndexes', 'LocalSecondaryIndexes']) {
    if (arrayAt(properties, key).length > 0) throw new Error(`${table.path}: the local table has no ${key}`);
  }
  return {
    TableName: nameOf(table),
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: arrayAt(properties, 'KeySchema').filter(isObject).map(keyOf),
    AttributeDefinitions: arrayAt(properties, 'AttributeDefinitions').filter(isObject).map(attributeOf),
  };
}

function nameOf({ properties, logicalId }: Resource): string {
  return stringAt(properties, 'TableName') ?? logicalId;
}

function keyOf(key: unknown): KeySchemaElement {
  return {
    AttributeName: stringAt(key, 'AttributeName') ?? '',
    KeyType: stringAt(key, 'KeyType') === 'RANGE' ? 'RANGE' : 'HASH',
  };
}

function attributeOf(attribute: unknown): AttributeDefinition {
  const type = stringAt(attribute, 'AttributeType');
  return {
    AttributeName: stringAt(attribute, 'AttributeName') ?? '',
    AttributeType: type === 'N' || type === 'B' ? type : 'S',
  };
}
