import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from '../../functions/runtime/clock.ts';
import { isFromHere } from './from-here.ts';
import { eventOf, type FrontRequest, frontRequestOf, sendFunctionAnswer } from './http-api-event.ts';
import { matchRoute, type Route, type RouteMatch } from './http-routes.ts';
import { LambdaFault } from './lambda-runner.ts';
import { answerLocal, type LocalApi } from './local-routes.ts';
import { closeServer, listen } from './local-server.ts';
import { readBody } from './request-body.ts';

/** The HTTP API of the stack on this machine. */
export interface HttpFront {
  /** Root URL, without a trailing slash. */
  readonly url: string;
  /** From now on requests are answered; those that came before have waited for it. */
  serve(stack: ServedStack): void;
  close(): Promise<void>;
}

/** What stands behind the front. */
export interface ServedStack {
  readonly routes: readonly Route[];
  readonly clock: Clock;
  readonly invoke: (functionArn: string, event: unknown) => Promise<unknown>;
  readonly local: LocalApi;
  /** The query that opens the page of cases a request asks for; undefined where it asks for none. */
  readonly caseQuery: (match: RouteMatch) => Promise<string | undefined>;
}

/** API Gateway refuses larger bodies (reference/aws-platform.md §6). */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** … and waits no longer than this for a function. */
const INTEGRATION_MS = 30_000;

/**
 * Starts the front on 127.0.0.1: the template's routes, and `/local/…` beside them (design §5). Its URL is known before
 * there is anything to serve, as the functions are told it.
 */
export async function startHttpFront(port: number): Promise<HttpFront> {
  const { promise: serving, resolve: serve } = Promise.withResolvers<ServedStack>();
  const server = createServer((request, response) => {
    handle(request, response, serving).catch(() => {
      // The client went away, or what it sent is no HTTP: there is nobody to answer.
      response.destroy();
    });
  });
  const url = await listen(server, port);
  return { url, serve, close: () => closeServer(server) };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  serving: Promise<ServedStack>,
): Promise<void> {
  const path = pathOf(request);
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === undefined) return sendMessage(response, 413, 'Request Entity Too Large');
  const stack = await serving;
  if (path.startsWith('/local/')) return answerLocal(request, response, body, stack.local);
  const match = matchRoute(stack.routes, request.method ?? 'GET', path);
  if (match === undefined) return sendMessage(response, 404, 'Not Found');
  try {
    const asked = await opened(frontRequestOf(request, body, stack.clock.now()), request, match, stack);
    const answer = await inTime(stack.invoke(match.route.functionArn, eventOf(asked, match)));
    if (answer === LATE) return sendMessage(response, 503, 'Service Unavailable');
    sendFunctionAnswer(response, answer);
  } catch (error) {
    // API Gateway tells the client nothing about a failed function; a payload Lambda does not take is the client's own.
    const isTooLarge = error instanceof LambdaFault && error.name === 'RequestEntityTooLarge';
    sendMessage(response, isTooLarge ? 413 : 500, isTooLarge ? 'Request Entity Too Large' : 'Internal Server Error');
  }
}

/**
 * A request for a page of cases without a signature, by whoever sits at this machine, gets one: the function checks it
 * like any other. One that brings a signature is judged by that, right or wrong.
 */
async function opened(
  asked: FrontRequest,
  request: IncomingMessage,
  match: RouteMatch,
  stack: ServedStack,
): Promise<FrontRequest> {
  const mark = asked.url.indexOf('?');
  const given = new URLSearchParams(mark < 0 ? '' : asked.url.slice(mark));
  if (given.has('signature') || given.has('expires') || !isFromHere(request)) return asked;
  const query = await stack.caseQuery(match);
  return query === undefined ? asked : { ...asked, url: `${asked.url}${mark < 0 ? '?' : '&'}${query}` };
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?')[0] ?? '/';
}

const LATE = Symbol('integration time-out');

async function inTime(answer: Promise<unknown>): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<typeof LATE>();
  const timer = setTimeout(() => resolve(LATE), INTEGRATION_MS);
  try {
    return await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function sendMessage(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
}
