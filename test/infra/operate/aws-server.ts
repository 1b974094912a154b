import { createServer } from 'node:http';
import { isObject, parseJson } from '../../../infra/local/json.ts';
import { closeServer, listen } from '../../../infra/local/local-server.ts';
import { readBody } from '../../../infra/local/request-body.ts';

export interface AwsAccount {
  readonly secrets: Readonly<Record<string, string>>;
  readonly tables?: readonly string[];
  readonly machines?: readonly string[];
  /** Operations that are denied. */
  readonly denied?: readonly string[];
}

/** The AWS calls the doctor makes, over HTTP: secrets by name, tables after a name, state machines one a page. */
export async function startAws(account: AwsAccount): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    const text = (await readBody(request, 1_000_000))?.toString('utf8') ?? '';
    const body = parseJson(text);
    const answer = account.denied?.includes(operation)
      ? { __type: 'AccessDeniedException', message: 'no' }
      : answerTo(operation, isObject(body) ? body : {}, account);
    const status = '__type' in answer ? 400 : 200;
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
  });
  const url = await listen(server);
  return { url, close: () => closeServer(server) };
}

function answerTo(operation: string, body: Readonly<Record<string, unknown>>, account: AwsAccount): object {
  const { secrets, tables = [], machines = [] } = account;
  if (operation === 'GetSecretValue') {
    const text = secrets[String(body.SecretId)];
    return text === undefined ? { __type: 'ResourceNotFoundException', message: '' } : { SecretString: text };
  }
  if (operation === 'ListTables') {
    return { TableNames: tables.filter((name) => name > String(body.ExclusiveStartTableName)).sort() };
  }
  if (operation === 'ListStateMachines') {
    const at = Number(body.nextToken ?? 0);
    const more = at + 1 < machines.length ? { nextToken: String(at + 1) } : {};
    return { stateMachines: machines.slice(at, at + 1).map((name) => ({ name })), ...more };
  }
  return { __type: 'UnknownOperationException', message: operation };
}
