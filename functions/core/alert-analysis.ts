import { cleanText, type OwnIds, ownText } from './alert-text.ts';
import { plural } from './amount-text.ts';
import type { Analysis, Claim, RecommendedAction, Severity } from './analysis.ts';
import type { AnalysisStatus, CaseState } from './case.ts';
import type { Coverage } from './coverage.ts';
import { identifyEvidence } from './evidence-ids.ts';
import type { Finding } from './finding.ts';
import type { EventsPicture } from './security-events.ts';
import { summarise } from './summary.ts';

/** What the attack means, in words. It explains; it decided nothing. */
export interface AlertAnalysis {
  readonly status: AnalysisStatus;
  /** Who wrote it, in words. */
  readonly writtenBy: string;
  /** Only where a model wrote it. */
  readonly model?: string;
  readonly severity: Severity;
  readonly summary: readonly string[];
  readonly indicators: {
    readonly geography: readonly string[];
    readonly asns: readonly string[];
    readonly targets: readonly string[];
    readonly patterns: readonly string[];
  };
  /** At most three, the most useful first. */
  readonly actions: readonly { readonly action: RecommendedAction; readonly text: string }[];
  /** Groups of events the model was given, and those left out for its token budget; only where a model wrote it. */
  readonly groupsGiven?: number;
  readonly groupsLeftOut?: number;
}

export interface AnalysisFacts {
  readonly state: CaseState;
  readonly picture: EventsPicture | undefined;
  readonly findings: readonly Finding[];
  readonly coverage: Coverage;
  readonly analysis: Analysis | undefined;
}

const SUMMARY_KEPT = 12;
const INDICATORS_KEPT = 8;
const ACTIONS_KEPT = 3;
const SUMMARY_LENGTH = 500;
const INDICATOR_LENGTH = 300;
const WHY_LENGTH = 200;

/** The stored analysis, or the deterministic summary where there is none. */
export function alertAnalysis(facts: AnalysisFacts, own: OwnIds): AlertAnalysis {
  const analysis = facts.analysis ?? withoutAnalysis(facts);
  const { status, model, severity, summary, indicators, actions, events } = analysis;
  // The summary's own sentences are clean of what is hostile, and name rules by id.
  const text = (claim: string, length: number) =>
    status === 'model' ? cleanText(claim, length, own) : ownText(claim, length);
  const texts = (claims: readonly Claim[]) =>
    claims.slice(0, INDICATORS_KEPT).map((claim) => text(claim.text, INDICATOR_LENGTH));
  return {
    status,
    writtenBy: writtenBy(analysis, own),
    ...(status === 'model' && model !== undefined ? { model: ownText(model, 120) } : {}),
    severity,
    summary: summary.slice(0, SUMMARY_KEPT).map((claim) => text(claim.text, SUMMARY_LENGTH)),
    indicators: {
      geography: texts(indicators.geography),
      asns: texts(indicators.asns),
      targets: texts(indicators.targets),
      patterns: texts(indicators.patterns),
    },
    actions: actions
      .slice(0, ACTIONS_KEPT)
      .map(({ action, claim }) => ({ action, text: text(claim.text, SUMMARY_LENGTH) })),
    ...(events === undefined ? {} : { groupsGiven: events.given, groupsLeftOut: events.leftOut }),
  };
}

/** Made of the matched addresses alone, as all that were sighted are not at hand. */
function withoutAnalysis({ state, picture, findings, coverage }: AnalysisFacts): Analysis {
  const matched = new Map(
    findings.flatMap(({ matches }) => matches.map(({ sighting }) => [sighting.address, sighting])),
  );
  const summary = summarise(identifyEvidence(findings, [...matched.values()], coverage, picture), state);
  return { ...summary, status: 'failed', why: 'the analysis failed' };
}

function writtenBy({ status, model, why, events }: Analysis, own: OwnIds): string {
  if (status !== 'model') {
    const because = why === undefined ? '' : ` (${cleanText(why, WHY_LENGTH, own)})`;
    return `Latchkey's own summary; no model wrote it${because}.`;
  }
  const by = `Model ${ownText(model ?? '', 120)}: an opinion that decided nothing.`;
  if (events === undefined || (events.leftOut === 0 && events.more !== true)) return by;
  const leftOut = events.leftOut === 0 ? '' : `; ${plural(events.leftOut, 'group was', 'groups were')} left out`;
  const unread = events.more === true ? '; there are smaller ones, which it was not given' : '';
  return `${by} It was given ${plural(events.given, 'group', 'groups')} of events, the largest${leftOut}${unread}.`;
}
