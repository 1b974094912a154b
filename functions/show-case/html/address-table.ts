import { count, plural } from '../../core/amount-text.ts';
import { capital } from '../../core/capital.ts';
import { SOURCE_TITLES } from '../../core/case-view/coverage-view.ts';
import { timesWords } from '../../core/case-view/deeds.ts';
import { type MatchedAddress, matchedAddresses, type NetworkStanding } from '../../core/case-view/matched-addresses.ts';
import { botScoreWords, countryWords, methodWords, operatorWords } from '../../core/case-view/sighting-words.ts';
import type { Finding } from '../../core/finding.ts';
import type { Sighting } from '../../core/sighting.ts';
import type { CredentialKind, Strength } from '../../core/token-use.ts';
import { type Content, type Html, html } from '../../runtime/page/markup.ts';
import { intervalOf, timeOf } from '../../runtime/page/time.ts';

/** Said of a credential: what its owner did is told apart from what was done with it. */
const STRENGTHS: Readonly<Record<Strength, string>> = {
  used: 'used',
  minted: 'made or rotated',
  acted: 'its owner acted',
  refused: 'tried and turned away',
};

/**
 * The addresses at which a finding's credential, or its owner, was seen, the busiest first, at most `limit` of them.
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
  const { addresses, credential } = finding;
  if (addresses.length === 0) return html`<p>The addresses that matched are not stored.</p>`;
  const shown = matchedAddresses(finding, sightings, limit);
  const more = addresses.length - shown.length;
  return html`<section class="scroll-sideways" tabindex="0" aria-label="${label}">
<table class="finding-table address-table"><caption>${plural(addresses.length, 'address', 'addresses')}, most uses and acts first</caption>
<thead><tr><th scope="col">Address</th><th scope="col">Operator and country</th><th scope="col">As a bot, and how found</th><th scope="col" class="number">Requests</th><th scope="col">What was done there</th><th scope="col">When</th></tr></thead>
<tbody>${shown.map((one) => addressRow(one, credential.kind))}</tbody></table></section>
${more > 0 && html`<p class="quiet">${count(shown.length)} of ${count(addresses.length)} addresses are shown; the JSON has more.</p>`}`;
}

function addressRow(one: MatchedAddress, kind: CredentialKind): Html {
  const operator = operatorWords(one.asn, one.asnName);
  const country = countryWords(one.country);
  return html`<tr><th scope="row"><code>${one.address}</code>${one.network !== one.address && html`<small>in ${one.network}</small>`}</th><td>${operator ?? 'operator not known'}<small>${country ?? 'country not known'}</small></td><td>${botScoreWords(one.lowestBotScore)}<small>${foundWords(one)}</small></td><td class="number">${count(one.requests)}</td><td>${doneWords(one, kind)}<small>by ${one.sources.map((source) => SOURCE_TITLES[source]).join(', ')}</small>${standingWords(one.standing).map((text) => html`<small>${text}</small>`)}</td><td>${whenOf(one)}</td></tr>
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

/** `Used once; its owner acted 3 times`; of a person, `Acted 3 times`. */
function doneWords({ proven, unkept, strength, uses }: MatchedAddress, kind: CredentialKind): string {
  const events = (number: number) => plural(number, 'event', 'events');
  const told = proven.map((one) => `${STRENGTHS[one.strength]} ${timesWords(one.times)}`);
  if (told.length === 0) told.push(`${STRENGTHS[strength]}, at the strongest of ${events(uses)}`);
  else if (unkept > 0) told.push(`${events(unkept)} more, only counted`);
  return capital(told.join('; ').replace(kind === 'user' ? 'its owner ' : '', ''));
}

function whenOf({ when: { exactly, within } }: MatchedAddress): Content {
  if (exactly === undefined) return within && intervalOf(within);
  const { notBefore, notAfter } = exactly;
  const others = within?.notBefore === 0 ? 'at unknown times' : within && intervalOf(within);
  return html`${notBefore < notAfter && html`${timeOf(notBefore)}<small>to</small>`}${timeOf(notAfter)}${others && html`<small>and ${others}</small>`}`;
}
