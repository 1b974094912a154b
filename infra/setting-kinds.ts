import { X509Certificate } from 'node:crypto';
import { parseCidr } from '../functions/core/address-set.ts';

/** What a setting may hold: a sentence for people, and the check that holds it to the sentence. */
export interface Kind<T> {
  /** Completes "allowed: …". */
  readonly allowed: string;
  readonly is: (value: unknown) => value is T;
  /** For lists: the kind of one entry, so that a wrong entry is named by its index. */
  readonly item?: Kind<unknown>;
  /** For objects: the kind of each field, so that a wrong field is named. */
  readonly fields?: Readonly<Record<string, Kind<unknown>>>;
}

export function oneOf<const T extends string>(...choices: readonly T[]): Kind<T> {
  const allowed = choices.map((choice) => `"${choice}"`).join(' or ');
  return { allowed, is: (value): value is T => choices.some((choice) => choice === value) };
}

export const flag: Kind<boolean> = {
  allowed: 'true or false',
  is: (value): value is boolean => typeof value === 'boolean',
};

/** A whole number, both ends included. */
export function whole(from: number, to: number): Kind<number> {
  return {
    allowed: `a whole number from ${from} to ${to}`,
    is: (value): value is number => Number.isInteger(value) && between(value, from, to),
  };
}

/** Any finite number, both ends included. */
export function number(from: number, to: number): Kind<number> {
  return { allowed: `a number from ${from} to ${to}`, is: (value): value is number => between(value, from, to) };
}

export function numberOf(choices: readonly number[]): Kind<number> {
  return {
    allowed: `one of ${choices.join(', ')}`,
    is: (value): value is number => choices.some((choice) => choice === value),
  };
}

/** Text of a form; `allowed` says the form in words. */
export function text(allowed: string, holds: (value: string) => boolean): Kind<string> {
  return { allowed, is: (value): value is string => typeof value === 'string' && holds(value) };
}

/** The kind, or an empty text for "none". */
export function optional(kind: Kind<string>, meaning: string): Kind<string> {
  return text(`"" (${meaning}) or ${kind.allowed}`, (value) => value === '' || kind.is(value));
}

export function listOf<T>(item: Kind<T>): Kind<readonly T[]> {
  return {
    allowed: `a list; each entry ${item.allowed}`,
    is: (value): value is readonly T[] => Array.isArray(value) && value.every(item.is),
    item,
  };
}

/** An object with any of these fields, and with all of the required ones. */
export function record<T extends object>(
  fields: { readonly [Field in keyof T]-?: Kind<NonNullable<T[Field]>> },
  required: readonly (keyof T & string)[],
): Kind<T> {
  const kinds: Readonly<Record<string, Kind<unknown>>> = fields;
  const must = required.length === 0 ? '' : ` (${required.join(', ')} must be there)`;
  return {
    allowed: `an object with ${Object.keys(kinds).join(', ')}${must}`,
    is: (value): value is T =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      required.every((field) => Object.hasOwn(value, field)) &&
      Object.entries(value).every(([field, held]) => Object.hasOwn(kinds, field) && kinds[field]?.is(held)),
    fields: kinds,
  };
}

/** Whole numbers that grow, at most `longest` of them. */
export function ascending(from: number, to: number, longest: number): Kind<readonly number[]> {
  const item = whole(from, to);
  return {
    allowed: `a list of at most ${longest} whole numbers from ${from} to ${to}, each larger than the one before`,
    is: (value): value is readonly number[] =>
      Array.isArray(value) &&
      value.length <= longest &&
      value.every((entry, index) => item.is(entry) && (index === 0 || entry > value[index - 1])),
  };
}

/** `https` anywhere, `http` only to this machine; no user name or password, as settings are no place for secrets. */
export const url: Kind<string> = text(
  'an https URL without user name, password, query or fragment (http only to 127.0.0.1, [::1] or localhost)',
  (value) => {
    const parsed = URL.parse(value);
    if (parsed === null || value.trim() !== value) return false;
    if (parsed.username !== '' || parsed.password !== '' || parsed.search !== '' || parsed.hash !== '') return false;
    return parsed.protocol === 'https:' || (parsed.protocol === 'http:' && LOOPBACK.has(parsed.hostname));
  },
);

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

export const cidr: Kind<string> = text(
  'an address such as "203.0.113.7" or a range such as "203.0.113.0/24" or "2001:db8::/32", without host bits',
  (value) => parseCidr(value) !== undefined,
);

export const hostName: Kind<string> = text('a host name such as "gitlab.example.com"', (value) => HOST.test(value));

const HOST = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;

export const zone: Kind<string> = text(
  'a zone name such as "example.com" or a zone id of 32 hexadecimal digits',
  (value) => /^[0-9a-f]{32}$/.test(value) || (value.includes('.') && HOST.test(value)),
);

/** GitLab's own rule for paths: letters, digits, `_`, `-`, `.`; parts joined by `/`. */
export const groupPath: Kind<string> = text(
  'the full path of a group, such as "platform" or "platform/backend"',
  (value) => value.length <= 255 && /^[A-Za-z0-9_][\w.-]*(?:\/[A-Za-z0-9_][\w.-]*)*$/.test(value),
);

export const region: Kind<string> = text('an AWS region such as "us-east-1"', (value) =>
  /^[a-z]{2,3}(?:-[a-z]+)+-\d$/.test(value),
);

export const modelId: Kind<string> = text(
  '"fast", "quality", a Bedrock model or inference-profile id, or its ARN',
  (value) =>
    /^arn:aws[\w-]*:bedrock:[a-z0-9-]+:\d*:[a-z-]+\/[\w.:-]+$/.test(value) ||
    /^(?:fast|quality|[a-z0-9-]+(?:\.[\w-]+)+(?::[\w-]+)*)$/.test(value),
);

export const topicArn: Kind<string> = text('the ARN of an SNS topic', (value) =>
  /^arn:aws[\w-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+$/.test(value),
);

/** `reference/axiom.md` §4. */
export const dataset: Kind<string> = text(
  'the name of an Axiom dataset: letters, digits, "-", "_" and "." (at most 128)',
  (value) => /^[A-Za-z0-9][\w.-]{0,127}$/.test(value),
);

/**
 * EventBridge's six fields: minutes, hours, day of month, month, day of week, year (EventBridge Scheduler guide, "Cron-based
 * schedules"): one of the two days is "?", the other is not.
 */
export const cron: Kind<string> = text(
  'an EventBridge cron expression in UTC such as "cron(10 * * * ? *)", with "?" for one of the two days',
  (value) => {
    const [, dayOfMonth, dayOfWeek] = CRON.exec(value) ?? [];
    return dayOfMonth !== undefined && (dayOfMonth === '?') !== (dayOfWeek === '?');
  },
);

const CRON = /^cron\([\d*/,-]+ [\d*/,-]+ (\?|[\d*/,LW-]+) [\dA-Z*/,-]+ (\?|[\dA-Z*/,L#-]+) [\d*/,-]+\)$/;

/** EventBridge's other form (same guide, "Rate-based schedules"): one unit in the singular, more in the plural. */
const RATE = /^rate\((?:1 (?:minute|hour|day)|(?!0|1 )\d{1,4} (?:minutes|hours|days))\)$/;

export const everySoOften: Kind<string> = text(
  'an EventBridge rate such as "rate(1 minute)" or "rate(5 minutes)", or a cron expression in UTC',
  (value) => RATE.test(value) || cron.is(value),
);

/** Column names by field; a name has at most 200 bytes (`reference/axiom.md` §3) and goes into a query. */
export function fieldNames<const Field extends string>(
  fields: readonly Field[],
): Kind<Readonly<Partial<Record<Field, string>>>> {
  const known: ReadonlySet<string> = new Set(fields);
  return {
    allowed: `an object with any of ${fields.join(', ')}, each the name of a column (no quotes or backslashes)`,
    is: (value): value is Readonly<Partial<Record<Field, string>>> =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.entries(value).every(
        ([field, name]) => known.has(field) && typeof name === 'string' && /^[^'"\\\p{Cc}]{0,200}$/u.test(name),
      ),
  };
}

/** An id AWS gave out: the prefix, a dash, hexadecimal digits. */
export function awsId(prefix: string): Kind<string> {
  const form = new RegExp(`^${prefix}-[0-9a-f]{8,17}$`);
  return text(`an id such as "${prefix}-0123456789abcdef0"`, (value) => form.test(value));
}

/** One or more certificates; each is really parsed, so that one cut short is noticed here and not at the first case. */
export const certificates: Kind<string> = text(
  'certificates in PEM form ("-----BEGIN CERTIFICATE-----" …), line breaks as \\n',
  (value) => {
    const blocks = value.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
    const rest = blocks.reduce((left, block) => left.replace(block, ''), value);
    return blocks.length > 0 && rest.trim() === '' && blocks.every(isCertificate);
  },
);

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    // Not a certificate: refused, as no function could use it either.
    return false;
  }
}

function between(value: unknown, from: number, to: number): value is number {
  return typeof value === 'number' && value >= from && value <= to;
}
