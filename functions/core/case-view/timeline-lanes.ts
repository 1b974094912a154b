import { type CaseFile, currentFindings } from '../case-file.ts';
import type { Finding } from '../finding.ts';
import { touches, type Window } from '../time.ts';
import type { TokenUse } from '../token-use.ts';
import type { LaneUse } from './timeline-marks.ts';

/** One credential of a case, and everything that is known of its uses. */
export interface CredentialUsage {
  readonly finding: Finding;
  /** In no order. */
  readonly uses: readonly LaneUse[];
  /** The finding holds more matches than are stored: which further uses matched is told by their address and time. */
  readonly cut: boolean;
}

/** The most credentials drawn. */
const LANES = 8;

/**
 * The worst credentials of a case with their uses, those that matched told from those that GitLab knows besides.
 *
 * @param window what matches can lie in; undefined where that is not known
 */
export function usageOf(file: CaseFile, window: Window | undefined): { drawn: CredentialUsage[]; left: number } {
  const findings = currentFindings(file);
  const shown = findings.slice(0, LANES);
  const ids = new Set(shown.map(({ credential }) => credential.id));
  const known = Map.groupBy(
    (file.uses?.uses ?? []).filter(({ credential }) => ids.has(credential)),
    ({ credential }) => credential,
  );
  return {
    drawn: shown.map((finding) => usageOfOne(finding, known.get(finding.credential.id) ?? [], window)),
    left: findings.length - shown.length,
  };
}

function usageOfOne(finding: Finding, known: readonly TokenUse[], window: Window | undefined): CredentialUsage {
  const matched = new Map(finding.matches.map(({ use }) => [keyOf(use), use]));
  const cut = finding.matchCount > finding.matches.length;
  const addresses = new Set(cut ? finding.addresses.map(({ address }) => address) : []);
  const told = new Set(known.map(keyOf));
  return {
    finding,
    uses: [
      ...known.map((use) => ({
        use,
        matched:
          matched.has(keyOf(use)) || (addresses.has(use.address) && (window === undefined || touches(use.at, window))),
      })),
      // Seen at an earlier look, or beyond those kept.
      ...[...matched].flatMap(([key, use]) => (told.has(key) ? [] : [{ use, matched: true }])),
    ],
    cut,
  };
}

/** One use is told by each of its matches, and by GitLab's own list. */
function keyOf({ address, strength, at, action, eventId, times }: TokenUse): string {
  return JSON.stringify([address, strength, at.notBefore, at.notAfter, action, eventId, times]);
}
