import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LinkKeyStore } from '../../functions/adapters/dynamodb/link-keys.ts';
import { Table } from '../../functions/adapters/dynamodb/table.ts';
import { CASES_PATH, casePath, evidencePath, signedPath } from '../../functions/core/case-link.ts';
import { HOUR } from '../../functions/core/time.ts';
import type { Clock } from '../../functions/runtime/clock.ts';
import { DUMMY_CREDENTIALS } from './function-environment.ts';
import { decoded } from './http-api-event.ts';
import type { RouteMatch } from './http-routes.ts';
import type { TableServer } from './table.ts';

/** Milliseconds. What is opened here leads on for as long: a working day. */
const LINK_MS = 12 * HOUR;

/** The paths that links are signed for, by their routes. */
const LINKED: Readonly<Record<string, (caseId: string) => string>> = {
  'GET /cases': () => CASES_PATH,
  'GET /cases/{caseId}': casePath,
  'GET /cases/{caseId}/evidence.json': evidencePath,
};

/** Makes links to cases for whoever sits at this machine, with the keys that the functions use. */
export class CaseOpener {
  readonly #client: DynamoDBClient;
  readonly #keys: LinkKeyStore;
  readonly #clock: Clock;

  /** @throws Error where the stack has not exactly one table. */
  constructor({ url, names }: Pick<TableServer, 'url' | 'names'>, region: string, clock: Clock) {
    const [tableName, ...others] = names;
    if (tableName === undefined || others.length > 0)
      throw new Error('The local stack signs links with one table only');
    this.#client = new DynamoDBClient({ endpoint: url, region, credentials: DUMMY_CREDENTIALS });
    this.#clock = clock;
    const table = new Table({ client: this.#client, tableName, clock });
    this.#keys = new LinkKeyStore(table, () => crypto.getRandomValues(new Uint8Array(32)));
  }

  /** The query that opens the page a request asks for; undefined where the route is no page of cases. */
  async queryFor({ route, parameters }: RouteMatch): Promise<string | undefined> {
    const linked = Object.hasOwn(LINKED, route.key) ? LINKED[route.key] : undefined;
    if (linked === undefined) return undefined;
    const path = linked(decoded(parameters.caseId ?? ''));
    const key = await this.#keys.current();
    return signedPath(path, this.#clock.now() + LINK_MS, key).slice(path.length + 1);
  }

  close(): void {
    this.#client.destroy();
  }
}
