import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from '../../functions/runtime/clock.ts';
import { eventOf, frontRequestOf, sendFunctionAnswer } from './http-api-event.ts';
import { matchRoute, type Route } from './http-routes.ts';
import { LambdaFault } from './lambda-runner.ts';
import { answerLocal, type LocalApi } from './local-routes.ts';
import { closeServer, listen } from './local-server.ts';
import { readBody } from './request-body.ts';

/** The HTTP API of the stack on this machine. */
export interface HttpFront {
  /** Root URL, without a trailing slash. */
  readonly url: string;
  close(): Promise<void>;
}

export interface HttpFrontOptions {
  readonly routes: readonly Route[];
  readonly port: number;
  readonly clock: Clock;
  readonly invoke: (functionArn: string, event: unknown) => Promise<unknown>;
  readonly local: LocalApi;
}

/** API Gateway refuses larger bodies (reference/aws-platform.md §6). */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** … and waits no longer than this for a function. */
const INTEGRATION_MS = 30_000;

/** Starts the front on 127.0.0.1: the template's routes, and `/local/…` beside them (design §5). */
export async function startHttpFront(options: HttpFrontOptions): Promise<HttpFront> {
  const server = createServer((request, response) => {
    handle(request, response, options).catch(() => {
      // The client went away, or what it sent is no HTTP: there is nobody to answer.
      response.destroy();
    });
  });
  const url = await listen(server, options.port);
  return { url, close: () => closeServer(server) };
}

async function handle(request: IncomingMessage, response: ServerResponse, options: HttpFrontOptions): Promise<void> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === undefined) return sendMessage(response, 413, 'Request Entity Too Large');
  if (path.startsWith('/local/')) return answerLocal(request, response, body, options.local);
  const match = matchRoute(options.routes, request.method ?? 'GET', path);
  if (match === undefined) return sendMessage(response, 404, 'Not Found');
  const event = eventOf(frontRequestOf(request, body, options.clock.now()), match);
  try {
    const answer = await inTime(options.invoke(match.route.functionArn, event));
    if (answer === LATE) return sendMessage(response, 503, 'Service Unavailable');
    sendFunctionAnswer(response, answer);
  } catch (error) {
    // API Gateway tells the client nothing about a failed function; a payload Lambda does not take is the client's own.
    const isTooLarge = error instanceof LambdaFault && error.name === 'RequestEntityTooLarge';
    sendMessage(response, isTooLarge ? 413 : 500, isTooLarge ? 'Request Entity Too Large' : 'Internal Server Error');
  }
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
