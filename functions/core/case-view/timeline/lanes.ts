import type { CaseFile } from '../../case-file.ts';
import type { Finding } from '../../finding.ts';
import { touches, type Window } from '../../time.ts';
import type { TokenUse } from '../../token-use.ts';
import { levelsOf } from '../page-level.ts';
import type { LaneUse } from './marks.ts';

/** One credential of a case, and everything that is known of its uses. */
export interface CredentialUsage {
  /** Its decision is that of the whole case: what was paged stays at page level. */
  readonly finding: Finding;
  /** In no order. */
  readonly uses: readonly LaneUse[];
  /** The finding holds more matches than are stored: which further uses matched is told by their address and time. */
  readonly cut: boolean;
}

/** The most credentials drawn at page level, and of the others: among many of these the thief would not stand out. */
const PAGING_LANES = 8;
const OTHER_LANES = 3;

/**
 * The worst credentials of a case with their uses, those that matched told from those that GitLab knows besides.
 *
 * @param window what matches can lie in; undefined where that is not known
 */
export function usageOf(file: CaseFile, window: Window | undefined): { drawn: CredentialUsage[]; left: number } {
  const { paging, reported } = levelsOf(file);
  const shown: Finding[] = [
    ...paging.slice(0, PAGING_LANES).map((one) => ({ ...one, decision: 'page' as const })),
    ...reported.slice(0, OTHER_LANES),
  ];
  const ids = new Set(shown.map(({ credential }) => credential.id));
  const known = Map.groupBy(
    (file.uses?.uses ?? []).filter(({ credential }) => ids.has(credential)),
    ({ credential }) => credential,
  );
  return {
    drawn: shown.map((finding) => usageOfOne(finding, known.get(finding.credential.id) ?? [], window)),
    left: paging.length + reported.length - shown.length,
  };
}

function usageOfOne(finding: Finding, known: readonly TokenUse[], window: Window | undefined): CredentialUsage {
  const matched = new Map(finding.matches.map((match) => [keyOf(match.use), match]));
  const cut = finding.matchCount > finding.matches.length;
  const addresses = new Set(cut ? finding.addresses.map(({ address }) => address) : []);
  const told = new Set(known.map(keyOf));
  return {
    finding,
    uses: [
      ...known.map((use) => {
        const match = matched.get(keyOf(use));
        const near = addresses.has(use.address) && (window === undefined || touches(use.at, window));
        return match === undefined ? { use, matched: near } : { use, matched: true, match };
      }),
      // Seen at an earlier look, or beyond those kept.
      ...[...matched].flatMap(([key, match]) => (told.has(key) ? [] : [{ use: match.use, matched: true, match }])),
    ],
    cut,
  };
}

/** One use is told by each of its matches, and by GitLab's own list. */
function keyOf({ address, strength, at, action, eventId, times }: TokenUse): string {
  return JSON.stringify([address, strength, at.notBefore, at.notAfter, action, eventId, times]);
}
