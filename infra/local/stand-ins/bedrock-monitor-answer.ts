import { type JsonObject, numberAt, objectAt, stringAt } from '../json.ts';
import { type Claim, claim, rows } from './bedrock-claims.ts';

const VALUES_NAMED = 2;
/** Share of the events, in percent, from which an address is worth a block of its own. */
const WORTH_A_BLOCK = 20;
/** How often the reference from which a growth is called high. */
const STEEP = 10;

/** What a monitor's part of the evidence document means: claims that cite its ids, computed from its numbers. */
export function eventsAnswer(document: JsonObject) {
  const by = objectAt(document, 'events_by');
  const most = (name: string) => rows(objectAt(by, name), 'most').slice(0, VALUES_NAMED);
  const shares = (name: string) => most(name).map((row) => shareClaim(row));
  return {
    summary: [totalClaim(document), ...rows(document, 'events').slice(0, 1).map(groupClaim)],
    severity: severityOf(objectAt(document, 'monitor')),
    geography: shares('country'),
    asns: shares('operator'),
    targets: [...shares('host'), ...shares('path')],
    patterns: [...shares('rule'), ...shares('source')],
    actions: [...most('rule').slice(0, 1).map(ruleAction), ...most('address').slice(0, 1).flatMap(addressAction)],
  };
}

function totalClaim(document: JsonObject): Claim {
  const monitor = objectAt(document, 'monitor');
  const addresses = objectAt(objectAt(document, 'events_by'), 'address');
  const spread = numberAt(addresses, 'distinct');
  const from = spread === undefined ? '' : ` from ${spread} addresses`;
  const zone = stringAt(monitor, 'zone') ?? 'The zone';
  const grown = numberAt(monitor, 'times_the_reference');
  const growth = grown === undefined ? '' : `, ${grown} times the reference`;
  return claim(`${zone} had ${monitor.events} security events${from}${growth}`, monitor.id);
}

function groupClaim(group: JsonObject): Claim {
  const { events, address, source, action, rule } = group;
  const named = rule === undefined ? '' : ` under "${rule}"`;
  return claim(`The largest group has ${events} events of ${address}: ${source}, ${action}${named}`, group.id);
}

function shareClaim(row: JsonObject): Claim {
  const part = row.percent === undefined ? '' : `, ${row.percent} percent`;
  return claim(`${row.value} stands for ${row.events} events${part}`, row.id);
}

function ruleAction(row: JsonObject): JsonObject {
  return { action: 'review-cloudflare-rule', claim: claim(`"${row.value}" acted ${row.events} times`, row.id) };
}

function addressAction(row: JsonObject): JsonObject[] {
  if ((numberAt(row, 'percent') ?? 0) < WORTH_A_BLOCK) return [];
  return [{ action: 'block-address-at-cloudflare', claim: shareClaim(row) }];
}

function severityOf(monitor: JsonObject): string {
  return (numberAt(monitor, 'times_the_reference') ?? 0) >= STEEP ? 'high' : 'medium';
}
