import {
  type Confidence,
  METHODS_BEST_FIRST,
  type Sighting,
  type SightingMethod,
} from '../../../functions/core/sighting.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import type { Place } from './places.ts';
import type { RequestRow } from './request-log.ts';
import type { Part } from './train.ts';

/** The most texts of a kind that a sighting names. */
const KEPT = { ja4: 10, hosts: 20, paths: 20 } as const;

/** Everything that was asked for of one address in one zone, as one. */
export class AddressSummary {
  readonly place: Place;
  readonly #zone: RequestRow['zone'];
  readonly #origin: Pick<RequestRow, 'asn' | 'country'>;
  readonly #requests = new Map<SightingMethod, number>();
  readonly #texts = { ja4: new Set<string>(), hosts: new Set<string>(), paths: new Set<string>() };
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  #score = Number.POSITIVE_INFINITY;

  constructor({ place, zone, asn, country }: RequestRow) {
    this.place = place;
    this.#zone = zone;
    this.#origin = { ...(asn === undefined ? {} : { asn }), ...(country === undefined ? {} : { country }) };
  }

  add({ method, botScore, ja4, host, path }: RequestRow, { first, last, count }: Part): void {
    this.#requests.set(method, (this.#requests.get(method) ?? 0) + count);
    this.first = Math.min(this.first, first);
    this.last = Math.max(this.last, last);
    if (botScore !== undefined) this.#score = Math.min(this.#score, botScore);
    if (ja4 !== undefined) this.#texts.ja4.add(ja4);
    this.#texts.hosts.add(host);
    this.#texts.paths.add(path);
  }

  /** Products count events and the request node requests; one request may be both, so they are not added. */
  get requests(): number {
    return Math.max(...this.#requests.values());
  }

  get method(): SightingMethod {
    return METHODS_BEST_FIRST.find((method) => this.#requests.has(method)) ?? 'security-event';
  }

  /** As asking back tells it: to the minute, unsampled, with hosts, paths and score. */
  inDetail(): Sighting {
    const { ja4, hosts, paths } = this.#texts;
    const score = Number.isFinite(this.#score) ? this.#score : undefined;
    return {
      ...this.#known(),
      seen: { notBefore: minuteOf(this.first), notAfter: minuteOf(this.last) + MINUTE - 1 },
      seenExactly: true,
      requests: this.requests,
      sampleInterval: 1,
      ...(score === undefined ? {} : { lowestBotScore: score }),
      ja4: [...ja4].slice(0, KEPT.ja4),
      hosts: [...hosts].slice(0, KEPT.hosts),
      paths: [...paths].slice(0, KEPT.paths),
      confidence: confidenceOf(this.method, score),
      askedBack: true,
    };
  }

  /** As a list of the busiest tells it: somewhere in the span asked about. */
  asListed(seen: Sighting['seen'], requests: number, sampleInterval: number): Sighting {
    return {
      ...this.#known(),
      seen,
      seenExactly: false,
      requests,
      sampleInterval,
      ja4: [],
      hosts: [],
      paths: [],
      confidence: confidenceOf(this.method, undefined),
      askedBack: false,
    };
  }

  #known() {
    const { id, name } = this.#zone;
    return { ...this.place, ...this.#origin, zone: { id, name }, method: this.method };
  }
}

/** As the adapter says it: score 1 is certain; a product says more than a limit, and a rule nothing about bots. */
export function confidenceOf(method: SightingMethod, lowestBotScore: number | undefined): Confidence {
  switch (method) {
    case 'bot-score':
      return lowestBotScore === 1 ? 'high' : 'medium';
    case 'bot-product':
      return 'high';
    case 'l7ddos':
    case 'rate-limit':
      return 'medium';
    default:
      return 'low';
  }
}

function minuteOf(at: number): number {
  return Math.floor(at / MINUTE) * MINUTE;
}
