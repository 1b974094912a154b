import { valueText } from '../alert-text.ts';
import { count, plural } from '../amount-text.ts';
import type { Analysis, Claim } from '../analysis.ts';
import type { CaseFile } from '../case-file.ts';
import { type CaseLook, currentFindings, newestWith } from '../case-file.ts';
import { credentialTitle, deedText } from '../credential-title.ts';
import {
  type IdentifiedEvidence,
  type IdentifiedFinding,
  type IdentifiedMatch,
  identifyEvidence,
  type Share,
} from '../evidence-ids.ts';
import type { Finding } from '../finding.ts';
import { idText, withoutSecrets } from '../hostile-text.ts';
import { METHODS_BEST_FIRST, type Sighting } from '../sighting.ts';
import type { Interval } from '../time.ts';
import { usesCounted } from '../token-use.ts';
import { eventRows } from './cited-events.ts';
import { SOURCE_TITLES, STATUS_TEXTS } from './coverage-view.ts';
import { countryWords, methodWords, operatorWords } from './sighting-words.ts';
import { zoneWords } from './zone-words.ts';

/** One piece of evidence that the analysis cites, as it was at the look of the analysis. */
export interface CitedRow {
  /** As it is cited, for example `f1.m2`; made safe to print. */
  readonly id: string;
  /** Id of its element, for example `cited-f1-m2`; missing where the evidence holds nothing of that id. */
  readonly anchor?: string;
  /** What kind of thing it is. */
  readonly kind: string;
  readonly what: string;
  readonly numbers: string;
  readonly when?: Interval;
  /** The finding's place among the current ones, where 1 is the worst; missing where it is none, or none any more. */
  readonly finding?: number;
}

/** The analysis of a case with what it rests on. */
export interface CitedEvidence {
  readonly analysis: Analysis;
  /** The look that wrote it. */
  readonly look: number;
  /** In the order in which they are first cited. */
  readonly rows: readonly CitedRow[];
  /** The row behind an id as a claim writes it. */
  readonly rowOf: (cited: string) => CitedRow | undefined;
}

/** Citations of one claim that are shown. */
export const CITED_OF_CLAIM = 8;
const ID_LENGTH = 24;

/** What the newest analysis cites, looked up in the evidence of the same look. Undefined where there is no analysis. */
export function citedEvidence(file: CaseFile): CitedEvidence | undefined {
  const look = newestWith(file, 'analysis');
  if (look === undefined) return undefined;
  const known = resolvable(look, currentFindings(file));
  const cited = new Set(claimsOf(look.analysis).flatMap(({ evidence }) => evidence.slice(0, CITED_OF_CLAIM)));
  const rows = new Map([...cited].map((id) => [id, known.get(id) ?? unresolved(id)]));
  return { analysis: look.analysis, look: look.look, rows: [...rows.values()], rowOf: (id) => rows.get(id) };
}

function claimsOf({ summary, indicators, actions }: Analysis): Claim[] {
  const { geography, asns, targets, patterns } = indicators;
  return [...summary, ...actions.map(({ claim }) => claim), ...geography, ...asns, ...targets, ...patterns];
}

function unresolved(id: string): CitedRow {
  return {
    id: idText(id, ID_LENGTH),
    kind: 'Not found',
    what: 'The evidence stored for that look holds nothing of this id.',
    numbers: '',
  };
}

/** Everything of a look that can be cited. What is not stored is not in it: an empty list is no evidence. */
function resolvable(look: CaseLook, current: readonly Finding[]): Map<string, CitedRow> {
  const { findings = [], sightings, coverage = {}, picture } = look;
  const evidence = identifyEvidence(findings, sightings?.sightings ?? [], coverage, picture);
  const places = new Map(current.map(({ credential }, index) => [credential.id, index + 1]));
  const rows = [
    ...evidence.findings.flatMap((one) => [
      findingRow(one, places),
      ...one.matches.map((match) => matchRow(one, match)),
    ]),
    ...evidence.sightings.map(({ id, sighting }) => sightingRow(id, sighting)),
    ...(sightings === undefined ? [] : totalRows(evidence)),
    ...evidence.coverage.map(({ id, source, seen }) => ({
      id,
      kind: 'Coverage',
      what: `${SOURCE_TITLES[source]}: ${STATUS_TEXTS[seen.status].toLowerCase()}`,
      numbers: idText(seen.why.join(' '), 400),
    })),
    ...(evidence.events === undefined ? [] : eventRows(evidence.events)),
  ];
  return new Map(rows.map((row) => [row.id, { ...row, anchor: `cited-${row.id.replace('.', '-')}` }]));
}

function findingRow({ id, finding }: IdentifiedFinding, places: ReadonlyMap<string, number>): CitedRow {
  const { credential, score, verdict, matchCount, decision } = finding;
  const place = places.get(credential.id);
  const done = decision === 'page' ? 'pages' : 'is reported';
  return {
    id,
    kind: 'Finding',
    what: credentialTitle(credential),
    numbers: `Score ${score}, ${verdict}, ${done}; ${plural(matchCount, 'match', 'matches')}`,
    ...(place === undefined ? {} : { finding: place }),
  };
}

function matchRow({ finding }: IdentifiedFinding, { id, match }: IdentifiedMatch): CitedRow {
  const { use, sighting, rule, gap } = match;
  const deed = deedText(finding.verdict, use);
  const uses = usesCounted(use) === 1 ? [] : [`${count(usesCounted(use))} uses`];
  const apart = gap === 0 ? [] : [`${count(gap / 60_000)} minutes from the sighting`];
  const action = use.action === undefined ? [] : [idText(use.action, 80)];
  const seenBy = use.sources.map((source) => SOURCE_TITLES[source]).join(', ');
  const subject = `${credentialTitle(finding.credential)} ${use.strength === 'acted' ? deed : `was ${deed}`}`;
  return {
    id,
    kind: 'Match',
    what: `${subject} ${withoutSecrets(use.address, 60)}`,
    numbers: [
      rule === 'same-address'
        ? 'The same address as a bot'
        : `In the network of bot ${withoutSecrets(sighting.address, 60)}`,
      ...uses,
      ...apart,
      ...action,
      `seen by ${seenBy}`,
    ].join('; '),
    when: use.at,
  };
}

function sightingRow(id: string, sighting: Sighting): CitedRow {
  const { address, asn, asnName, country, requests, lowestBotScore, method, zone, seen, askedBack } = sighting;
  const place = [operatorWords(asn, asnName), countryWords(country)].filter((text) => text !== undefined).join(', ');
  return {
    id,
    kind: 'Sighting',
    what: `${withoutSecrets(address, 60)}${place === '' ? '' : ` (${place})`} on ${zoneWords(zone)}`,
    numbers: [
      `About ${plural(requests, 'request', 'requests')}`,
      ...(lowestBotScore === undefined ? [] : [`lowest bot score ${lowestBotScore}`]),
      methodWords(method),
      ...(askedBack ? ['found by asking about addresses that GitLab saw'] : []),
    ].join('; '),
    when: seen,
  };
}

function totalRows(evidence: IdentifiedEvidence): CitedRow[] {
  const { totals, countries, asns, hosts, paths, methods } = evidence;
  const shares = (kind: string, of: readonly Share[], label: (text: string) => string) =>
    of.map((share) => ({
      id: share.id,
      kind,
      what: label(share.label),
      numbers: `${count(share.addresses)} of ${plural(totals.addresses, 'address', 'addresses')}, about ${plural(share.requests, 'request', 'requests')}`,
    }));
  return [
    {
      id: totals.id,
      kind: 'All sightings',
      what: `${plural(totals.addresses, 'address', 'addresses')} listed as sighted`,
      numbers: `About ${plural(totals.requests, 'request', 'requests')}`,
    },
    ...shares('Country', countries, (code) => countryWords(code) ?? 'none told'),
    ...shares('Network operator', asns, (text) => idText(text, 120)),
    ...shares('Host', hosts, (host) => valueText('clientRequestHTTPHost', host, 120)),
    ...shares('Path', paths, (path) => valueText('clientRequestPath', path, 120)),
    ...shares('How found', methods, methodText),
  ];
}

function methodText(label: string): string {
  const method = METHODS_BEST_FIRST.find((known) => known === label);
  return method === undefined ? withoutSecrets(label, 60) : methodWords(method);
}
