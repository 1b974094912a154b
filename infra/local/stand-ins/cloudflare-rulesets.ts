import type { Rule, Ruleset, Zone } from '../scenario/world.ts';
import { failed, succeeded } from './cloudflare-envelope.ts';
import type { Answer, Asked } from './stand-in.ts';

/** The most rulesets of a page, and how many there are unless asked otherwise. */
const PAGE = 50;
const LAST_UPDATED = '2026-01-15T09:00:00.000000Z';

/**
 * Answers `GET /zones/{zone}/rulesets`, without rules, and `…/rulesets/{id}`, with them (`reference/cloudflare.md`
 * §7.1). Lists come in pages with a cursor; the last page names none.
 * @param id what the route has behind `/rulesets/`; undefined for the list.
 */
export function answerRulesets(zone: Zone, id: string | undefined, asked: Asked): Answer {
  if (zone.rulesetAccess === 'refused') return failed(403, 10000, 'Authentication error');
  if (id === undefined) return rulesetList(zone, asked);
  if (!/^[0-9a-f]{32}$/.test(id)) {
    const route = `/zones/${zone.id}/rulesets/${id}`;
    return failed(400, 7003, `Could not route to ${route}, perhaps your object identifier is invalid?`);
  }
  const found = zone.rulesets.find((one) => one.id === id);
  return found === undefined
    ? failed(404, 10003, `could not find ruleset '${id}'`)
    : { status: 200, body: succeeded({ ...shown(found), rules: found.rules.map(ruleShown) }) };
}

function rulesetList({ rulesets }: Zone, { query }: Asked): Answer {
  const size = Number(query.get('per_page') ?? PAGE);
  const from = Number(query.get('cursor') ?? 0);
  if (!Number.isInteger(size) || size < 1 || size > PAGE || !Number.isInteger(from) || from < 0) {
    return failed(400, 20101, `Invalid request: per_page must be from 1 to ${PAGE}, cursor one that was given`);
  }
  const next = from + size;
  const info = next < rulesets.length ? { result_info: { cursors: { after: String(next) } } } : {};
  return { status: 200, body: { ...succeeded(rulesets.slice(from, next).map(shown)), ...info } };
}

function shown({ id, name, kind, phase }: Ruleset): Record<string, unknown> {
  return { id, name, description: '', kind, version: '3', last_updated: LAST_UPDATED, phase };
}

function ruleShown({ id, description, action }: Rule): Record<string, unknown> {
  // A rule without a description is shown without the field.
  const described = description === '' ? {} : { description };
  return { id, ref: id, version: '1', action, expression: 'true', enabled: true, ...described };
}
