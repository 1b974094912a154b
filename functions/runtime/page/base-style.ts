/** What all pages share: type, tables, folds, links, focus, paper. Elements and shared classes only. */
export const BASE_STYLE = `
*, *::before, *::after { box-sizing: border-box; }
html { scroll-padding-top: 1rem; scroll-behavior: smooth; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 0.9375rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: anywhere; font-variant-numeric: tabular-nums;
}
.skip-link { position: absolute; left: -100rem; top: 0; padding: 0.5rem 0.75rem; background: var(--paper); z-index: 1; }
.skip-link:focus { left: 0; }
.page-header, main, .page-footer { max-width: 70rem; margin: 0 auto; padding: 0 1.25rem; }
.page-header {
  display: flex; flex-wrap: wrap; gap: 0.15rem 0.75rem; align-items: baseline;
  padding-top: 0.8rem; padding-bottom: 0.7rem;
}
.product-name { font-weight: 700; letter-spacing: 0.01em; }
.environment { color: var(--ink-soft); }
.mode-shadow {
  padding: 0 0.55em; border: 1px solid var(--caution); border-radius: 999px;
  background: var(--caution-paper); color: var(--caution); font-size: 0.8125rem; font-weight: 600;
}
.page-footer {
  margin-top: 2.5rem; padding-bottom: 2rem; color: var(--ink-soft); font-size: 0.8125rem;
}
.page-footer p { margin: 0; padding-top: 0.7rem; border-top: 1px solid var(--line); max-width: none; }
main > section { margin-top: 2.25rem; }
main > section:first-child { margin-top: 0; }
h1, h2, h3 { line-height: 1.25; margin: 0 0 0.5rem; text-wrap: balance; }
h1 { font-size: 1.4rem; }
h2 { font-size: 1.15rem; padding-bottom: 0.3rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin-top: 1.25rem; }
p, ul, ol, dl { margin: 0 0 0.6rem; }
p { max-width: 48rem; }
ul, ol { padding-left: 1.25rem; }
a { color: var(--link); text-underline-offset: 0.15em; }
code, kbd, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: 0.9em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; }
caption { text-align: left; color: var(--ink-soft); padding-bottom: 0.35rem; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.75rem 0.35rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
th code { font-weight: 400; }
thead th { color: var(--ink-soft); font-size: 0.8125rem; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
details { margin: 0.6rem 0; }
summary { cursor: pointer; color: var(--link); width: fit-content; max-width: 100%; }
details[open] > summary { margin-bottom: 0.4rem; }
time { white-space: nowrap; }
.local-time { color: var(--ink-soft); font-size: 0.9em; font-weight: 400; white-space: nowrap; }
td .local-time { display: block; }
.scroll-sideways { position: relative; overflow-x: auto; }
:where(.scroll-sideways) table { min-width: 40rem; }
:where(.scroll-sideways) :is(th, td) { overflow-wrap: break-word; }
:where(.scroll-sideways) :is(th, td) code { overflow-wrap: anywhere; }
:where(.scroll-sideways) :is(th, td):has(> code) { min-width: 11rem; }
.quiet { color: var(--ink-soft); }
.number { text-align: right; white-space: nowrap; }
.visually-hidden {
  position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0; border: 0;
  overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
@media (max-width: 40rem) {
  .page-header, main, .page-footer { padding-left: 1rem; padding-right: 1rem; }
  main > section { margin-top: 1.75rem; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media print {
  body { font-size: 10pt; }
  .page-header, main, .page-footer { max-width: none; padding-left: 0; padding-right: 0; }
  .skip-link { display: none; }
  h2, h3 { break-after: avoid; }
  tr, svg { break-inside: avoid; }
  .scroll-sideways { overflow: visible; }
  :where(.scroll-sideways) table { min-width: 0; }
}
`;
