import type { Verdict } from '../case.ts';
import { type CaseFile, currentFindings } from '../case-file.ts';
import { worstFirst } from '../evidence-ids.ts';
import type { Finding } from '../finding.ts';
import { betterVerdict } from '../verdict.ts';

/** What a case comes to: which credential speaks for it, how sure that is, and its highest score. */
export interface CaseAnswer {
  /** `pending`: no look was joined yet, and nothing found so far is stored. */
  readonly verdict: Verdict | 'pending';
  /** The finding whose verdict the case's is. Missing: nothing was found, or what was found could not be read. */
  readonly finding?: Finding;
  /** 0..100, the highest of any finding at any look; missing where there was none. */
  readonly score?: number;
  /** Of the findings at page level, and of the others; the newest of each credential. */
  readonly paging: number;
  readonly reported: number;
}

/**
 * The answer that a case's state, its pages and its findings give together (`join/next-state.ts`): what pages speaks for
 * the case, else the worst finding. The credential named is one that has the verdict told, so that no sentence says
 * "confirmed" of what is merely probable.
 */
export function caseAnswer(file: CaseFile): CaseAnswer {
  const current = currentFindings(file);
  const paging = current.filter(({ decision }) => decision === 'page').length;
  const counts = { paging, reported: current.length - paging };
  const { state } = file;
  const isJoined = state !== undefined && state.look > 0;
  if (!isJoined && current.length === 0) return { verdict: 'pending', ...counts };
  const verdict = isJoined ? state.verdict : speaking(current).map(verdictOf).reduce(betterVerdict, 'corroborated');
  const score = Math.max(isJoined ? state.topScore : 0, ...current.map((finding) => finding.score));
  const finding = spokesman(file, current, verdict);
  const found = finding !== undefined || !isNothing(verdict);
  return { verdict, ...(finding && { finding }), ...(found ? { score } : {}), ...counts };
}

/** Whether a verdict says that nothing was found, for whatever reason. */
export function isNothing(verdict: Verdict): verdict is 'not-observed' | 'undetermined' {
  return verdict === 'not-observed' || verdict === 'undetermined';
}

/** The worst that has the verdict; where its newest finding says less by now, as it was when it was told. */
function spokesman({ looks, state }: CaseFile, current: readonly Finding[], verdict: Verdict): Finding | undefined {
  const has = (one: Finding) => one.verdict === verdict;
  const paged = state?.decision.page === true;
  const earlier = looks.flatMap(({ findings }) => findings ?? []).filter((one) => !paged || one.decision === 'page');
  return speaking(current).find(has) ?? worstFirst(earlier.filter(has))[0] ?? current[0];
}

/** What pages; where nothing does, the worst alone. `worstFirst` puts page level first. */
function speaking(findings: readonly Finding[]): readonly Finding[] {
  const paging = findings.filter(({ decision }) => decision === 'page');
  return paging.length > 0 ? paging : findings.slice(0, 1);
}

function verdictOf({ verdict }: Finding): Verdict {
  return verdict;
}
