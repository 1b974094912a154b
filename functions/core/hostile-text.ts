/**
 * Text that somebody hostile may have written (token names, paths, user agents, event targets) made safe to print: on a
 * pager, in a chat it is forwarded to, in a prompt. What it says stays readable; what it could do is gone.
 */
export function plainText(text: string, maxLength: number): string {
  // Far more than is kept: work must not grow with what a client sends.
  const start = text.slice(0, maxLength * 4 + 64);
  return shorten(start.toWellFormed().replace(UNPRINTABLE, '').replace(SPACES, ' ').trim(), maxLength);
}

/**
 * {@link plainText} that also cannot become a link, a mention or markup where it is shown, and holds no secret: people
 * paste tokens into names, and what reaches a pager is forwarded. Zone ids (`zone <32 hex>`) stay readable.
 */
export function inertText(text: string, maxLength: number): string {
  return disarm(withoutSecrets(text, maxLength), maxLength);
}

/** {@link inertText} for what a system named, however random it looks: only GitLab's tokens are taken out. */
export function labelText(label: string, maxLength: number): string {
  return disarm(idText(label, maxLength), maxLength);
}

function disarm(text: string, maxLength: number): string {
  const inert = text
    .replaceAll('://', '[:]//')
    .replace(DOMAIN_DOT, '[.]')
    .replaceAll('](', '] (')
    .replaceAll('<', '‹')
    .replaceAll('>', '›')
    .replaceAll('@', '(at)');
  return shorten(inert, maxLength);
}

/** The text without anything that looks like a secret: GitLab tokens, bearer headers, keys, long base64 or hex runs. */
export function redactSecrets(text: string): string {
  return SECRETS.reduce((redacted, secret) => redacted.replace(secret, '[redacted]'), text);
}

/** {@link plainText} of an id, which the reader needs whole: only GitLab's tokens are taken out. */
export function idText(id: string, maxLength: number): string {
  return shorten(plainText(id, maxLength * 4).replace(GITLAB_TOKEN, '[redacted]'), maxLength);
}

/** Whether a GitLab token stands in the text. */
export function holdsToken(text: string): boolean {
  return text.search(GITLAB_TOKEN) !== -1;
}

/** {@link plainText} without secrets, zone ids left in. Redacts before it cuts: no secret survives by losing its end. */
export function withoutSecrets(text: string, maxLength: number): string {
  const parts = plainText(text, maxLength * 4).split(ZONE_ID);
  return plainText(parts.map((part, index) => (index % 2 === 1 ? part : redactSecrets(part))).join(''), maxLength);
}

/** A path or URL without its query string and fragment, where clients put secrets. */
export function withoutQuery(path: string): string {
  return path.replace(/[?#].*$/s, '');
}

/** At most `maxLength` UTF-16 code units, never ending inside a surrogate pair; a cut shows as `…`. */
export function shorten(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  if (maxLength < 1) return '';
  const cut = text.slice(0, maxLength - 1);
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}…`;
}

/**
 * Control characters except white space, everything of category "format" (bidirectional overrides, zero-width
 * characters, tags), surrogates, private use, unassigned, and the other code points that show as nothing.
 */
const UNPRINTABLE = /(?!\s)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]|\p{Default_Ignorable_Code_Point}|\u2800/gu;
const SPACES = /\s+/gu;

/** The dot before a last label of letters: what chat programs turn into a link without being asked. */
const DOMAIN_DOT = /(?<=[\p{L}\p{N}-])\.(?=\p{L}{2,})/gu;

/** Cloudflare's id of a zone, as coverage names a zone without a name. */
const ZONE_ID = /(\bzone [0-9a-f]{32}\b)/;

/**
 * GitLab's token prefixes are `gl` + letters + `-` (`reference/gitlab.md` §4); deploy tokens `gldt-`, feeds `glft-`.
 * Inside a word (`mono-english-…`) only what is as long as a token is one.
 */
const GITLAB_TOKEN = /\bgl[a-z]{2,10}-[\w.=-]{8,}|gl[a-z]{2,10}-[\w.=-]{20,}/gi;

/**
 * A value behind a name that says it is secret (`x-private_token: …`). Begins at the first letter of the name only, and
 * looks through it once: a name made of thousands of `token-` must not cost the square of its length. No length is
 * bounded, as a long name would carry its value past the bound.
 */
const NAMED_SECRET = /\b(?<!\w-*)(?=[\w-]*(?:token|secret|password|api[_-]?key))[\w-]+[:=]\s*[^\s&,;"']{4,}/gi;

const SECRETS: readonly RegExp[] = [
  GITLAB_TOKEN,
  /\bbearer[ :=]+[\w.~+/=-]{8,}/gi,
  NAMED_SECRET,
  /\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g,
  /\beyJ[\w-]{8,}(?:\.[\w-]+)*/g,
  /\b[0-9a-f]{24,}\b/gi,
  /(?<![A-Za-z0-9+_-])(?=[A-Za-z0-9+_-]*[0-9])(?=[A-Za-z0-9+_-]*[A-Z])[A-Za-z0-9+_-]{20,}={0,2}/g,
  /(?<![A-Za-z0-9+_-])[A-Za-z0-9+_-]{40,}={0,2}/g,
];
