import type { IncomingMessage } from 'node:http';
import { isLoopbackHost } from './outside.ts';

/** What proxies and tunnels say of whom they ask for: any of these, whatever it holds, is a sign of one. */
const HANDED_ON =
  /^(?:forwarded|via|cdn-loop|x-forwarded(?:-.+)?|x-original-.+|(?:.+-)?(?:real|connecting|client)-ip)$/;

/**
 * True for a request by and to this machine. None is what a tunnel or a proxy hands on and says so, what a page in a browser asks
 * that got its own name to point here, nor what one asks across origins: its request says so in `Origin`, or, where a
 * browser sends none (an image, a frame, a link), in `Sec-Fetch-Site`. One that hands on bytes and says nothing cannot be
 * told from somebody who sits here.
 */
export function isFromHere({ headers }: IncomingMessage): boolean {
  const { host, origin } = headers;
  if (Object.keys(headers).some((name) => HANDED_ON.test(name))) return false;
  const named = URL.parse(`http://${host ?? ''}`);
  if (named === null || !isLoopbackHost(named.hostname)) return false;
  if (origin === undefined) return headers['sec-fetch-site'] !== 'cross-site';
  const from = URL.parse(origin);
  return from !== null && isLoopbackHost(from.hostname);
}
