import type { EventsGiven } from '../core/analysis.ts';
import type { CaseState } from '../core/case.ts';
import { namelessTitle } from '../core/credential-title.ts';
import type { IdentifiedEvidence, IdentifiedFinding, IdentifiedMatch, Share } from '../core/evidence-ids.ts';
import { withoutQuery } from '../core/hostile-text.ts';
import { intervalText } from '../core/page-details.ts';
import { type Clean, cleaner } from './clean.ts';
import { eventPart } from './event-document.ts';

/** The document a model is given, and what an answer is checked against. */
export interface EvidenceDocument {
  /** JSON. */
  readonly text: string;
  /** Every id in it. */
  readonly ids: ReadonlySet<string>;
  /** Every host and zone name in it: the only domain names an answer may repeat. */
  readonly hosts: ReadonlySet<string>;
  /** The JSON without what clients and owners of tokens wrote: the only addresses an answer may repeat. */
  readonly unwritten: string;
  /** Which of a monitor's groups of events are in it. */
  readonly events?: EventsGiven;
}

export interface DocumentOptions {
  /** Whether names of people may be in it. */
  readonly includeOwners: boolean;
  /** Most tokens of a monitor's groups of events, as `token-budget.ts` estimates them. */
  readonly eventTokens: number;
}

const PATH_LENGTH = 120;
const LABEL_LENGTH = 80;
const SENTENCE_LENGTH = 240;
/** Free text that hostile clients or token owners wrote, all kinds together. */
const SAMPLES = 10;
const NAME_SAMPLES = 4;
const TARGET_SAMPLES = 2;
const MATCHES_SHOWN = 4;
const CALLS_SHOWN = 3;

/**
 * The evidence as one JSON document (`reference/bedrock.md` §7): aggregates first, hostile text only as few short
 * samples without secrets and query strings, owners' names only where the settings allow them. A monitor's events come
 * after what is said of findings, and cost at most `options.eventTokens`.
 */
export function evidenceDocument(
  evidence: IdentifiedEvidence,
  state: Pick<CaseState, 'trigger' | 'window' | 'look' | 'verdict' | 'topScore' | 'monitor'>,
  options: DocumentOptions,
): EvidenceDocument {
  const clean = cleaner(evidence, options);
  const events =
    evidence.events === undefined ? undefined : eventPart(evidence.events, state.monitor, clean, options.eventTokens);
  const share = (name: string) => (entry: Share) => ({
    id: entry.id,
    [name]: clean(entry.label, LABEL_LENGTH),
    addresses: entry.addresses,
    requests: Math.round(entry.requests),
    percent_of_addresses: percent(entry.addresses, evidence.totals.addresses),
  });
  const document = {
    case: {
      trigger: state.trigger,
      window: state.window,
      look: state.look,
      verdict: state.verdict,
      top_score: state.topScore,
    },
    totals: { ...evidence.totals, requests: Math.round(evidence.totals.requests) },
    countries: evidence.countries.map(share('country')),
    asns: evidence.asns.map(share('operator')),
    hosts: evidence.hosts.map(share('host')),
    methods: evidence.methods.map(share('method')),
    findings: evidence.findings.map((entry) => findingEntry(entry, clean, options)),
    sightings: evidence.sightings.map(({ id, sighting }) => ({
      id,
      address: sighting.address,
      asn: sighting.asn,
      country: clean(sighting.country ?? '', 10) || undefined,
      lowest_bot_score: sighting.lowestBotScore,
      requests: Math.round(sighting.requests),
      method: sighting.method,
      seen: intervalText(sighting.seen),
    })),
    coverage: evidence.coverage.map(({ id, source, seen }) => ({
      id,
      source,
      status: seen.status,
      why: seen.why.slice(0, 3).map((why) => clean(why, SENTENCE_LENGTH)),
    })),
    ...events?.fields,
    samples_of_hostile_text: samples(evidence, clean),
  };
  const zones = evidence.sightings.flatMap(({ sighting }) => [...sighting.hosts, sighting.zone.name ?? '']);
  return {
    text: JSON.stringify(document),
    ids: idsIn(document),
    hosts: new Set(
      [...evidence.hosts.map(({ label }) => label), ...zones, ...(events?.hosts ?? [])]
        .filter((host) => host !== '')
        .map((host) => host.toLowerCase()),
    ),
    unwritten: JSON.stringify(document, (key, value) => (WRITTEN.has(key) ? undefined : value)),
    ...(events === undefined ? {} : { events: events.given }),
  };
}

/** Keys of the document under which stands what somebody else wrote. */
const WRITTEN = new Set(['samples_of_hostile_text', 'path', 'host', 'rule']);

function findingEntry({ id, finding, matches }: IdentifiedFinding, clean: Clean, { includeOwners }: DocumentOptions) {
  const { credential } = finding;
  return {
    id,
    credential: namelessTitle(credential.id),
    kind: credential.kind,
    scopes: credential.scopes?.slice(0, 12).map((scope) => clean(scope, 40)) ?? 'unknown',
    owner: includeOwners && credential.owner?.username !== undefined ? clean(credential.owner.username, 80) : undefined,
    owner_is_admin: credential.owner?.admin,
    owner_is_bot: credential.owner?.bot,
    score: finding.score,
    verdict: finding.verdict,
    decision: finding.decision,
    score_parts: finding.parts.map(({ name, points, sentence }) => ({
      name,
      points,
      why: clean(sentence, SENTENCE_LENGTH),
    })),
    reasons: finding.reasons.slice(0, 6).map((reason) => clean(reason, SENTENCE_LENGTH)),
    matched_events: finding.matchCount,
    networks: finding.networks.slice(0, 6),
    on_shared_egress: finding.sharedNetworks.length > 0,
    usual_networks: finding.usualNetworks?.slice(0, 6),
    matches: matches.slice(0, MATCHES_SHOWN).map((match) => matchEntry(match, clean)),
  };
}

function matchEntry({ id, match, sighting }: IdentifiedMatch, clean: Clean) {
  const { use, rule, gap } = match;
  return {
    id,
    sighting,
    address: use.address,
    rule,
    strength: use.strength,
    action: use.action === undefined ? undefined : clean(use.action, LABEL_LENGTH),
    uses: use.times,
    calls: use.calls?.slice(0, CALLS_SHOWN).map((call) => clean(call, LABEL_LENGTH)),
    refusal: use.refusal === undefined ? undefined : clean(use.refusal, 40),
    at: intervalText(use.at),
    minutes_from_the_bot_traffic: Math.round(gap / 60_000),
    sources: use.sources,
  };
}

function samples({ findings, paths }: IdentifiedEvidence, clean: Clean) {
  const names = findings.flatMap(({ id, finding: { credential } }) =>
    credential.name === undefined || credential.name === ''
      ? []
      : [{ token_name_of: id, text: clean(credential.name, PATH_LENGTH) }],
  );
  const targets = findings
    .flatMap(({ matches }) => matches)
    .flatMap(({ id, match: { use } }) =>
      use.target === undefined ? [] : [{ target_of: id, text: clean(withoutQuery(use.target), PATH_LENGTH) }],
    );
  const first = [...names.slice(0, NAME_SAMPLES), ...targets.slice(0, TARGET_SAMPLES)];
  const asked = paths.map(({ id, label, addresses }) => ({
    id,
    path: clean(withoutQuery(label), PATH_LENGTH),
    addresses,
  }));
  return [...first, ...asked].slice(0, SAMPLES);
}

function idsIn(value: unknown, ids = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const entry of value) idsIn(entry, ids);
  else if (typeof value === 'object' && value !== null) {
    if ('id' in value && typeof value.id === 'string') ids.add(value.id);
    for (const entry of Object.values(value)) idsIn(entry, ids);
  }
  return ids;
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 100);
}
