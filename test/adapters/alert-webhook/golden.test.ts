import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type AlertFormat, bodyOf } from '../../../functions/adapters/alert-webhook/format.ts';
import { composeAlert } from '../../../functions/core/alert-message.ts';
import { ALERTS } from '../../support/alert-facts.ts';

/** Of ten thousand groups of raw events a golden file keeps as many, and how many there were. */
const GROUPS_KEPT = 3;
const FORMATS: readonly AlertFormat[] = ['generic', 'slack', 'google-chat'];
const CASES = Object.keys(ALERTS).flatMap((name) => FORMATS.map((format) => [name, format] as const));

/** What is posted, as JSON carries it. */
function posted(name: string, format: AlertFormat): unknown {
  const facts = ALERTS[name];
  if (facts === undefined) throw new RangeError(`there is no alert ${name}`);
  const body = JSON.parse(JSON.stringify(bodyOf(composeAlert(facts()), format)));
  if (format !== 'generic' || body.rawEvents.groups.length <= GROUPS_KEPT) return body;
  const { groups } = body.rawEvents;
  return { ...body, rawEvents: { ...body.rawEvents, groups: groups.slice(0, GROUPS_KEPT) }, groups: groups.length };
}

// After a change on purpose: `UPDATE_GOLDEN=1 npx vitest run test/adapters/alert-webhook`, then `npx biome check --write`.
describe('an alert as it is posted', () => {
  it.each(CASES)('%s in the format %s is the golden one', (name, format) => {
    const file = new URL(`golden/${name}.${format}.json`, import.meta.url);
    const body = posted(name, format);
    if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(file, `${JSON.stringify(body, null, 2)}\n`);
    expect(body).toEqual(JSON.parse(readFileSync(file, 'utf8')));
  });
});
