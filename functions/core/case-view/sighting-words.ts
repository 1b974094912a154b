import { idText, withoutSecrets } from '../hostile-text.ts';
import type { SightingMethod } from '../sighting.ts';

const METHODS: Readonly<Record<SightingMethod, string>> = {
  'bot-score': 'Cloudflare scored it as a bot',
  'bot-product': "Cloudflare's bot protection acted on it",
  'rate-limit': "Cloudflare's rate limiting stopped it",
  l7ddos: 'seen in an HTTP DDoS attack',
  share: 'an unusual share of the traffic, which is no word about bots',
  'security-event': 'a security rule stopped or logged it, which is no word about bots',
  payload: "named in Cloudflare's alert",
};

/** How Cloudflare told of an address, in words. */
export function methodWords(method: SightingMethod): string {
  return METHODS[method];
}

/** A bot score for somebody who has never met one: 1 is certain, 2 to 29 likely (`reference/cloudflare.md` §10). */
export function botScoreWords(score: number | undefined): string {
  if (score === undefined) return 'no bot score';
  const means = score <= 1 ? 'surely automated' : score < 30 ? 'likely automated' : 'likely human';
  return `${score} of 99: ${means}`;
}

const NAMES = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

/** A country as Cloudflare gives it, with its English name: `Netherlands (NL)`; `T1` is its code for Tor. */
export function countryWords(code: string | undefined): string | undefined {
  if (code === undefined || code === '') return undefined;
  if (code === 'T1') return 'Tor (T1)';
  const name = /^[A-Z]{2}$/.test(code) && code !== 'XX' ? NAMES.of(code) : undefined;
  return name === undefined ? withoutSecrets(code, 20) : `${name} (${code})`;
}

/** A network operator: `AS64500 EXAMPLE-NET`. */
export function operatorWords(asn: number | undefined, name: string | undefined): string | undefined {
  if (asn === undefined) return undefined;
  return name === undefined || name === '' ? `AS${asn}` : `AS${asn} ${idText(name, 60)}`;
}
