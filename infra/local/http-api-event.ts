import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RouteMatch } from './http-routes.ts';
import { arrayAt, isObject, numberAt, objectAt, stringAt } from './json.ts';
import { LOCAL_ACCOUNT } from './template.ts';

/** What of a request goes into the event. */
export interface FrontRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  /** Name and value by turns, as sent: `IncomingMessage.rawHeaders`. */
  readonly rawHeaders: readonly string[];
  readonly sourceIp: string;
  readonly body: Buffer;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * The event an HTTP API hands to a function: payload format 2.0. Header names are lower-cased and repeated ones joined
 * by commas, cookies go apart, and the body is base64 unless its content type is text or JSON.
 */
export function eventOf(request: FrontRequest, match: RouteMatch) {
  const { path, query } = splitUrl(request.url);
  const { headers, cookies } = headersOf(request.rawHeaders);
  const isText = isTextType(headers['content-type']) && headers['content-encoding'] === undefined;
  const parameters = Object.entries(match.parameters).map(([name, value]) => [name, decoded(value)] as const);
  return {
    version: '2.0',
    routeKey: match.route.key,
    rawPath: decoded(path),
    rawQueryString: query,
    ...(cookies.length === 0 ? {} : { cookies }),
    headers,
    ...(query === '' ? {} : { queryStringParameters: queryOf(query) }),
    ...(parameters.length === 0 ? {} : { pathParameters: Object.fromEntries(parameters) }),
    requestContext: {
      accountId: LOCAL_ACCOUNT,
      apiId: 'local',
      domainName: headers.host ?? '',
      domainPrefix: 'local',
      http: {
        method: request.method,
        path: decoded(path),
        protocol: 'HTTP/1.1',
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: match.route.key,
      stage: '$default',
      time: commonLogTime(request.at),
      timeEpoch: request.at,
    },
    ...(request.body.length === 0 ? {} : { body: request.body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: request.body.length > 0 && !isText,
  };
}

/** The request as the event needs it. */
export function frontRequestOf(request: IncomingMessage, body: Buffer, at: number): FrontRequest {
  return {
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    rawHeaders: request.rawHeaders,
    sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
    body,
    at,
  };
}

/** Sends what a function answered: with a `statusCode` as it says, without one as the JSON body of a 200. */
export function sendFunctionAnswer(response: ServerResponse, answer: unknown): void {
  const status = numberAt(answer, 'statusCode');
  if (!isObject(answer) || status === undefined) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? null));
    return;
  }
  for (const [name, value] of Object.entries(objectAt(answer, 'headers'))) response.setHeader(name, String(value));
  const cookies = arrayAt(answer, 'cookies').map(String);
  if (cookies.length > 0) response.setHeader('set-cookie', cookies);
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'text/plain;charset=UTF-8');
  const body = stringAt(answer, 'body') ?? '';
  response.writeHead(status).end(answer.isBase64Encoded === true ? Buffer.from(body, 'base64') : body);
}

function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

function headersOf(raw: readonly string[]): { headers: Record<string, string>; cookies: string[] } {
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const value = raw[index + 1] ?? '';
    if (name === 'cookie') cookies.push(...value.split(';').map((cookie) => cookie.trim()));
    else headers[name] = Object.hasOwn(headers, name) ? `${headers[name]},${value}` : value;
  }
  return { headers, cookies };
}

function queryOf(query: string): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    parameters[name] = Object.hasOwn(parameters, name) ? `${parameters[name]},${value}` : value;
  }
  return parameters;
}

function isTextType(contentType: string | undefined): boolean {
  return /^\s*(?:text\/|application\/(?:[\w.+-]+\+)?(?:json|xml)\b|application\/javascript\b)/i.test(contentType ?? '');
}

/** A part of a path without its percent-encoding, which is how API Gateway hands on paths and their parameters. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray percent sign: as sent is what the function then judges.
    return text;
  }
}

/** `10/Apr/2026:13:30:05 +0000`, UTC. */
function commonLogTime(at: number): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(at).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
