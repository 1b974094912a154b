import { INCIDENTS_STYLE } from '../../runtime/page/incidents-table.ts';
import { pageShell } from '../../runtime/page/layout.ts';
import { TONE_STYLE } from '../../runtime/page/tone-icon.ts';
import { ANALYSIS_STYLE } from './analysis-section.ts';
import { COVERAGE_STYLE } from './coverage-section.ts';
import { DECISION_STYLE } from './decision-section.ts';
import { EVENTS_STYLE } from './events-section.ts';
import { EVIDENCE_STYLE } from './evidence-section.ts';
import { FINDINGS_STYLE } from './findings-section.ts';
import { NETWORK_STYLE } from './network-section.ts';
import { NEXT_STYLE } from './next-section.ts';
import { TIMELINE_STYLE } from './timeline-section.ts';
import { VERDICT_STYLE } from './verdict-section.ts';

const JUMP_LIST_STYLE = `
.jump-list { margin-top: 1rem; font-size: 0.875rem; }
.jump-list ul { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; margin: 0; padding: 0; list-style: none; }
.jump-list li:first-child { font-weight: 600; }
@media print { .jump-list { display: none; } }
`;

/** Of the page of a case, with the style of all its sections. */
export const CASE_SHELL = pageShell(
  [
    JUMP_LIST_STYLE,
    TONE_STYLE,
    INCIDENTS_STYLE,
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
  ].join(''),
);
