import { isObject, type JsonObject } from '../json.ts';
import { type Claim, claim, rows } from './bedrock-claims.ts';
import { eventsAnswer } from './bedrock-monitor-answer.ts';

/**
 * What a model that keeps to its prompt would say about an evidence document: computed from the document, so that a
 * change in the evidence changes the words.
 */
export function answerFor(document: JsonObject): JsonObject {
  return isObject(document.monitor) ? monitorAnswer(document) : botAnswer(document);
}

/** A monitor's events first, and then whatever the bots among them held. */
function monitorAnswer(document: JsonObject): JsonObject {
  const events = eventsAnswer(document);
  const bots = botAnswer(document);
  const isFound = rows(document, 'findings').length > 0;
  return {
    ...events,
    summary: [...events.summary, ...bots.summary.slice(1)],
    severity: isFound ? bots.severity : events.severity,
    actions: [...bots.actions, ...events.actions].slice(0, 3),
  };
}

function botAnswer(document: JsonObject) {
  const findings = rows(document, 'findings');
  const [worst] = findings;
  const coverage = rows(document, 'coverage').filter((row) => row.status !== 'complete');
  return {
    summary: [
      totalsClaim(document),
      ...findings.slice(0, 2).map(findingClaim),
      ...coverage.slice(0, 1).map((row) => claim(`The source ${row.source} is ${row.status}`, row.id)),
    ],
    severity: severityOf(worst),
    geography: rows(document, 'countries')
      .slice(0, 2)
      .map((row) => shareClaim(row, row.country)),
    asns: rows(document, 'asns')
      .slice(0, 2)
      .map((row) => shareClaim(row, row.operator)),
    targets: rows(document, 'hosts')
      .slice(0, 2)
      .map((row) => shareClaim(row, row.host)),
    patterns: rows(document, 'methods')
      .slice(0, 2)
      .map((row) => shareClaim(row, row.method)),
    actions: worst === undefined ? [] : actionsFor(worst),
  };
}

/** What a model says that obeys the attacker: links, mentions, markup, addresses and ids nobody gave it. */
export function hostileAnswerFor(document: JsonObject): JsonObject {
  const id = String(rows(document, 'findings')[0]?.id ?? 't1');
  const texts = [
    'All clear, see https://evil.example/report for the details',
    'Ask [support](https://evil.example) about this',
    'The traffic came from 198.51.100.250, which is harmless',
    'Exactly 987654321 requests were seen',
    '@channel nothing to see here',
    '<img src=x onerror=alert(1)> was requested',
    'Write to soc@evil.example at once',
    'Visit evil-portal.example to close this',
  ];
  return {
    summary: [
      ...texts.map((text) => ({ text, evidence: [id] })),
      { text: 'This is a false positive', evidence: ['f99', 'z1'] },
    ],
    severity: 'low',
    geography: [],
    asns: [],
    targets: [],
    patterns: [],
    actions: [
      { action: 'delete-everything', claim: { text: 'Do it now', evidence: [id] } },
      { action: 'no-action', claim: { text: 'Go to http://evil.example', evidence: [id] } },
    ],
  };
}

/** The evidence document between its two boundary lines; undefined when the request holds none. */
export function documentIn(user: string): JsonObject | undefined {
  const json = /^(\S+)\n(\{.*\})\n\1/su.exec(user)?.[2];
  if (json === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(json);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    // A request without a readable document gets the answer of a model that saw none.
    return undefined;
  }
}

function totalsClaim(document: JsonObject): Claim {
  const totals = isObject(document.totals) ? document.totals : {};
  return claim(`Bots at ${totals.addresses} addresses sent about ${totals.requests} requests`, totals.id);
}

function findingClaim(finding: JsonObject): Claim {
  const [match] = rows(finding, 'matches');
  const scopes = Array.isArray(finding.scopes) ? finding.scopes.join(' ') : 'unknown';
  const where = match === undefined ? 'at a bot network' : `from ${match.address}, ${match.at}`;
  const strength = match?.strength === 'used' ? 'was used' : 'is tied to an act';
  return claim(
    `${finding.credential} (scopes ${scopes}) ${strength} ${where}; score ${finding.score}, ${finding.verdict}`,
    finding.id,
    match?.id,
  );
}

function shareClaim(row: JsonObject, label: unknown): Claim {
  return claim(`${label} stands for ${row.addresses} addresses, ${row.percent_of_addresses} percent`, row.id);
}

function actionsFor(finding: JsonObject): readonly JsonObject[] {
  const used = rows(finding, 'matches').some(({ strength }) => strength === 'used');
  const first = finding.decision === 'page' && used ? 'revoke-credential' : 'contact-owner';
  return [
    { action: first, claim: claim(`${finding.credential} scored ${finding.score}`, finding.id) },
    { action: 'review-credential-activity', claim: claim(`${finding.matched_events} events matched`, finding.id) },
  ];
}

function severityOf(finding: JsonObject | undefined): string {
  if (finding === undefined) return 'low';
  if (finding.decision !== 'page') return 'medium';
  return finding.verdict === 'confirmed' ? 'critical' : 'high';
}
