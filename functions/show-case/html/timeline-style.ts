/** The timeline's own style; colours are those of `tokens-style.ts`. */
export const TIMELINE_STYLE = `
.timeline-figure { margin: 0; }
.timeline-caption { margin: 0 0 .75rem; }
.timeline-caption p { margin: 0 0 .35rem; }
.timeline-chart { display: block; width: 100%; max-width: 76rem; font-family: inherit; }
.timeline-at { overflow: visible; }
.timeline-chart text { font-size: 12.5px; fill: var(--ink); }
.timeline-chart .timeline-lane-title { font-weight: 600; }
.timeline-chart .timeline-soft, .timeline-chart .timeline-tick { fill: var(--ink-soft); font-variant-numeric: tabular-nums; }
.timeline-chart .timeline-tally-alarm { fill: var(--alarm); font-weight: 600; }
.timeline-window { fill: var(--window); }
.timeline-slack { fill: var(--slack); }
.timeline-swatch { stroke: var(--line); }
.timeline-grid { fill: none; stroke: var(--line); stroke-width: .6; }
.timeline-axis { fill: none; stroke: var(--line); stroke-width: 1; }
.timeline-area { fill: var(--bot-area); }
.timeline-outline { fill: none; stroke: var(--bot); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.timeline-outline-spread { stroke-dasharray: 4 2; }
.timeline-mark-page { --timeline-mark: var(--use-alarm); }
.timeline-mark-report { --timeline-mark: var(--caution); }
.timeline-mark-plain { --timeline-mark: var(--ink-soft); }
.timeline-mark-other { --timeline-mark: var(--use); }
.timeline-fill { fill: var(--timeline-mark); }
.timeline-stroke { fill: none; stroke: var(--timeline-mark); stroke-width: 2.2; }
.timeline-ring { fill: var(--paper); stroke: var(--timeline-mark); stroke-width: 1.6; }
.timeline-bar { fill: var(--timeline-mark); stroke: var(--timeline-mark); }
.timeline-hollow { fill: var(--paper); stroke: var(--paper); }
rect.timeline-bar, rect.timeline-hollow { stroke: none; }
.timeline-dashed { fill: none; stroke: var(--timeline-mark); stroke-width: 1.4; stroke-dasharray: 4 3; }
.timeline-mark-page .timeline-dashed { stroke-width: 2.2; }
.timeline-end { stroke: var(--timeline-mark); stroke-width: 1.4; }
.timeline-figure .timeline-inside { fill: var(--paper); font-weight: 700; font-variant-numeric: tabular-nums; }
.timeline-figure .timeline-beside { fill: var(--timeline-mark); font-weight: 600; }
.timeline-narrow { display: none; }
.timeline-halo { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
g > .timeline-halo { stroke: var(--window); }
.timeline-pole { fill: none; stroke: var(--ink-soft); stroke-width: 1; stroke-dasharray: 2 3; }
.timeline-pole-page, .timeline-pole-alert { stroke: var(--alarm); stroke-dasharray: none; }
.timeline-pole-attack-start, .timeline-pole-attack-end { stroke: var(--bot); stroke-dasharray: 6 3; }
.timeline-flag-look { fill: var(--paper); stroke: var(--ink-soft); stroke-width: 2; }
.timeline-flag-page { fill: var(--alarm); stroke: var(--alarm); stroke-width: 1.2; stroke-linejoin: round; }
.timeline-flag-update { fill: var(--paper); stroke: var(--alarm); stroke-width: 1.4; stroke-linejoin: round; }
.timeline-flag-attack { fill: var(--bot); }
.timeline-legend { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: .6rem 0; padding: 0; list-style: none; font-size: .8125rem; color: var(--ink-soft); }
.timeline-legend-entry { display: flex; align-items: center; gap: .4rem; }
.timeline-legend-sign text { font-size: 12px; }
.timeline-legend-sign { flex: none; overflow: visible; }
.timeline-notes { margin: .6rem 0; padding-left: 1.2rem; font-size: .875rem; color: var(--ink-soft); }
.timeline-table th[scope="row"] { font-weight: 400; width: 14rem; min-width: 11rem; overflow-wrap: normal; }
.timeline-table td { min-width: 8rem; overflow-wrap: break-word; }
.timeline-table td:last-child { white-space: nowrap; }
.timeline-row-page td, .timeline-row-report td { font-weight: 600; }
.timeline-row-page td:nth-child(2) { color: var(--alarm); }
.timeline-row-report td:nth-child(2) { color: var(--caution); }
@media (max-width: 40rem) {
  .timeline-narrow { display: inline; }
  .timeline-wide { display: none; }
}
@media print {
  .timeline-area, .timeline-window, .timeline-slack, .timeline-fill { print-color-adjust: exact; }
}
`;
