import type { Alert } from '../core/alert.ts';
import type { Envelope } from './envelope.ts';
import { textsOf } from './fields.ts';

const TEXTS = 500;

/**
 * Whether this is what the "Test" button of a notification policy sends: a whole envelope with invented values such as
 * `fake-zone-name` (`reference/cloudflare.md` §1.3), about a zone that is none of ours. In doubt it is not: a case about
 * a test costs little, an attack taken for a test costs everything. Other values than zones and hosts may be somebody's
 * own words: a rule called `fake-googlebot limiter` makes no test of an attack.
 * @param zones Setting `cloudflare.zones`: names or ids, empty for every zone of the account.
 */
export function isPolicyTest(envelope: Envelope, alert: Alert, zones: readonly string[]): boolean {
  const invented = textsOf(envelope.data, TEXTS).filter(({ text }) => isFake(text));
  if (invented.length === 0) return false;
  const { zoneId, zoneName, hostname } = alert;
  const isPlaced = zoneId !== undefined || zoneName !== undefined || hostname !== undefined;
  return isPlaced ? noZoneOfOurs(alert, zones) : invented.some(({ name }) => /zone|host/i.test(name));
}

function noZoneOfOurs(alert: Alert, zones: readonly string[]): boolean {
  const ids = zones.filter((zone) => /^[0-9a-f]{32}$/i.test(zone)).map((zone) => zone.toLowerCase());
  const names = zones.filter((zone) => !/^[0-9a-f]{32}$/i.test(zone)).map((zone) => zone.toLowerCase());
  const { zoneId, zoneName, hostname } = alert;
  if (zoneId !== undefined && ids.includes(zoneId)) return false;
  if (names.some((name) => isWithin(name, zoneName) || isWithin(name, hostname))) return false;
  const byName = names.length === 0 || zoneName !== undefined || hostname !== undefined;
  const byId = ids.length === 0 || zoneId !== undefined;
  return (zones.length > 0 && byName && byId) || !couldExist(alert);
}

function isWithin(zone: string, host: string | undefined): boolean {
  return host === zone || host?.endsWith(`.${zone}`) === true;
}

/** Where no list of zones says, the name must: an invented one starts with `fake-` or is no domain. */
function couldExist({ zoneId, zoneName, hostname }: Alert): boolean {
  const name = zoneName ?? hostname;
  return name === undefined ? zoneId !== undefined : name.includes('.') && !isFake(name);
}

function isFake(text: string): boolean {
  return /^\s*fake-/i.test(text);
}
