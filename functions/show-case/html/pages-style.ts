import { ANALYSIS_STYLE } from './analysis-section.ts';
import { BASE_STYLE } from './base-style.ts';
import { COVERAGE_STYLE } from './coverage-section.ts';
import { DECISION_STYLE } from './decision-section.ts';
import { EVENTS_STYLE } from './events-section.ts';
import { EVIDENCE_STYLE } from './evidence-section.ts';
import { FINDINGS_STYLE } from './findings-section.ts';
import { LIST_STYLE } from './list-style.ts';
import { NETWORK_STYLE } from './network-section.ts';
import { NEXT_STYLE } from './next-section.ts';
import { TIMELINE_STYLE } from './timeline-section.ts';
import { TOKENS_STYLE } from './tokens-style.ts';
import { TONE_STYLE } from './tone-icon.ts';
import { VERDICT_STYLE } from './verdict-section.ts';

/** The style of every page, one constant, so that a hash can speak for it. */
export const PAGES_STYLE = [
  TOKENS_STYLE,
  BASE_STYLE,
  TONE_STYLE,
  VERDICT_STYLE,
  DECISION_STYLE,
  TIMELINE_STYLE,
  FINDINGS_STYLE,
  NETWORK_STYLE,
  COVERAGE_STYLE,
  ANALYSIS_STYLE,
  EVENTS_STYLE,
  EVIDENCE_STYLE,
  NEXT_STYLE,
  LIST_STYLE,
].join('');
