import type { Finding } from './finding.ts';

/** Findings of one case that on-call sees as one thing. */
export interface IncidentGroup {
  /** The worst first. */
  readonly findings: readonly Finding[];
  /** Credential ids, sorted: the order in which claims are taken. */
  readonly credentials: readonly string[];
  /** Those of them at page level, sorted. */
  readonly paging: readonly string[];
}

/**
 * Joins findings that share a network which is not shared egress (design §8). Two intrusions behind one office or
 * carrier NAT stay two; a credential on its own is a group of one.
 */
export function groupFindings(findings: readonly Finding[]): IncidentGroup[] {
  const leaders = new Map<Finding, Finding>(findings.map((finding) => [finding, finding]));
  const firstOnNetwork = new Map<string, Finding>();
  for (const finding of findings) {
    const shared = new Set(finding.sharedNetworks);
    for (const network of finding.networks) {
      if (shared.has(network)) continue;
      const first = firstOnNetwork.get(network);
      if (first === undefined) firstOnNetwork.set(network, finding);
      else leaders.set(leaderOf(finding, leaders), leaderOf(first, leaders));
    }
  }
  const groups = new Map<Finding, Finding[]>();
  for (const finding of findings) {
    const leader = leaderOf(finding, leaders);
    const group = groups.get(leader);
    if (group === undefined) groups.set(leader, [finding]);
    else group.push(finding);
  }
  return [...groups.values()].map(describeGroup);
}

function leaderOf(finding: Finding, leaders: ReadonlyMap<Finding, Finding>): Finding {
  let current = finding;
  for (let next = leaders.get(current); next !== undefined && next !== current; next = leaders.get(current)) {
    current = next;
  }
  return current;
}

function describeGroup(findings: readonly Finding[]): IncidentGroup {
  const paging = findings.filter((finding) => finding.decision === 'page');
  return {
    findings,
    credentials: findings.map(({ credential }) => credential.id).sort(),
    paging: paging.map(({ credential }) => credential.id).sort(),
  };
}
