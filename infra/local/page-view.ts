import { fields, framed, link, section, text } from './frame.ts';
import { arrayAt, isObject, numberAt, objectAt, stringAt } from './json.ts';
import { inert, type Paint } from './paint.ts';

const CREDENTIALS_SHOWN = 6;
const ADDRESSES_SHOWN = 8;
const EVENTS_SHOWN = 6;

/** A PagerDuty event as on-call would read it: lines of text, in a frame. */
export function pageLines(body: unknown, paint: Paint): string[] {
  const payload = objectAt(body, 'payload');
  const details = objectAt(payload, 'custom_details');
  const heading = [stringAt(body, 'event_action'), stringAt(payload, 'severity'), stringAt(payload, 'class')];
  const isPage = stringAt(payload, 'severity') === 'critical';
  const title = `PagerDuty · ${heading.filter((part) => part !== undefined).join(' · ')}`;
  const lines = [
    paint.bold(inert(stringAt(payload, 'summary') ?? stringAt(body, 'dedup_key') ?? '')),
    ...credentialLines(details, paint),
    ...section('Addresses', arrayAt(details, 'addresses'), ADDRESSES_SHOWN, addressLine, paint),
    ...section('Matched events', arrayAt(details, 'matched_events'), EVENTS_SHOWN, eventLine, paint),
    ...section('Why', arrayAt(objectAt(details, 'analysis'), 'summary'), EVENTS_SHOWN, text, paint),
    ...section('Do now', arrayAt(objectAt(details, 'analysis'), 'actions'), EVENTS_SHOWN, text, paint),
    ...section('Coverage', arrayAt(details, 'coverage'), EVENTS_SHOWN, text, paint),
    ...section('Links', arrayAt(body, 'links'), EVENTS_SHOWN, linkLine, paint),
    paint.dim(`dedup key ${inert(stringAt(body, 'dedup_key') ?? '')}`),
  ];
  return framed(title, lines, isPage ? paint.red : paint.yellow);
}

function credentialLines(details: unknown, paint: Paint): string[] {
  const [worst, ...others] = arrayAt(details, 'credentials').filter(isObject);
  if (worst === undefined) return [];
  const parts = arrayAt(worst, 'score_parts').map((part) => `  ${text(part)}`);
  return [
    paint.cyan(`Score ${numberAt(worst, 'score') ?? '?'}, ${stringAt(worst, 'verdict') ?? '?'}`),
    `  ${credentialLine(worst)}`,
    ...parts,
    ...section('With it', others, CREDENTIALS_SHOWN, credentialLine, paint),
  ];
}

function credentialLine(row: unknown): string {
  const owner = stringAt(objectAt(row, 'owner'), 'username');
  const scopes = arrayAt(row, 'scopes').map(String).join(', ');
  return fields([
    stringAt(row, 'id'),
    quoted(stringAt(row, 'name')),
    owner && `of ${owner}`,
    scopes && `scopes ${scopes}`,
    `score ${numberAt(row, 'score') ?? '?'}`,
    stringAt(row, 'verdict'),
  ]);
}

function addressLine(row: unknown): string {
  const asn = numberAt(row, 'asn');
  const score = numberAt(row, 'lowest_bot_score');
  const requests = numberAt(row, 'requests');
  return fields([
    stringAt(row, 'address'),
    asn === undefined ? undefined : `AS${asn} ${stringAt(row, 'asn_name') ?? ''}`,
    stringAt(row, 'country'),
    score === undefined ? undefined : `bot score ${score}`,
    requests === undefined ? undefined : `${requests.toLocaleString('en')} requests`,
    isObject(row) && row.found_by_asking_back === true ? 'found by asking back' : undefined,
  ]);
}

function eventLine(row: unknown): string {
  return fields([
    stringAt(row, 'at'),
    stringAt(row, 'strength'),
    stringAt(row, 'action'),
    stringAt(row, 'credential'),
    stringAt(row, 'address'),
    stringAt(row, 'sources'),
  ]);
}

function linkLine(row: unknown): string {
  return link(stringAt(row, 'href'), stringAt(row, 'text'));
}

function quoted(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `"${name}"`;
}
