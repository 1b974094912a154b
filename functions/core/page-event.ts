import { createHash } from 'node:crypto';
import type { Analysis } from './analysis.ts';
import type { CaseState } from './case.ts';
import type { Coverage } from './coverage.ts';
import { credentialIdText, credentialIdTitle, credentialTitle, deedText } from './credential-title.ts';
import type { Finding, Match } from './finding.ts';
import { inertText, labelText, shorten } from './hostile-text.ts';
import type { PageOrder } from './incident.ts';
import { addressRows, analysisDetails, type Caps, coverageLines, credentialRows, eventRows } from './page-details.ts';
import { caseLinks, type PageLinkFacts, pageLinks } from './page-links.ts';
import { DEDUP_KEY_LENGTH, EVENT_BYTES, type PagerEvent, SUMMARY_LENGTH } from './pager-event.ts';
import type { SightingMethod } from './sighting.ts';

/** Everything one event is made of. */
export interface PageFacts extends PageLinkFacts {
  readonly order: PageOrder;
  readonly state: Pick<CaseState, 'caseId' | 'trigger' | 'verdict' | 'topScore' | 'window' | 'look' | 'shadow'>;
  /** The newest finding of each credential of the order, in its order; one whose finding is lost is missing here. */
  readonly findings: readonly Finding[];
  readonly coverage: Coverage;
  readonly analysis: Analysis | undefined;
  /** Signed link to the page of the case; undefined where there is none. */
  readonly caseUrl: string | undefined;
  /** Name of this deployment. */
  readonly environment: string;
}

const FULL: Caps = { credentials: 20, addresses: 40, events: 60, inner: 12, text: 300 };
/** Each cut leaves at most this much of every list. */
const LEAST_CUT = 0.7;
/** Room for the routing key, which the sender adds. */
const BYTES = EVENT_BYTES - 256;

/**
 * The event of one order (design §8): written for somebody who was asleep a minute ago. Always within PagerDuty's
 * limits and {@link EVENT_BYTES}, whatever the findings' size: lists are cut, and `trimmed` says what was.
 */
export function pageEvent(facts: PageFacts): PagerEvent {
  let caps = FULL;
  let event = eventWithin(facts, caps);
  for (let bytes = bytesOf(event); bytes > BYTES && caps.text > 20; bytes = bytesOf(event)) {
    caps = shrink(caps, Math.min(LEAST_CUT, Math.sqrt(BYTES / bytes)));
    event = eventWithin(facts, caps);
  }
  return event;
}

/** One line for 3 a.m.: what held what, from where, and what that address is. */
export function pageSummary(facts: Pick<PageFacts, 'findings' | 'order' | 'state'>): string {
  const { findings, order, state } = facts;
  const shadow = state.shadow ? '[shadow] ' : '';
  const [worst] = findings;
  const others = Math.max(findings.length, order.credentials.length) - 1;
  const more = others > 0 ? `; ${others} more credential${others === 1 ? '' : 's'}` : '';
  if (worst === undefined) {
    // The findings could not be read: still a page, with what the order itself says.
    const named = credentialIdTitle(order.credentials[0] ?? 'unknown credential');
    return shorten(`${shadow}[${state.topScore}] ${named} used from a bot's address${more}`, SUMMARY_LENGTH);
  }
  const [match] = worst.matches;
  const what = match === undefined ? "matched a bot's address" : matchText(worst.verdict, match);
  return shorten(`${shadow}[${worst.score}] ${credentialTitle(worst.credential)} ${what}${more}`, SUMMARY_LENGTH);
}

function eventWithin(facts: PageFacts, caps: Caps): PagerEvent {
  const { state, order, findings } = facts;
  const [worst] = findings;
  const credentials = credentialRows(findings, caps);
  const addresses = addressRows(findings, caps);
  const events = eventRows(findings, caps);
  const trimmed = [credentials, addresses, events].flatMap((shown) => shown.trimmed ?? []);
  const { links, client_url: execution } = pageLinks(facts);
  const client_url = facts.caseUrl ?? execution;
  return {
    event_action: 'trigger',
    dedup_key: dedupKey(order.dedupKey),
    payload: {
      summary: pageSummary(facts),
      source: `latchkey/${labelText(facts.environment, 100)}`,
      severity: 'critical',
      timestamp: newestUse(findings) ?? state.window.end,
      component: 'gitlab-token',
      group: 'bot-correlation',
      class: 'token-abuse',
      custom_details: {
        score: worst?.score ?? state.topScore,
        verdict: worst?.verdict ?? state.verdict,
        case_id: state.caseId,
        incident_id: order.incidentId,
        trigger: state.trigger,
        credential_kind: worst?.credential.kind ?? 'unknown',
        environment: labelText(facts.environment, 100),
        mode: state.shadow ? 'shadow' : 'live',
        look: state.look,
        kind: order.kind,
        why: inertText(order.why, 400),
        window: `${state.window.start} to ${state.window.end}`,
        credential_ids: order.credentials.slice(0, caps.credentials).map(credentialIdText),
        trimmed: trimmed.length === 0 ? undefined : trimmed.join('; '),
        credentials: credentials.rows,
        addresses: addresses.rows,
        matched_events: events.rows,
        coverage: coverageLines(facts.coverage, caps.text),
        analysis: analysisDetails(facts.analysis, caps),
      },
    },
    links: [...caseLinks(facts.caseUrl), ...links],
    client: 'Latchkey',
    ...(client_url === undefined ? {} : { client_url }),
  };
}

const SIGHTED: Readonly<Record<SightingMethod, string>> = {
  'bot-score': 'an address Cloudflare scored as a bot',
  'bot-product': "an address Cloudflare's bot protection acted on",
  'rate-limit': "an address Cloudflare's rate limiting stopped",
  l7ddos: 'an address Cloudflare saw in an HTTP DDoS attack',
  'security-event': 'an address a security rule stopped or logged, which is no word about bots',
  share: 'an address with an unusual share of the traffic at Cloudflare',
  payload: "an address named in Cloudflare's alert",
};

function matchText(verdict: Finding['verdict'], { use, sighting, rule }: Match): string {
  const where =
    rule === 'same-address' ? SIGHTED[sighting.method] : `next to ${sighting.address}, ${SIGHTED[sighting.method]}`;
  return `${deedText(verdict, use)} ${inertText(use.address, 60)}, ${where}`;
}

function newestUse(findings: readonly Finding[]): string | undefined {
  const latest = findings.flatMap(({ matches }) => matches.slice(0, 50).map(({ use }) => use.at.notAfter));
  const newest = latest.reduce((a, b) => Math.max(a, b), 0);
  return newest > 0 && newest <= 8.64e15 ? new Date(newest).toISOString() : undefined;
}

/** Cut keys would make two alerts one, so a key that is too long is hashed. */
function dedupKey(key: string): string {
  if (key.length <= DEDUP_KEY_LENGTH) return key;
  return `latchkey/${createHash('sha256').update(key).digest('hex')}`;
}

function bytesOf(event: PagerEvent): number {
  return Buffer.byteLength(JSON.stringify(event), 'utf8');
}

/** By the square root of what is too much, as rows and the lists inside them both shrink; texts least. */
function shrink(caps: Caps, share: number): Caps {
  const part = (cap: number) => Math.max(1, Math.floor(cap * share));
  return {
    credentials: part(caps.credentials),
    addresses: part(caps.addresses),
    events: part(caps.events),
    inner: Math.max(2, part(caps.inner)),
    text: Math.floor(caps.text * 0.8),
  };
}
