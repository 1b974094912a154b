import { type AlertMetric, alertMetrics } from '../../core/alert-metrics.ts';
import { amount, count, type Precision, pollPrecision, readPrecision } from '../../core/amount-text.ts';
import { capital } from '../../core/capital.ts';
import type { MonitorCase } from '../../core/case.ts';
import { newestWith } from '../../core/case-file.ts';
import { facetNouns } from '../../core/case-view/cited-events.ts';
import { readableText } from '../../core/case-view/readable-text.ts';
import { identifyEvents } from '../../core/event-evidence.ts';
import { type Attack, attackClaims, unseenEventClaims } from '../../core/event-summary.ts';
import { shorten } from '../../core/hostile-text.ts';
import type { EventsPicture, FacetName } from '../../core/security-events.ts';
import { type Content, type Html, html } from '../../runtime/page/markup.ts';
import type { CasePageFacts } from './case-page-facts.ts';
import { textWithTimes } from './text-with-times.ts';

const SHOWN: readonly FacetName[] = [
  'addresses',
  'rules',
  'actions',
  'hosts',
  'paths',
  'countries',
  'asns',
  'statuses',
];
const VALUES_SHOWN = 8;
const VALUE_LENGTH = 120;
const BAR = { width: 120, height: 8 } as const;

/** What the attack looked like in Cloudflare's security events. Cases that no monitor began have none: nothing is drawn. */
export function eventsSection({ file }: CasePageFacts): Html {
  if (file.trigger !== 'monitor') return html``;
  const newest = newestWith(file, 'picture');
  const monitor = file.state?.monitor;
  const events = newest === undefined ? undefined : identifyEvents(newest.picture);
  return html`<section id="events" aria-labelledby="events-title">
<h2 id="events-title">What the attack looked like</h2>
${sentences({ events, monitor })}
${totals(monitor, newest?.picture)}
${newest !== undefined && facets(newest.picture, newest.look)}
</section>`;
}

/** The same sentences as in the alert, and what could not be seen of the events. */
function sentences(attack: Attack): Html {
  const told = [...attackClaims(attack), ...unseenEventClaims(attack, [])];
  return html`<ul class="events-told">${told.map(({ text }) => html`<li>${textWithTimes(readableText(text, 500))}</li>`)}</ul>`;
}

interface Total {
  readonly name: string;
  readonly events: number;
  readonly known: Precision;
}

function totals(monitor: MonitorCase | undefined, picture: EventsPicture | undefined): Content {
  const rows: Total[] = [];
  const exactly = { estimated: false, lowerBound: false };
  if (monitor !== undefined) {
    rows.push({ name: 'Measured against', events: monitor.reference, known: exactly });
    rows.push({ name: 'Counted by the poll that alerted', events: monitor.total, known: pollPrecision(monitor) });
  }
  if (picture !== undefined) {
    rows.push({ name: 'Counted at the newest look', events: picture.total, known: readPrecision(picture) });
  }
  const most = Math.max(1, ...rows.map(({ events }) => events));
  if (rows.length === 0) return undefined;
  return html`<table class="events-table events-totals"><caption>Events in all</caption>
<thead><tr><th scope="col">Total</th><th scope="col" class="number">Events</th><td></td></tr></thead>
<tbody>${rows.map(
    ({
      name,
      events,
      known,
    }) => html`<tr><th scope="row">${name}</th><td class="number">${amount(events, known)}</td><td>${bar(events / most)}</td></tr>
`,
  )}</tbody></table>`;
}

function facets(picture: EventsPicture, look: number): Html {
  const metrics = alertMetrics(picture);
  const shown = SHOWN.flatMap((name) => metrics.filter((metric) => metric.name === name && metric.values.length > 0));
  const of = look === 0 ? 'as the poll saw them' : `as of look ${look}`;
  return html`<h3>By property, ${of}</h3>
<div class="events-facets">${shown.map((metric) => facet(metric, picture))}</div>`;
}

function facet({ name, values, distinct, isLowerBound }: AlertMetric, picture: EventsPicture): Html {
  const { estimated } = readPrecision(picture);
  const known = { estimated, lowerBound: isLowerBound };
  const [one, many] = facetNouns(name);
  const all = `${amount(distinct, { estimated: false, lowerBound: isLowerBound })} ${distinct === 1 ? one : many}`;
  const of =
    values.length > VALUES_SHOWN || distinct > values.length
      ? `, of which ${count(Math.min(VALUES_SHOWN, values.length))} are shown`
      : '';
  const most = Math.max(1, ...values.map((value) => value.count));
  return html`<table class="events-table"><caption>${all}${of}</caption>
<thead><tr><th scope="col">${capital(one)}</th><th scope="col" class="number">Events</th><td></td></tr></thead>
<tbody>${values.slice(0, VALUES_SHOWN).map(
    (
      value,
    ) => html`<tr><th scope="row" class="events-value">${shorten(value.value, VALUE_LENGTH)}</th><td class="number">${amount(value.count, known)}</td><td>${bar(value.count / most)}</td></tr>
`,
  )}</tbody></table>
`;
}

/** For the eye only: the number stands beside it. */
function bar(share: number): Html {
  const width = Math.max(1, Math.round(Math.min(1, Math.max(0, share)) * BAR.width));
  return html`<svg class="events-bar" viewBox="0 0 ${BAR.width} ${BAR.height}" width="${BAR.width}" height="${BAR.height}" aria-hidden="true" focusable="false"><rect class="events-bar-fill" width="${width}" height="${BAR.height}"/></svg>`;
}

export const EVENTS_STYLE = `
.events-told li { max-width: 48rem; }
.events-facets { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: 1.25rem 2rem; align-items: start; }
.events-table thead td { width: 7.5rem; }
.events-totals { max-width: 40rem; margin-bottom: 1rem; }
.events-value { font-weight: 400; }
.events-bar { display: block; width: 100%; max-width: 7.5rem; height: 0.5rem; margin-top: 0.4rem; }
.events-bar-fill { fill: var(--bot); }
`;
