import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { headerOf } from '../webhook/request.ts';
import type { PageShell } from './layout.ts';
import type { PageRequest } from './page-request.ts';
import { PLAIN_SHELL, refusalPage, unavailablePage } from './plain-pages.ts';

/** What an HTTP API makes its answer of (payload format 2.0). */
export interface PageResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded?: boolean;
}

/** What is shown, before it is made an answer of. */
export interface Shown {
  readonly statusCode: number;
  readonly contentType: 'text/html; charset=utf-8' | 'application/json; charset=utf-8';
  readonly body: string;
  /** The same compressed, by whoever had to know how large that is; only for a request that {@link takesGzip}. */
  readonly gzipped?: Uint8Array;
  /** What it may do where it is shown. */
  readonly contentSecurityPolicy: string;
  /** The name it is to be stored under; missing: it is shown. */
  readonly fileName?: string;
}

/** Below that, compressing saves less than it costs. */
const SMALL_BYTES = 1_400;
/** Lambda answers with 6 MB at most, in JSON, where each quote of a text takes two bytes and base64 takes a third more. */
const PLAIN_BYTES = 2_000_000;

/** A document that `shell` made. */
export function page({ contentSecurityPolicy }: PageShell, statusCode: number, body: string): Shown {
  return { statusCode, contentType: 'text/html; charset=utf-8', body, contentSecurityPolicy };
}

/** A plain page, for what is not there or cannot be shown. */
export function plainPage(statusCode: number, body: string): Shown {
  return page(PLAIN_SHELL, statusCode, body);
}

/** A file of data, to be stored under that name. */
export function jsonFile(fileName: string, body: string): Shown {
  const contentType = 'application/json; charset=utf-8';
  return { statusCode: 200, contentType, body, fileName, contentSecurityPolicy: NOTHING_RUNS };
}

/** For every link that opens nothing: the same bytes, whatever is wrong with it. */
export function refused(): PageResponse {
  return plain(plainPage(403, refusalPage()));
}

/** For what could not be read: never an empty case. */
export function unavailable(): PageResponse {
  return plain(plainPage(503, unavailablePage()));
}

/** The answer to a request whose link was good, compressed where its sender can read that. */
export async function answerTo(request: PageRequest, shown: Shown): Promise<PageResponse> {
  if (shown.gzipped !== undefined) return compressed(shown, shown.gzipped);
  const bytes = Buffer.from(shown.body);
  if (bytes.length > SMALL_BYTES && takesGzip(request)) return compressed(shown, await compress(bytes));
  if (bytes.length <= PLAIN_BYTES) return plain(shown);
  return { ...plain(shown), body: bytes.toString('base64'), isBase64Encoded: true };
}

const compress = promisify(gzip);

function compressed(shown: Shown, gzipped: Uint8Array): PageResponse {
  const headers = { ...headersOf(shown), 'content-encoding': 'gzip', vary: 'accept-encoding' };
  const body = Buffer.from(gzipped).toString('base64');
  return { statusCode: shown.statusCode, headers, body, isBase64Encoded: true };
}

function plain(shown: Shown): PageResponse {
  return { statusCode: shown.statusCode, headers: headersOf(shown), body: shown.body };
}

/**
 * The address of what is shown opens it: nothing may keep it, pass it on to other sites, show it inside another page, or
 * run in it what is not its own.
 */
function headersOf({ contentType, contentSecurityPolicy, fileName }: Shown): Record<string, string> {
  return {
    'content-type': contentType,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': contentSecurityPolicy,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'x-robots-tag': 'noindex, nofollow',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'strict-transport-security': 'max-age=31536000',
    ...(fileName === undefined ? {} : { 'content-disposition': `attachment; filename="${safeName(fileName)}"` }),
  };
}

const NOTHING_RUNS = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

function safeName(fileName: string): string {
  return fileName.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 120);
}

/** Whether gzip is among the encodings that are accepted, and not with weight 0 (RFC 9110 §12.5.3). */
export function takesGzip(request: PageRequest): boolean {
  const accepted = headerOf(request, 'accept-encoding') ?? '';
  return accepted.split(',').some((one) => {
    const [coding = '', ...parameters] = one.split(';').map((part) => part.trim().toLowerCase());
    return coding === 'gzip' && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  });
}
