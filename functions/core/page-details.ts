import type { Analysis, Claim } from './analysis.ts';
import { type Coverage, SOURCE_NAMES } from './coverage.ts';
import { credentialIdText } from './credential-title.ts';
import type { Finding, Match, ScorePart } from './finding.ts';
import { idText, inertText, labelText, withoutQuery } from './hostile-text.ts';
import type { Sighting } from './sighting.ts';
import { type EpochMs, type Interval, lengthOf, toIso } from './time.ts';

/** The most rows of each list a page shows; the rest is counted. */
export interface Caps {
  readonly credentials: number;
  readonly addresses: number;
  readonly events: number;
  /** Entries of the short lists inside a row: score parts, scopes, hosts. */
  readonly inner: number;
  /** Characters of any one text. */
  readonly text: number;
}

/** A list cut to what fits, and the sentence that says so, where it was cut. */
export interface Shown {
  readonly rows: readonly unknown[];
  readonly trimmed: string | undefined;
}

/** The credentials of the page, worst first, each with its score and why. */
export function credentialRows(findings: readonly Finding[], caps: Caps): Shown {
  return cut(findings, caps.credentials, 'credentials', ({ credential, ...finding }) => ({
    id: credentialIdText(credential.id),
    kind: credential.kind,
    name: text(credential.name, caps),
    scopes: credential.scopes?.slice(0, caps.inner).map((scope) => text(scope, caps)) ?? 'unknown',
    owner: credential.owner && {
      id: credential.owner.id,
      username: text(credential.owner.username, caps),
      admin: credential.owner.admin,
      bot: credential.owner.bot,
    },
    resource: text(credential.resource, caps),
    role: credential.accessLevel,
    expires: credential.expiresAt === undefined ? undefined : isoOf(credential.expiresAt),
    active: credential.active,
    revoked: credential.revoked,
    score: finding.score,
    verdict: finding.verdict,
    decision: finding.decision,
    reasons: finding.reasons.slice(0, caps.inner).map((reason) => text(reason, caps)),
    score_parts: partLines(finding.parts, caps),
    matches: finding.matchCount,
    shared_networks: finding.sharedNetworks.slice(0, caps.inner),
    usual_networks: finding.usualNetworks?.slice(0, caps.inner),
  }));
}

/** The parts in their order. Where not all fit, those worth the least are told as one sum: what lowers a score comes last. */
function partLines(parts: readonly ScorePart[], caps: Caps): string[] {
  const heaviest = new Set([...parts].sort((a, b) => Math.abs(b.points) - Math.abs(a.points)).slice(0, caps.inner));
  const lines = parts
    .filter((part) => heaviest.has(part))
    .map(({ name, input, points, sentence }) =>
      inertText(`${name} ${signed(points)} (${input}): ${sentence}`, caps.text),
    );
  const others = parts.filter((part) => !heaviest.has(part));
  if (others.length === 0) return lines;
  const sum = others.reduce((total, { points }) => total + points, 0);
  return [...lines, `and ${others.length} more: ${signed(Math.round(sum * 10) / 10)}`];
}

/** The matched addresses, each once, in the order of the findings. */
export function addressRows(findings: readonly Finding[], caps: Caps): Shown {
  const sightings = new Map<string, Sighting>();
  for (const { sighting } of matchesOf(findings)) {
    if (!sightings.has(sighting.address)) sightings.set(sighting.address, sighting);
  }
  return cut([...sightings.values()], caps.addresses, 'addresses', (sighting) => ({
    address: sighting.address,
    network: sighting.network === sighting.address ? undefined : sighting.network,
    asn: sighting.asn,
    asn_name: sighting.asnName === undefined ? undefined : labelText(sighting.asnName, caps.text),
    country: text(sighting.country, caps),
    lowest_bot_score: sighting.lowestBotScore,
    method: sighting.method,
    confidence: sighting.confidence,
    requests: sighting.requests,
    first_seen: isoOf(sighting.seen.notBefore),
    last_seen: isoOf(sighting.seen.notAfter),
    zone: zoneText(sighting.zone, caps),
    hosts: sighting.hosts.slice(0, caps.inner).map((host) => hostText(host, sighting.zone.name, caps)),
    found_by_asking_back: sighting.askedBack || undefined,
  }));
}

/** The matched events, in the order of the findings. */
export function eventRows(findings: readonly Finding[], caps: Caps): Shown {
  const total = findings.reduce((sum, { matchCount }) => sum + matchCount, 0);
  return cut(
    matchesOf(findings),
    caps.events,
    'matched events',
    ({ use, sighting, rule, gap }) => ({
      at: intervalText(use.at),
      credential: credentialIdText(use.credential),
      address: use.address,
      strength: use.strength,
      action: use.action === undefined ? undefined : labelText(use.action, caps.text),
      uses: use.times,
      calls: use.calls?.slice(0, caps.inner).map((call) => labelText(call, caps.text)),
      target: use.target === undefined ? undefined : text(withoutQuery(use.target), caps),
      refusal: text(use.refusal, caps),
      sources: use.sources.join(', '),
      event_id: use.eventId === undefined ? undefined : labelText(use.eventId, caps.text),
      matched: rule === 'same-address' ? 'same address' : `same network as ${sighting.address}`,
      minutes_apart: gap === 0 ? undefined : Math.round(gap / 60_000),
    }),
    total,
  );
}

/** One line per source: what it could see, and what not. */
export function coverageLines(coverage: Coverage, textLength: number): string[] {
  return SOURCE_NAMES.flatMap((source) => {
    const seen = coverage[source];
    if (seen === undefined) return [];
    const why = seen.why.length === 0 ? '' : `: ${seen.why.join('; ')}`;
    return [inertText(`${source}: ${seen.status}${why}`, textLength)];
  });
}

/** What the case means, in words, saying first who wrote them. */
export function analysisDetails(analysis: Analysis | undefined, caps: Caps): unknown {
  if (analysis === undefined) return undefined;
  const byModel = analysis.status === 'model';
  const claims = (list: readonly Claim[]) => list.slice(0, caps.inner).map((claim) => text(claim.text, caps));
  return {
    written_by: byModel
      ? idText(`model ${analysis.model ?? ''}: an opinion, it decided nothing here`, caps.text)
      : 'Latchkey: deterministic summary, no model wrote this',
    status: analysis.status,
    why_no_model: byModel ? undefined : text(analysis.why, caps),
    severity_opinion: analysis.severity,
    summary: claims(analysis.summary),
    geography: claims(analysis.indicators.geography),
    asns: claims(analysis.indicators.asns),
    targets: claims(analysis.indicators.targets),
    patterns: claims(analysis.indicators.patterns),
    actions: analysis.actions.slice(0, 3).map(({ action, claim }) => text(`${action}: ${claim.text}`, caps)),
  };
}

/** An instant, or `between … and …`; an unbounded start reads as such. */
export function intervalText(interval: Interval): string {
  if (lengthOf(interval) === 0) return isoOf(interval.notAfter);
  if (interval.notBefore <= 0) return `at an unknown time up to ${isoOf(interval.notAfter)}`;
  return `between ${isoOf(interval.notBefore)} and ${isoOf(interval.notAfter)}`;
}

function matchesOf(findings: readonly Finding[]): Match[] {
  return findings.flatMap(({ matches }) => matches);
}

function cut<T>(all: readonly T[], cap: number, noun: string, row: (item: T) => object, total = all.length): Shown {
  const rows = all.slice(0, cap).map(row);
  const of = Math.max(total, all.length);
  return { rows, trimmed: rows.length < of ? `${rows.length} of ${of} ${noun} shown` : undefined };
}

function text(value: string | undefined, caps: Caps): string | undefined {
  return value === undefined ? undefined : inertText(value, caps.text);
}

function zoneText({ id, name }: Sighting['zone'], caps: Caps): string {
  return name === undefined ? labelText(id, caps.text) : hostText(name, name, caps);
}

/** A host of the zone is the user's own and stays readable; whatever else a client sent as one is made inert. */
function hostText(host: string, zone: string | undefined, caps: Caps): string {
  const own = zone !== undefined && (host === zone || host.endsWith(`.${zone}`));
  return own && /^[a-z0-9.-]+$/i.test(host) ? idText(host, caps.text) : inertText(host, caps.text);
}

function signed(points: number): string {
  return points > 0 ? `+${points}` : String(points);
}

/** An instant as ISO 8601. Times beyond what a date can hold (a source's nonsense) must never stop a page: `unknown`. */
export function isoOf(at: EpochMs): string {
  return Math.abs(at) <= 8.64e15 ? toIso(at) : 'unknown';
}
