import { badRequest, notAllowed, numberParameter } from './gitlab-answers.ts';
import type { Answer, Asked } from './stand-in.ts';

/** Lists longer than this come without totals. */
const COUNTED_UP_TO = 10_000;

interface Identified {
  readonly id: number;
}

/** One page by number, with GitLab's paging headers; `per_page` is 20 and at most 100. */
export function offsetPage<Item>(asked: Asked, items: readonly Item[], show: (item: Item) => unknown): Answer {
  const size = pageSize(asked.query);
  const page = numberParameter(asked.query, 'page') ?? 1;
  if (page < 1) throw badRequest('page does not have a valid value');
  const last = Math.max(1, Math.ceil(items.length / size));
  const next = page < last ? page + 1 : undefined;
  const counted = items.length <= COUNTED_UP_TO;
  const links = [
    page > 1 ? link(asked, { page: page - 1, per_page: size }, 'prev') : [],
    next === undefined ? [] : link(asked, { page: next, per_page: size }, 'next'),
    link(asked, { page: 1, per_page: size }, 'first'),
    counted ? link(asked, { page: last, per_page: size }, 'last') : [],
  ].flat();
  return {
    status: 200,
    headers: {
      link: links.join(', '),
      'x-page': String(page),
      'x-per-page': String(size),
      'x-next-page': String(next ?? ''),
      'x-prev-page': page > 1 ? String(page - 1) : '',
      ...(counted ? { 'x-total': String(items.length), 'x-total-pages': String(last) } : {}),
    },
    body: items.slice((page - 1) * size, page * size).map(show),
  };
}

/** Whether the request asks for keyset paging. */
export function asksForKeyset({ query }: Asked): boolean {
  return query.get('pagination') === 'keyset';
}

/**
 * One page after a cursor. The cursor stands for the last id of the page before, so rows that arrive in between move
 * nothing; the next page's address is in `Link` alone.
 * @throws Refusal 405 for any order but by id, in one of the `directions`.
 */
export function keysetPage<Item extends Identified>(
  asked: Asked,
  items: readonly Item[],
  show: (item: Item) => unknown,
  directions: readonly ('asc' | 'desc')[],
): Answer {
  const { query } = asked;
  const direction = directions.find((one) => one === (query.get('sort') ?? 'desc'));
  if (query.get('order_by') !== 'id' || direction === undefined) {
    throw notAllowed('Keyset pagination is not yet available for this type of request');
  }
  const size = pageSize(query);
  const after = readCursor(query.get('cursor'));
  const ordered = [...items].sort((a, b) => (direction === 'asc' ? a.id - b.id : b.id - a.id));
  const rest = ordered.filter(({ id }) => after === undefined || (direction === 'asc' ? id > after : id < after));
  const page = rest.slice(0, size);
  const last = page.at(-1);
  const more = rest.length > size && last !== undefined;
  return {
    status: 200,
    headers: {
      'x-per-page': String(size),
      ...(more ? { link: link(asked, { cursor: cursorAt(last.id), per_page: size }, 'next').join('') } : {}),
    },
    body: page.map(show),
  };
}

function pageSize(query: URLSearchParams): number {
  const size = numberParameter(query, 'per_page') ?? 20;
  if (size < 1) throw badRequest('per_page does not have a valid value');
  return Math.min(size, 100);
}

function link({ origin, path, query }: Asked, change: Record<string, string | number>, rel: string): string[] {
  const parameters = new URLSearchParams(query);
  for (const [name, value] of Object.entries(change)) parameters.set(name, String(value));
  return [`<${origin}${path}?${parameters}>; rel="${rel}"`];
}

function cursorAt(id: number): string {
  return Buffer.from(JSON.stringify({ id: String(id), _kd: 'n' })).toString('base64url');
}

function readCursor(cursor: string | null): number | undefined {
  if (cursor === null || cursor === '') return undefined;
  const id = /"id":"(\d+)"/.exec(Buffer.from(cursor, 'base64url').toString('utf8'))?.[1];
  if (id === undefined) throw badRequest('cursor is invalid');
  return Number(id);
}
