import type { AlertFacts } from '../../../functions/core/alert-message.ts';
import type { Analysis } from '../../../functions/core/analysis.ts';
import { facetsOf } from '../../../functions/core/security-events.ts';
import { alertFactsOf, alertStateOf, groupOf, monitorOf, pictureOf, RULE_ID } from '../../support/alert-facts.ts';
import { findingOf, matchOf } from '../../support/pager-facts.ts';

/** How much of everything an alert is made of. */
export interface Amounts {
  readonly groups: number;
  readonly findings: number;
  readonly claims: number;
}

/** An alert with these words wherever anybody else writes, as often as `amounts` says. */
export function alertOf(words: string, { groups, findings, claims }: Amounts): AlertFacts {
  const many = <T>(length: number, of: (index: number) => T) => Array.from({ length }, (_, index) => of(index));
  const events = many(groups, (index) =>
    groupOf(groups - index, {
      clientIP: index % 2 === 0 ? `203.0.113.${index % 256}` : words,
      source: words,
      action: words,
      clientAsn: words,
      clientCountryName: words,
      clientRequestHTTPHost: index % 2 === 0 ? words : `${words}.example.com`,
      clientRequestPath: `/${index}${words}`,
      description: words,
      ja4: words,
      botDetectionTags: many(20, () => words),
    }),
  );
  const said = many(claims, () => ({ text: words, evidence: ['e1'] }));
  const analysis: Analysis = {
    status: 'model',
    model: words,
    summary: said,
    severity: 'high',
    indicators: { geography: said, asns: said, targets: said, patterns: said },
    actions: many(3, () => ({ action: 'preserve-logs' as const, claim: { text: words, evidence: ['e1'] } })),
  };
  const monitor = monitorOf({ name: words, zone: { id: 'f'.repeat(32), name: words } });
  return alertFactsOf({
    state: alertStateOf({ monitor }),
    monitor,
    picture: pictureOf(events, {
      facets: facetsOf(events, { [RULE_ID]: words }),
      ruleNames: { [RULE_ID]: words },
      notes: many(claims, () => words),
      cut: true,
      totalIsLowerBound: true,
    }),
    findings: many(findings, (index) => findingWith(words, index)),
    coverage: {
      cloudflare: { status: 'partial', why: many(claims, () => words), counts: {}, pages: 1 },
      audit: { status: 'unavailable', why: [words], counts: {}, pages: 0 },
    },
    analysis,
    environment: words,
    gitlabUrl: 'https://gitlab.example.net',
    execution: words,
  });
}

function findingWith(words: string, index: number) {
  const id = `deploy-token/${encodeURIComponent(words.toWellFormed())}@project/${index}`;
  const use = { credential: id, target: words, action: words, refusal: words };
  const matches = [matchOf('203.0.113.7', use, { asnName: words, country: words, hosts: [words] })];
  const credential = {
    id,
    kind: 'project' as const,
    name: words,
    scopes: Array.from({ length: 30 }, () => words),
    owner: { id: 1, username: words },
    resource: `${'a'.repeat(200)}/b`,
  };
  return findingOf({ credential, matches, reasons: Array.from({ length: 9 }, () => words), score: 50 + (index % 50) });
}
