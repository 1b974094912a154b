import { createHmac, timingSafeEqual } from 'node:crypto';
import { DAY, type EpochMs, HOUR } from './time.ts';

/** What links are signed with. Whoever knows the secret can make links. */
export interface LinkKey {
  /** 32 random bytes. */
  readonly secret: Uint8Array;
  /** From this instant on nothing that the key signed opens anything. */
  readonly expires: EpochMs;
}

/** A link as it was opened: any of its parts may be missing, and may have been written by anybody. */
export interface OpenedLink {
  /** As {@link casePath} and its like make it: percent-encoded, without a query. */
  readonly path: string;
  readonly expires: string | undefined;
  readonly signature: string | undefined;
}

/** Days that a link works at most. Keys live as long beyond the last moment they sign at, so no link loses its key. */
export const LONGEST_LINK_DAYS = 30;

/** Path of the list of cases. */
export const CASES_PATH = '/cases';

/** Path of the page of one case. */
export function casePath(caseId: string): string {
  return `${CASES_PATH}/${encodeURIComponent(caseId)}`;
}

/** Path of everything that is known about one case, as JSON. */
export function evidencePath(caseId: string): string {
  return `${casePath(caseId)}/evidence.json`;
}

/**
 * Where the paths begin, from the URL of the site or of its list of cases, whichever was given; no slash at its end. Undefined for
 * what is no http or https URL, or carries more than a path.
 */
export function siteOf(url: string): string | undefined {
  const site = URL.parse(url);
  if (site === null || (site.protocol !== 'https:' && site.protocol !== 'http:')) return undefined;
  if (site.username !== '' || site.password !== '' || site.search !== '' || site.hash !== '') return undefined;
  const path = site.pathname.replace(/\/+$/, '');
  return site.origin + (path.endsWith(CASES_PATH) ? path.slice(0, -CASES_PATH.length) : path);
}

/**
 * The path with what opens it. Further query parameters may be added: none is signed.
 * @param expires the link works before this instant; rounded down to a whole second, so never longer than was promised.
 */
export function signedPath(path: string, expires: EpochMs, key: LinkKey): string {
  const seconds = String(Math.floor(expires / 1000));
  return `${path}?expires=${seconds}&signature=${signatureOf(path, seconds, key).toString('base64url')}`;
}

/**
 * The key that signed the link and when the link ends, so that whoever opened it can be led on for as long; undefined
 * for a link that opens nothing, without a reason: a stranger learns as little from the first guess as from the last.
 * Every key is compared, in constant time, whichever fits.
 */
export function checkLink(
  { path, expires, signature }: OpenedLink,
  keys: readonly LinkKey[],
  now: EpochMs,
): { readonly key: LinkKey; readonly expires: EpochMs } | undefined {
  const given = bytesOf(signature);
  if (given === undefined || expires === undefined || !WHOLE_SECONDS.test(expires)) return undefined;
  const end = Number(expires) * 1000;
  if (end <= now || end > now + LONGEST_MS) return undefined;
  const fitting = keys.filter((key) => timingSafeEqual(signatureOf(path, expires, key), given));
  const [key] = fitting;
  return key === undefined ? undefined : { key, expires: end };
}

/** Clocks of those who sign and those who check may differ a little. */
const LONGEST_MS = LONGEST_LINK_DAYS * DAY + HOUR;

/** One text for each number: what is signed is the text. */
const WHOLE_SECONDS = /^[1-9]\d{0,10}$/;

/** The first line keeps what these keys sign here apart from whatever they may sign one day elsewhere. */
function signatureOf(path: string, seconds: string, { secret }: LinkKey): Buffer {
  return createHmac('sha256', secret).update(`latchkey-case-link/1\n${path}\n${seconds}`).digest();
}

/** The 32 bytes of a signature. Base64 leaves two bits of its last character unused: only one text of four is taken. */
function bytesOf(signature: string | undefined): Buffer | undefined {
  if (signature === undefined || !/^[A-Za-z0-9_-]{43}$/.test(signature)) return undefined;
  const bytes = Buffer.from(signature, 'base64url');
  return bytes.toString('base64url') === signature ? bytes : undefined;
}
