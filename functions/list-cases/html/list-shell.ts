import { INCIDENTS_STYLE } from '../../runtime/page/incidents-table.ts';
import { pageShell } from '../../runtime/page/layout.ts';
import { TONE_STYLE } from '../../runtime/page/tone-icon.ts';

const LIST_STYLE = `
.list-filters { margin: 0.25rem 0 1rem; font-size: 0.875rem; }
.list-filter { display: grid; grid-template-columns: 4.5rem minmax(0, 1fr); align-items: baseline; margin: 0 0 0.15rem; max-width: none; }
.list-filter-name { color: var(--ink-soft); }
.list-filter-links { display: flex; flex-wrap: wrap; gap: 0.1rem 0.3rem; }
.list-filter-link { padding: 0.1rem 0.45rem; border: 1px solid transparent; border-radius: 999px; text-decoration: none; }
.list-filter-link:hover { text-decoration: underline; }
.list-filter-link[aria-current] { border-color: var(--ink-soft); color: var(--ink); font-weight: 600; }
.list-unread { margin-top: 0.75rem; color: var(--caution); font-weight: 600; }
.list-older { margin-top: 0.75rem; }
.case-table { min-width: 56rem; }
.case-table th[scope=row] { width: 22%; min-width: 11rem; }
.case-link { font-weight: 400; }
.case-decision { white-space: nowrap; }
.case-verdict { display: inline-flex; gap: 0.35rem; align-items: center; white-space: nowrap; }
.case-verdict .tone-icon { width: 1rem; height: 1rem; }
.case-alarm { color: var(--alarm); font-weight: 600; }
.case-caution { color: var(--caution); }
.case-unknown { color: var(--unknown); }
`;

/** Of the list of cases. */
export const LIST_SHELL = pageShell(TONE_STYLE + INCIDENTS_STYLE + LIST_STYLE);
