import { complete } from '../../../functions/core/coverage.ts';
import type { Finding } from '../../../functions/core/finding.ts';
import { addressesOf } from '../../../functions/core/finding-addresses.ts';
import { asWritten, huntReport, manifestOf } from '../../../functions/core/hunt-report.ts';
import { HOUR } from '../../../functions/core/time.ts';
import type { JsonObject } from '../../../infra/local/json.ts';
import { credential, finding, match, NOON, sighting, tokenUse } from '../../support/evidence.ts';

/** The case whose report `written` makes. */
export const HUNT = 'hunt-1';

/** A finding of one credential, from as many addresses as are given. */
export function found(id: number, addresses: readonly string[], given: Partial<Finding> = {}): Finding {
  const matches = addresses.map((address) => match({ sighting: sighting({ address }), use: tokenUse({ address }) }));
  return finding({
    credential: credential({ id: `token/${id}` }),
    matches,
    matchCount: matches.length,
    addresses: addressesOf(matches),
    ...given,
  });
}

/** What one attempt at a hunt of these findings, the worst first, writes: its rows, then the manifest. */
export function written(findings: readonly Finding[], attempt = 1, retracted = 0): JsonObject[] {
  const window = { start: NOON, end: NOON + HOUR };
  const report = huntReport({
    caseId: HUNT,
    window,
    findings,
    coverage: { axiom: complete(), inventory: complete() },
    verdict: 'probable',
    sightings: 1234,
    tokenUses: 56,
    incidents: new Map(),
    shadow: false,
    operators: [],
  });
  const rows = report.rows.map((row) => asWritten(row, report.runId, attempt, NOON, window));
  return [...rows, manifestOf(report, attempt, NOON, retracted)].map((row) => JSON.parse(JSON.stringify(row)));
}
