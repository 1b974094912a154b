import { count, plural } from '../../core/amount-text.ts';
import { type MatchedAddress, matchedAddresses, type NetworkStanding } from '../../core/case-view/matched-addresses.ts';
import { botScoreWords, countryWords, methodWords, operatorWords } from '../../core/case-view/sighting-words.ts';
import type { SourceName } from '../../core/coverage.ts';
import type { Finding } from '../../core/finding.ts';
import type { Sighting } from '../../core/sighting.ts';
import { lengthOf } from '../../core/time.ts';
import type { Strength } from '../../core/token-use.ts';
import { type Html, html } from '../../runtime/page/markup.ts';
import { timeOf } from '../../runtime/page/time.ts';

const STRENGTHS: Readonly<Record<Strength, string>> = {
  used: 'Used',
  minted: 'Made or rotated',
  acted: 'Its owner acted, with what is not known',
  refused: 'Tried and turned away',
};

const SOURCES: Readonly<Record<SourceName, string>> = {
  cloudflare: 'Cloudflare',
  axiom: 'Axiom',
  logs: 'request logs',
  stream: 'streamed audit events',
  inventory: 'token list',
  audit: 'audit events',
};

/**
 * The addresses at which a finding's credential was seen, the busiest first, at most `limit` of them.
 *
 * @param sightings of the case on the finding's networks
 * @param label names the table among those of other findings
 */
export function addressTable(
  finding: Finding,
  sightings: ReadonlyMap<string, readonly Sighting[]>,
  limit: number,
  label: string,
): Html {
  const { addresses } = finding;
  if (addresses.length === 0) return html`<p>The addresses that matched are not stored.</p>`;
  const shown = matchedAddresses(finding, sightings, limit);
  const more = addresses.length - shown.length;
  return html`<section class="scroll-sideways" tabindex="0" aria-label="${label}">
<table class="finding-table address-table"><caption>${plural(addresses.length, 'address', 'addresses')} that held it, the busiest first</caption>
<thead><tr><th scope="col">Address</th><th scope="col">Operator and country</th><th scope="col">As a bot, and how found</th><th scope="col" class="number">Requests</th><th scope="col">What the credential did there</th><th scope="col">First and last</th></tr></thead>
<tbody>${shown.map(addressRow)}</tbody></table></section>
${more > 0 && html`<p class="quiet">${count(shown.length)} of ${count(addresses.length)} addresses are shown; the JSON has all.</p>`}`;
}

function addressRow(one: MatchedAddress): Html {
  const operator = operatorWords(one.asn, one.asnName);
  const country = countryWords(one.country);
  return html`<tr><th scope="row"><code>${one.address}</code>${one.network !== one.address && html`<small>in ${one.network}</small>`}</th><td>${operator ?? 'operator not known'}<small>${country ?? 'country not known'}</small></td><td>${botScoreWords(one.lowestBotScore)}<small>${foundWords(one)}</small></td><td class="number">${count(one.requests)}</td><td>${STRENGTHS[one.strength]}, ${plural(one.uses, 'time', 'times')}<small>by ${one.sources.map((source) => SOURCES[source]).join(', ')}</small>${standingWords(one.standing).map((text) => html`<small>${text}</small>`)}</td><td>${whenOf(one)}</td></tr>
`;
}

function foundWords({ methods, askedBack, rule, neighbour }: MatchedAddress): string {
  const [best] = methods;
  const found = best === undefined ? 'how it was found is not kept' : methodWords(best);
  const back = askedBack ? '; found by asking back' : '';
  if (rule === 'same-address') return `${found}${back}`;
  return `another address of its network${neighbour === undefined ? '' : `, ${neighbour}`}: ${found}${back}`;
}

/** What is known of the network beyond this case; nothing where there is no history. */
function standingWords({ shared, days, usual, isNew }: NetworkStanding): string[] {
  const words: string[] = [];
  if (shared) words.push('Many share this address: known or learned egress.');
  if (days > 0) words.push(`Usual: its owner or it worked here on ${plural(days, 'earlier day', 'earlier days')}.`);
  else if (usual) words.push('Its owner or it worked from this operator on earlier days.');
  else if (isNew === true) words.push('New: it never worked from here before.');
  return words;
}

function whenOf({ firstUse, lastUse }: MatchedAddress): Html {
  if (firstUse <= 0) return html`at an unknown time up to ${timeOf(lastUse)}`;
  if (lengthOf({ notBefore: firstUse, notAfter: lastUse }) === 0) return timeOf(lastUse);
  return html`${timeOf(firstUse)}<small>to</small>${timeOf(lastUse)}`;
}
