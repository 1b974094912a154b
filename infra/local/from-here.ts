import type { IncomingMessage } from 'node:http';
import { isLoopbackHost } from './outside.ts';

/**
 * True for a request by and to this machine. None is what a tunnel or a proxy hands on, what a page in a browser asks
 * that got its own name to point here, nor what one asks across origins: its request says so in `Origin`, or, where a
 * browser sends none (an image, a frame, a link), in `Sec-Fetch-Site`.
 */
export function isFromHere({ headers }: IncomingMessage): boolean {
  const { host, origin } = headers;
  if (headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined) return false;
  const named = URL.parse(`http://${host ?? ''}`);
  if (named === null || !isLoopbackHost(named.hostname)) return false;
  if (origin === undefined) return headers['sec-fetch-site'] !== 'cross-site';
  const from = URL.parse(origin);
  return from !== null && isLoopbackHost(from.hostname);
}
