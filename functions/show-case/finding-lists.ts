import type { Finding } from '../core/finding.ts';

/** Lists of a finding that grow with what matched, each the most telling first. */
export const FINDING_LISTS = ['matches', 'addresses', 'networks', 'evidence'] as const;
export type FindingList = (typeof FINDING_LISTS)[number];

/** A finding, and how much of each of its lists is left out. */
export type ShortFinding = Finding & { readonly leftOut?: Readonly<Partial<Record<FindingList, number>>> };

/** A finding without its lists. */
export function withoutLists(finding: Finding): Finding {
  return { ...finding, matches: [], addresses: [], networks: [], evidence: [] };
}

/** The first entry of every finding's list, then the second of every one, and so on. */
export function firstOfEach(findings: readonly Finding[], list: FindingList): unknown[] {
  const most = findings.reduce((longest, finding) => Math.max(longest, finding[list].length), 0);
  const ranks = Array.from({ length: most }, (_, rank) => rank);
  return ranks.flatMap((rank) => findings.flatMap((finding) => finding[list][rank] ?? []));
}

/** Findings with `count` entries of one of their lists, dealt out in the order of {@link firstOfEach}. */
export function dealOut(findings: readonly ShortFinding[], list: FindingList, count: number): ShortFinding[] {
  const lengths = findings.map(() => 0);
  let left = count;
  for (let rank = 0; left > 0 && findings.some((finding) => finding[list].length > rank); rank++) {
    for (const [index, finding] of findings.entries()) {
      if (left === 0 || finding[list].length <= rank) continue;
      lengths[index] = rank + 1;
      left--;
    }
  }
  return findings.map((finding, index) => shortened(finding, list, lengths[index] ?? 0));
}

function shortened(finding: ShortFinding, list: FindingList, length: number): ShortFinding {
  const leftOut = finding[list].length - length;
  if (leftOut <= 0) return finding;
  return { ...finding, [list]: finding[list].slice(0, length), leftOut: { ...finding.leftOut, [list]: leftOut } };
}
