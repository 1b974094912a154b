/** JSON of which nothing is known. */
type Json = Readonly<Record<string, unknown>>;

interface Claim {
  readonly text: string;
  readonly evidence: readonly string[];
}

/**
 * What a model that keeps to its prompt would say about an evidence document: computed from the document, so that a
 * change in the evidence changes the words.
 */
export function answerFor(document: Json): Json {
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
export function hostileAnswerFor(document: Json): Json {
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
export function documentIn(user: string): Json | undefined {
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

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function totalsClaim(document: Json): Claim {
  const totals = isObject(document.totals) ? document.totals : {};
  return claim(`Bots at ${totals.addresses} addresses sent about ${totals.requests} requests`, totals.id);
}

function findingClaim(finding: Json): Claim {
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

function shareClaim(row: Json, label: unknown): Claim {
  return claim(`${label} stands for ${row.addresses} addresses, ${row.percent_of_addresses} percent`, row.id);
}

function actionsFor(finding: Json): readonly Json[] {
  const used = rows(finding, 'matches').some(({ strength }) => strength === 'used');
  const first = finding.decision === 'page' && used ? 'revoke-credential' : 'contact-owner';
  return [
    { action: first, claim: claim(`${finding.credential} scored ${finding.score}`, finding.id) },
    { action: 'review-credential-activity', claim: claim(`${finding.matched_events} events matched`, finding.id) },
  ];
}

function severityOf(finding: Json | undefined): string {
  if (finding === undefined) return 'low';
  if (finding.decision !== 'page') return 'medium';
  return finding.verdict === 'confirmed' ? 'critical' : 'high';
}

function claim(text: string, ...ids: readonly unknown[]): Claim {
  return { text: `${text}.`, evidence: ids.filter((id) => typeof id === 'string') };
}

function rows(of: Json, name: string): Json[] {
  const list = of[name];
  return Array.isArray(list) ? list.filter(isObject) : [];
}
