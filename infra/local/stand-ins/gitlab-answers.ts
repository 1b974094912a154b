import type { EpochMs } from '../../../functions/core/time.ts';
import type { Answer } from './stand-in.ts';

/** A request that GitLab refuses, with the answer it gives. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`answered with ${answer.status}`);
    this.answer = answer;
  }
}

export function badRequest(why: string): Refusal {
  return new Refusal({ status: 400, body: { error: why } });
}

export function unauthorized(): Refusal {
  return new Refusal({ status: 401, body: { message: '401 Unauthorized' } });
}

export function forbidden(): Refusal {
  return new Refusal({ status: 403, body: { message: '403 Forbidden' } });
}

export function notFound(what = ''): Refusal {
  return new Refusal({ status: 404, body: { message: `404 ${what}${what === '' ? '' : ' '}Not Found` } });
}

export function notAllowed(why: string): Refusal {
  return new Refusal({ status: 405, body: { error: why } });
}

/** Rate limits answer in plain text (`reference/gitlab.md` §1). */
export function tooMany(headers: Readonly<Record<string, string>> = {}): Refusal {
  return new Refusal({ status: 429, headers: { 'content-type': 'text/plain', ...headers }, body: 'Retry later\n' });
}

/** An instant as the API writes it. */
export function isoOf(at: EpochMs): string {
  return new Date(at).toISOString();
}

/** A day as the API writes it. */
export function dayOf(at: EpochMs): string {
  return isoOf(at).slice(0, 10);
}

/**
 * An instant from the query.
 * @throws Refusal 400 for text that is no ISO 8601 date or time.
 */
export function timeParameter(query: URLSearchParams, name: string): EpochMs | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const at = /^\d{4}-\d{2}-\d{2}([T ]|$)/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw badRequest(`${name} is invalid`);
  return at;
}

/** @throws Refusal 400 for anything but true and false. */
export function flagParameter(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (text !== 'true' && text !== 'false' && text !== '1' && text !== '0') throw badRequest(`${name} is invalid`);
  return text === 'true' || text === '1';
}

/** @throws Refusal 400 for anything but a whole number. */
export function numberParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`${name} is invalid`);
  return Number(text);
}

/** @throws Refusal 400 for a word that is not one of `allowed`. */
export function wordParameter<Word extends string>(
  query: URLSearchParams,
  name: string,
  allowed: readonly Word[],
): Word | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const word = allowed.find((one) => one === text);
  if (word === undefined) throw badRequest(`${name} does not have a valid value`);
  return word;
}
