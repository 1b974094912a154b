import { count, plural } from '../../core/amount-text.ts';
import {
  type MapAddress,
  type MapCredential,
  type MapLink,
  type NetworkGraph,
  networkGraph,
  type Touch,
} from '../../core/case-view/network-graph.ts';
import {
  type NetworkMap,
  networkMap,
  type Placed,
  type PlacedLink,
  ROW_HEIGHT,
} from '../../core/case-view/network-map.ts';
import { nothingFound } from '../../core/case-view/nothing-found.ts';
import { countryWords } from '../../core/case-view/sighting-words.ts';
import { DEEDS } from '../../core/case-view/timeline/rows.ts';
import { credentialTitle } from '../../core/credential-title.ts';
import { shorten } from '../../core/hostile-text.ts';
import { STRENGTHS_BEST_FIRST } from '../../core/token-use.ts';
import { type Html, html } from '../../runtime/page/markup.ts';
import type { CasePageFacts } from './case-page-facts.ts';
import { px } from './timeline-layout.ts';
import { legendEntry } from './timeline-legend.ts';

/** Geometry in units of the drawing: at 730 px, the least it is shown at, 14 of them are 11 px. */
const WIDTH = 920;
const LEFT = 312;
const RIGHT = 590;
const TOP = 34;
const TITLE_LENGTH = 34;
/** A longer address is set closer: none is cut. */
const ADDRESS_LENGTH = 30;
const TABLE_ROWS = 80;
/** Credentials told in the description of the drawing. */
const TOLD = 6;

const TOUCHES: Readonly<Record<Touch, string>> = {
  'same-address': 'matched: the very address',
  'same-network': 'matched: its network',
  unmatched: 'no match',
};

/** Which address touched which credential: the usual places of each, and those a bot was sighted at. */
export function networkSection({ file }: CasePageFacts): Html {
  const graph = networkGraph(file);
  return html`<section id="network" class="network" aria-labelledby="network-title"><h2 id="network-title">Which address touched which credential</h2>
${graph.links.length === 0 ? nothingToDraw(graph, nothingFound(file)) : picture(graph)}
</section>`;
}

function nothingToDraw({ credentials }: NetworkGraph, why: readonly string[]): Html {
  if (credentials.length > 0) return html`<p>The addresses of the credentials found are not stored.</p>`;
  return html`<p>There is nothing to draw. ${why.join(' ')}</p>`;
}

function picture(graph: NetworkGraph): Html {
  const map = networkMap(graph);
  return html`${introduction(graph)}
<p class="network-hint quiet">The map is wider than this screen: scroll it sideways to the credentials.</p>
<section class="scroll-sideways network-scroll" tabindex="0" aria-label="Network map">${drawing(graph, map)}</section>
${legend(graph)}
${unknownWords(graph).map((text) => html`<p class="quiet">${text}</p>`)}
<details><summary>The map as a table</summary>${linkTable(map)}</details>`;
}

function introduction(graph: NetworkGraph): Html {
  return html`<p>${sightedWords(graph)}</p>`;
}

function sightedWords({ addresses, credentials, moreCredentials, usesKnown }: NetworkGraph): string {
  const countOf = (wanted: MapAddress['sighted']) => addresses.filter(({ sighted }) => sighted === wanted).length;
  const [sighted, near, others] = [countOf('address'), countOf('network'), countOf('no')];
  const of = moreCredentials === 0 ? '' : `The worst ${count(credentials.length)} of `;
  const all = credentials.length + moreCredentials;
  const nearby = near === 0 ? '' : `, and ${count(near)} next to a sighted one,`;
  const first = `${of}${plural(all, 'credential', 'credentials')} and ${plural(sighted, 'sighted address', 'sighted addresses')}${nearby} that touched ${all === 1 ? 'it' : 'them'}.`;
  if (others > 0) {
    const used = all === 1 ? 'It was' : 'They were';
    return `${first} ${used} also used from ${plural(others, 'address', 'addresses')} that ${others === 1 ? 'is' : 'are'} not in this case's sightings.`;
  }
  return usesKnown ? `${first} No use from another address is known at that time.` : first;
}

function unknownWords({ usesKnown, usesLeftOut, moreAddresses, moreCredentials }: NetworkGraph): string[] {
  const words: string[] = [];
  if (!usesKnown)
    words.push('Where else these credentials were used is not stored: a missing usual place proves nothing.');
  if (moreAddresses + moreCredentials > 0) {
    const more = [
      moreAddresses === 0 ? [] : [plural(moreAddresses, 'more address', 'more addresses')],
      moreCredentials === 0 ? [] : [plural(moreCredentials, 'more credential', 'more credentials')],
    ].flat();
    words.push(
      `${more.join(' and ')} ${moreAddresses + moreCredentials === 1 ? 'is' : 'are'} not on the map; the JSON has more.`,
    );
  }
  if (usesLeftOut > 0)
    words.push(`${plural(usesLeftOut, 'further use was', 'further uses were')} not read for this page.`);
  return words;
}

function drawing(graph: NetworkGraph, map: NetworkMap): Html {
  const rest = graph.moreAddresses + graph.moreCredentials > 0 ? ROW_HEIGHT - 10 : 0;
  return html`<svg class="network-map" viewBox="0 0 ${WIDTH} ${TOP + map.height + rest}" width="100%" role="img" aria-labelledby="network-map-title network-map-text">
<title id="network-map-title">Which address touched which credential</title>
<desc id="network-map-text">${describe(graph)}</desc>
<text class="network-head" x="${LEFT - 18}" y="18" text-anchor="end">Addresses</text><text class="network-head" x="${RIGHT + 20}" y="18">Credentials</text>
${map.links.map((link) => linkPath(link, graph))}
${map.addresses.map(addressNode)}
${map.credentials.map(credentialNode)}
${graph.moreAddresses > 0 && html`<text class="network-soft" x="${LEFT - 18}" y="${TOP + map.height + 16}" text-anchor="end">and ${plural(graph.moreAddresses, 'more address', 'more addresses')}</text>`}
${graph.moreCredentials > 0 && html`<text class="network-soft" x="${RIGHT + 20}" y="${TOP + map.height + 16}">and ${plural(graph.moreCredentials, 'more credential', 'more credentials')}</text>`}
</svg>`;
}

/** Leaves and arrives level, so that links of one place lie beside one another. */
function curve(fromX: number, fromY: number, toX: number, toY: number): string {
  const middle = (fromX + toX) / 2;
  return `M${px(fromX)},${px(fromY)}C${px(middle)},${px(fromY)},${px(middle)},${px(toY)},${px(toX)},${px(toY)}`;
}

function linkPath({ credential, touch, fromY, toY, width, refused }: PlacedLink, graph: NetworkGraph): Html {
  const pages = graph.credentials[credential]?.decision === 'page';
  const kind = touch === 'unmatched' ? 'network-usual' : pages ? 'network-paged' : 'network-reported';
  const classes = `network-link ${kind}${touch === 'same-network' ? ' network-near' : ''}${refused ? ' network-refused' : ''}`;
  const path = curve(LEFT + 8, TOP + fromY, RIGHT - 2, TOP + toY);
  return html`<path class="${classes}" d="${path}" stroke-width="${width}"/>
`;
}

function addressNode({ node, y }: Placed<MapAddress>): Html {
  const at = TOP + y;
  return html`<g>${SIGNS[node.sighted](LEFT, at)}<text class="network-name" x="${LEFT - 18}" y="${at - 1}" text-anchor="end"${node.address.length > ADDRESS_LENGTH && html` textLength="${LEFT - 22}" lengthAdjust="spacingAndGlyphs"`}>${node.address}</text><text class="network-soft" x="${LEFT - 18}" y="${at + 14}" text-anchor="end">${addressWords(node)}</text></g>
`;
}

/** A diamond with two eyes is a bot, an empty one its neighbour. */
const SIGNS: Readonly<Record<MapAddress['sighted'], (x: number, y: number) => Html>> = {
  address: (x, y) =>
    html`<path class="network-bot" d="M${x} ${y - 11}l11 11l-11 11l-11 -11z"/><path class="network-eyes" d="M${x - 3.5} ${y - 1}h.01M${x + 3.5} ${y - 1}h.01"/>`,
  network: (x, y) => html`<path class="network-neighbour" d="M${x} ${y - 10}l10 10l-10 10l-10 -10z"/>`,
  no: (x, y) => html`<circle class="network-use" cx="${x}" cy="${y}" r="7"/>`,
};

const SIGHTED: Readonly<Record<MapAddress['sighted'], string>> = {
  address: 'sighted by Cloudflare',
  network: 'its network was sighted',
  no: "not in this case's sightings",
};

const LEVELS: Readonly<Record<MapCredential['decision'], string>> = { page: 'page level', report: 'reported' };

function credentialNode({ node, y }: Placed<MapCredential>): Html {
  const at = TOP + y;
  return html`<g>${key(node.decision, RIGHT - 2, at)}<text class="network-name" x="${RIGHT + 20}" y="${at - 1}">${shorten(credentialTitle(node.credential), TITLE_LENGTH)}</text><text class="network-soft" x="${RIGHT + 20}" y="${at + 14}">score ${node.score}, ${node.ordered ? 'pages' : LEVELS[node.decision]}</text></g>
`;
}

function addressWords({ sighted, lowestBotScore, asn, country }: MapAddress): string {
  const said = lowestBotScore === undefined ? SIGHTED[sighted] : `bot score ${lowestBotScore}`;
  const where = [asn === undefined ? [] : [`AS${asn}`], countryCode(country)].flat().join(' ');
  return [said, where].filter((text) => text !== '').join(', ');
}

function countryCode(country: string | undefined): string[] {
  return country !== undefined && /^[A-Z0-9]{2}$/.test(country) ? [country] : [];
}

/** What the signs of this map mean, shapes before lines: exactly those that occur in it. */
function legend({ addresses, credentials, links }: NetworkGraph): Html {
  const pages = ({ credential }: MapLink) => credentials[credential]?.decision === 'page';
  const line = (classes: string) => html`<path class="network-link ${classes}" stroke-width="4" d="M0 10h28"/>`;
  const colours: readonly (readonly [string, string, (link: MapLink) => boolean])[] = [
    ['network-paged', 'matched, at page level', (link) => link.touch !== 'unmatched' && pages(link)],
    ['network-reported', 'matched, below page level', (link) => link.touch !== 'unmatched' && !pages(link)],
    ['network-usual', 'seen there, no match', ({ touch }) => touch === 'unmatched'],
    ['network-line network-near', 'matched by its network', ({ touch }) => touch === 'same-network'],
    ['network-line network-refused', 'turned away', ({ refused }) => refused],
  ];
  return html`<ul class="timeline-legend">${(['address', 'network', 'no'] as const)
    .filter((wanted) => addresses.some(({ sighted }) => sighted === wanted))
    .map((sighted) => legendEntry(SIGNS[sighted](14, 10), SIGHTED[sighted]))}${(['page', 'report'] as const)
    .filter((wanted) => credentials.some(({ decision }) => decision === wanted))
    .map((decision) => legendEntry(key(decision, 7, 10), LEVELS[decision]))}${colours
    .filter(([, , isOf]) => links.some(isOf))
    .map(([classes, text]) => legendEntry(line(classes), text))}<li>The wider, the more often.</li></ul>`;
}

function key(decision: MapCredential['decision'], x: number, y: number): Html {
  return html`<rect class="network-key network-key-${decision}" x="${x}" y="${y - 9}" width="14" height="18" rx="3"/>`;
}

function describe(graph: NetworkGraph): string {
  const told = graph.credentials.slice(0, TOLD).map(({ credential }, index) => {
    const own = graph.links.filter((link) => link.credential === index);
    const matched = own.filter(({ touch }) => touch !== 'unmatched');
    const names = matched.slice(0, 3).map(({ address }) => graph.addresses[address]?.address ?? '');
    const more = matched.length - names.length;
    const bots =
      names.length === 0
        ? 'no sighted address shown'
        : `${names.join(', ')}${more > 0 ? ` and ${count(more)} more` : ''}`;
    const others = own.length - matched.length;
    return `${credentialTitle(credential)} was held by ${bots}${others === 0 ? '' : `, and used from ${plural(others, 'other address', 'other addresses')}`}.`;
  });
  const more = graph.credentials.length - told.length;
  return [sightedWords(graph), ...told, ...(more > 0 ? [`And ${count(more)} more in the table.`] : [])].join(' ');
}

function linkTable({ links, addresses, credentials }: NetworkMap): Html {
  const byY = links.toSorted((a, b) => a.fromY - b.fromY || a.toY - b.toY);
  const address = new Map(addresses.map(({ node, y }) => [y, node]));
  const credential = new Map(credentials.map(({ node, y }) => [y, node]));
  return html`<section class="scroll-sideways" tabindex="0" aria-label="Network map as a table"><table class="network-table"><caption>Addresses and the credentials they touched</caption>
<thead><tr><th scope="col">Address</th><th scope="col">At Cloudflare</th><th scope="col">Credential</th><th scope="col">Signs</th><th scope="col">How it matched</th></tr></thead>
<tbody>${byY.slice(0, TABLE_ROWS).map(({ fromY, toY, touch, refused, ...signs }) => {
    const from = address.get(fromY);
    const to = credential.get(toY);
    if (from === undefined || to === undefined) return undefined;
    return html`<tr><th scope="row"><code>${from.address}</code></th><td>${placeWords(from)}</td><td>${credentialTitle(to.credential)}</td><td>${signWords(signs)}</td><td>${TOUCHES[touch]}${refused && ', turned away'}</td></tr>
`;
  })}</tbody></table></section>
${byY.length > TABLE_ROWS && html`<p class="quiet">${TABLE_ROWS} of ${count(byY.length)} pairs are shown; the JSON has more.</p>`}`;
}

/** `used: 1, its owner acted: 3`; only how many where it is not stored which they are. */
function signWords({ signs, strengths }: Pick<MapLink, 'signs' | 'strengths'>): string {
  if (strengths === undefined) return count(signs);
  return STRENGTHS_BEST_FIRST.flatMap((strength) => {
    const number = strengths[strength] ?? 0;
    return number === 0 ? [] : [`${DEEDS[strength]}: ${count(number)}`];
  }).join(', ');
}

function placeWords(node: MapAddress): string {
  const country = countryWords(node.country);
  return `${addressWords({ ...node, country: '' })}${country === undefined ? '' : `, ${country}`}`;
}

/** Of the whole section. What can be scrolled shows so: its edge is shaded while there is more behind it. */
export const NETWORK_STYLE = `
.network-scroll {
  background:
    linear-gradient(to left, var(--paper) 40%, transparent) right / 3rem 100% local,
    linear-gradient(to left, var(--ink-soft), transparent) right / 0.75rem 100% scroll;
  background-repeat: no-repeat;
}
.network-hint { display: none; }
.network-map { display: block; min-width: 730px; max-width: 980px; height: auto; }
.network-map text { fill: var(--ink); font-size: 14px; }
.network-map .network-name { font-weight: 600; }
.network-map .network-soft, .network-map .network-head { fill: var(--ink-soft); }
.network-map .network-head { font-weight: 600; }
.network-link { fill: none; stroke-linecap: butt; stroke-opacity: 0.75; }
.network-paged { stroke: var(--use-alarm); }
.network-reported { stroke: var(--bot); }
.network-usual { stroke: var(--use); }
.network-near { stroke-dasharray: 10 5; }
.network-refused { stroke-dasharray: 2 4; }
.network-line { stroke: var(--ink-soft); }
.network-neighbour { fill: var(--paper); stroke: var(--bot); stroke-width: 2.5; }
.network-bot { fill: var(--bot); }
.network-eyes { fill: none; stroke: var(--paper); stroke-width: 3.4; stroke-linecap: round; }
.network-use { fill: var(--paper); stroke: var(--use); stroke-width: 3; }
.network-key { stroke-width: 2.5; }
.network-key-page { fill: var(--alarm); stroke: var(--alarm); }
.network-key-report { fill: var(--paper); stroke: var(--ink-soft); }
.network-table { min-width: 40rem; }
@media (max-width: 48rem) { .network-hint { display: block; } }
@media print {
  .network-hint { display: none; }
  .network-map, .network-table { min-width: 0; }
}
`;
