import type { Verdict } from '../case.ts';
import { type CaseFile, newestWith } from '../case-file.ts';
import { worstFirst } from '../evidence-ids.ts';
import type { Finding } from '../finding.ts';
import { gitlabEverAnswered } from '../health.ts';
import { betterVerdict } from '../verdict.ts';
import { looksJoined } from './looks-due.ts';
import { type Levels, levelsOf } from './page-level.ts';
import { statusesOf } from './source-gaps.ts';

/** What a case comes to: which credential speaks for it, how sure that is, and its highest score. */
export interface CaseAnswer {
  /** `pending`: no look was joined yet, and nothing found so far is stored. */
  readonly verdict: Verdict | 'pending';
  /** The finding whose verdict the case's is. Missing: nothing was found, or what was found could not be read. */
  readonly finding?: Finding;
  /** Whether that one is at page level, by this look, an earlier one or another case. */
  readonly isPaging: boolean;
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
  const levels = levelsOf(file);
  const current = [...levels.paging, ...levels.reported];
  const counts = { paging: levels.paging.length, reported: levels.reported.length };
  if (looksJoined(file) === 0 && current.length === 0) return { verdict: 'pending', isPaging: false, ...counts };
  const { state } = file;
  const isJoined = state !== undefined && state.look > 0;
  const verdict = isJoined ? state.verdict : speaking(levels).map(verdictOf).reduce(betterVerdict, unfound(file));
  const score = Math.max(isJoined ? state.topScore : 0, ...current.map((finding) => finding.score));
  const finding = spokesman(file, levels, verdict);
  const found = finding !== undefined || !isNothing(verdict);
  const isPaging = levels.paging.some(({ credential }) => credential.id === finding?.credential.id);
  return { verdict, ...(finding && { finding }), isPaging, ...(found ? { score } : {}), ...counts };
}

/** In place of whatever the state would tell. */
export const STATE_LOST = 'What this case came to is not stored: that is no all-clear.';

/** Whether a verdict says that nothing was found, for whatever reason. */
export function isNothing(verdict: Verdict): verdict is 'not-observed' | 'undetermined' {
  return verdict === 'not-observed' || verdict === 'undetermined';
}

/** Without its state, what looks stored says as much: that nothing was found only where it is stored, and GitLab answered. */
function unfound(file: CaseFile): Verdict {
  const isKnown = newestWith(file, 'findings') !== undefined && gitlabEverAnswered({ coverage: statusesOf(file) });
  return isKnown ? 'not-observed' : 'undetermined';
}

/** The worst that has the verdict; where its newest finding says less by now, as it was when it was told. */
function spokesman({ looks, state }: CaseFile, levels: Levels, verdict: Verdict): Finding | undefined {
  const has = (one: Finding) => one.verdict === verdict;
  const paged = state?.decision.page === true;
  const earlier = looks.flatMap(({ findings }) => findings ?? []).filter((one) => !paged || one.decision === 'page');
  return speaking(levels).find(has) ?? worstFirst(earlier.filter(has))[0] ?? levels.paging[0] ?? levels.reported[0];
}

/** What pages; where nothing does, the worst alone. */
function speaking({ paging, reported }: Levels): readonly Finding[] {
  return paging.length > 0 ? paging : reported.slice(0, 1);
}

function verdictOf({ verdict }: Finding): Verdict {
  return verdict;
}
