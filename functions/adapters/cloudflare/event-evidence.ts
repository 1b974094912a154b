import { parseAddress } from '../../core/address.ts';
import { normalHost } from '../../core/host-name.ts';
import type { EventGroup } from '../../core/security-events.ts';
import type { SightingMethod } from '../../core/sighting.ts';
import { type EpochMs, type Interval, MINUTE } from '../../core/time.ts';
import type { TrafficPoint } from '../../core/traffic.ts';
import { methodOf, outcomeOf, productOf } from './event-values.ts';
import { type Evidence, originOf } from './evidence.ts';
import { addEvents } from './firewall-rung.ts';

/** What some security events have in common, and about how many there were. */
export interface EventFacts {
  readonly dimensions: EventGroup['dimensions'];
  /** Cloudflare knows the client as a good bot. */
  readonly verifiedBot: boolean;
  readonly count: number;
  readonly sampleInterval: number;
  /** When; exact where `seenExactly`, else the span that was asked about. */
  readonly seen: Interval;
  readonly seenExactly: boolean;
  /** An instant of the minute they were in, where it is known although `seen` is longer. */
  readonly at?: EpochMs;
}

/** One method's evidence against one address, and the spans it comes from where they are known. */
export interface EventEvidence {
  /** The address in canonical form where it is one, else as it came. */
  readonly address: string;
  readonly evidence: Evidence;
  readonly spans: readonly EventSpan[];
}

/** What was seen of an address inside one minute; of sampled events, inside the span that was asked about. */
export interface EventSpan extends Interval {
  readonly exact: boolean;
  readonly count: number;
}

/** A client can make any of these many. */
const KEPT = { ja4: 10, hosts: 20, paths: 20 } as const;
const NO_TEXTS: readonly string[] = [];
const NO_SPANS: readonly EventSpan[] = [];

/** What one event says about its client. */
interface Judgement {
  readonly address: string;
  readonly original: string;
  readonly source: string;
  readonly action: string;
  /** Who acted: a challenge that was solved takes back what the same one did. */
  readonly product: string;
  /** Undefined: no evidence. */
  readonly method?: SightingMethod;
  /** It would be evidence on any host but GitLab's. */
  readonly onGitlabHost?: boolean;
  readonly solved?: boolean;
  readonly lowestBotScore?: number;
}

/** {@link EventEvidence} of one product. */
interface Entry {
  readonly address: string;
  readonly product: string;
  evidence: Evidence;
  spans: EventSpan[] | undefined;
  /** Events of sampled minutes, by {@link EventFacts.at}. */
  sampled: Map<EpochMs, number> | undefined;
}

/**
 * Security events added up by address, method and product while they are read. A bot score, else the product that acted,
 * says by which method. On GitLab's own hosts only rate limits and DDoS rules count (design §7); an address that solved a
 * product's challenge is no bot by that product (`reference/cloudflare.md` §13.9), and what a verified bot did is none by
 * any: each event is judged by itself, as an address may have many users.
 */
export class EventEvidenceBook {
  /** Events that were no evidence only because they were on GitLab's own hosts. */
  onGitlabHosts = 0;
  /** Rows without an address, source or action. */
  malformed = 0;
  readonly #gitlabHosts: ReadonlySet<string>;
  readonly #entries = new Map<string, Entry>();
  /** Product and address of each solved challenge. */
  readonly #solved = new Set<string>();
  /** Addresses of which events were left out as a verified bot's. */
  readonly #verified = new Set<string>();
  /** Which evidence {@link add} knows of: address, source, action and method. */
  readonly #listed = new Set<string>();

  constructor(gitlabHosts: readonly string[]) {
    this.#gitlabHosts = new Set(gitlabHosts);
  }

  /** Addresses of which events were left out as a verified bot's. */
  get verifiedBots(): number {
    return this.#verified.size;
  }

  /** Adds events of a list that does not say when they were. */
  add(facts: EventFacts): void {
    const judged = this.#judge(facts);
    if (judged === undefined) return;
    if (judged.onGitlabHost) this.onGitlabHosts += facts.count;
    if (judged.method === undefined) return;
    this.#listed.add(listedKey(judged));
    this.#keep(judged, judged.method, facts);
  }

  /** Adds events of which it is known when they were, and which no list has. */
  addTimed(facts: EventFacts): void {
    const judged = this.#judge(facts);
    if (judged === undefined) return;
    if (judged.onGitlabHost) this.onGitlabHosts += facts.count;
    if (judged.method !== undefined) addSpan(this.#keep(judged, judged.method, facts), facts);
  }

  /**
   * Adds when events were that a list of {@link add} has too; those it lacks (it was cut, or is older) count from here.
   * @param onGitlab They are known to be of GitLab's own hosts, whatever host they name
   */
  addTimes(facts: EventFacts, onGitlab: boolean): void {
    const judged = this.#judge(facts, onGitlab || this.#isOnGitlab(facts));
    if (judged?.method === undefined) return;
    const known = this.#listed.has(listedKey(judged)) ? this.#entries.get(entryKey(judged, judged.method)) : undefined;
    addSpan(known ?? this.#keep(judged, judged.method, facts), facts);
  }

  /** What remains: no evidence of a product whose challenge the address solved. With the number of those. */
  evidence(): { readonly found: readonly EventEvidence[]; readonly solvedChallenges: number } {
    const found = new Map<string, EventEvidence>();
    let solvedChallenges = 0;
    for (const { address, product, evidence, spans = NO_SPANS } of this.#entries.values()) {
      if (this.#solved.has(solvedKey(product, address))) {
        solvedChallenges++;
        continue;
      }
      const key = `${evidence.method} ${address}`;
      const before = found.get(key);
      found.set(key, {
        address,
        evidence: together(before?.evidence, evidence),
        spans: before === undefined ? spans : [...before.spans, ...spans],
      });
    }
    return { found: [...found.values()], solvedChallenges };
  }

  /** When the events of what remains were, as far as that is known; several points may be of one minute. */
  *points(): Generator<TrafficPoint> {
    for (const { address, product, spans = NO_SPANS, sampled } of this.#entries.values()) {
      if (this.#solved.has(solvedKey(product, address))) continue;
      for (const { notBefore, exact, count } of spans) if (exact) yield { at: notBefore, requests: count };
      for (const [at, requests] of sampled ?? []) yield { at, requests };
    }
  }

  /** Undefined: nothing to be kept. */
  #judge(facts: EventFacts, onGitlab = this.#isOnGitlab(facts)): Judgement | undefined {
    const original = textIn(facts, 'clientIP');
    const source = textIn(facts, 'source');
    const action = textIn(facts, 'action');
    if (original === undefined || source === undefined || action === undefined) {
      this.malformed++;
      return undefined;
    }
    const judged = verdictOn(facts, { address: canonical(original), original, source, action }, onGitlab);
    if (facts.verifiedBot) {
      if (judged.method !== undefined) this.#verified.add(judged.address);
      return undefined;
    }
    if (judged.solved) this.#solved.add(solvedKey(judged.product, judged.address));
    return judged;
  }

  #keep(judged: Judgement, method: SightingMethod, facts: EventFacts): Entry {
    const key = entryKey(judged, method);
    const { address, original, product, lowestBotScore } = judged;
    const { count, sampleInterval, seen, seenExactly, dimensions } = facts;
    const entry = this.#entries.get(key);
    const evidence = together(entry?.evidence, {
      address: original,
      method,
      requests: count,
      sampleInterval,
      seen,
      seenExactly,
      ...originOf(dimensions),
      ...(lowestBotScore === undefined ? {} : { lowestBotScore }),
      ja4: textsIn(facts, 'ja4'),
      hosts: textsIn(facts, 'clientRequestHTTPHost'),
      paths: textsIn(facts, 'clientRequestPath'),
    });
    if (entry !== undefined) {
      entry.evidence = evidence;
      return entry;
    }
    // No challenge takes back a score.
    const by = method === 'bot-score' ? method : product;
    const kept: Entry = { address, product: by, evidence, spans: undefined, sampled: undefined };
    this.#entries.set(key, kept);
    return kept;
  }

  #isOnGitlab(facts: EventFacts): boolean {
    return this.#gitlabHosts.has(normalHost(textIn(facts, 'clientRequestHTTPHost') ?? '') ?? '');
  }
}

function verdictOn(
  facts: EventFacts,
  who: Pick<Judgement, 'address' | 'original' | 'source' | 'action'>,
  onGitlab: boolean,
): Judgement {
  const { source, action } = who;
  const outcome = outcomeOf(action);
  const said = { ...who, product: productOf(source) };
  if (outcome === 'solved') return { ...said, solved: true };
  const method = methodOf(source) ?? 'security-event';
  const isLogged = method === 'security-event' && action.toLowerCase() === 'log';
  const acted = outcome === 'mitigated' || isLogged ? method : undefined;
  const score = scoreOf(facts);
  if (onGitlab) {
    if (acted === 'rate-limit' || acted === 'l7ddos') return { ...said, method: acted };
    return { ...said, onGitlabHost: acted !== undefined || score !== undefined };
  }
  if (score !== undefined) return { ...said, method: 'bot-score', lowestBotScore: score };
  return acted === undefined ? said : { ...said, method: acted };
}

/** Evidence of one address and method as one. */
function together(before: Evidence | undefined, more: Evidence): Evidence {
  if (before === undefined) return more;
  const lowest = lower(before.lowestBotScore, more.lowestBotScore);
  return {
    ...addEvents(before, more),
    seenExactly: before.seenExactly && more.seenExactly,
    ...(lowest === undefined ? {} : { lowestBotScore: lowest }),
    ja4: union(before.ja4, more.ja4, KEPT.ja4),
    hosts: union(before.hosts, more.hosts, KEPT.hosts),
    paths: union(before.paths, more.paths, KEPT.paths),
  };
}

/** Events mostly come in order of time: the last span is the one that grows. */
function addSpan(entry: Entry, { seen, seenExactly: exact, at, count }: EventFacts): void {
  if (!exact && at !== undefined) {
    entry.sampled ??= new Map();
    entry.sampled.set(at, (entry.sampled.get(at) ?? 0) + count);
  }
  const last = entry.spans?.at(-1);
  const grows = last !== undefined && last.exact === exact && (exact ? inOneMinute(last, seen) : isEqual(last, seen));
  if (entry.spans !== undefined && grows) {
    entry.spans[entry.spans.length - 1] = {
      notBefore: Math.min(last.notBefore, seen.notBefore),
      notAfter: Math.max(last.notAfter, seen.notAfter),
      exact,
      count: last.count + count,
    };
    return;
  }
  const span: EventSpan = { notBefore: seen.notBefore, notAfter: seen.notAfter, exact, count };
  if (entry.spans === undefined) entry.spans = [span];
  else entry.spans.push(span);
}

function inOneMinute(a: Interval, b: Interval): boolean {
  return Math.floor(a.notBefore / MINUTE) === Math.floor(b.notBefore / MINUTE);
}

function isEqual(a: Interval, b: Interval): boolean {
  return a.notBefore === b.notBefore && a.notAfter === b.notAfter;
}

function entryKey({ address, product }: Judgement, method: SightingMethod): string {
  return `${method} ${method === 'security-event' ? product : ''} ${address}`;
}

function listedKey({ address, source, action, method }: Judgement): string {
  return JSON.stringify([address, source, action, method]);
}

function solvedKey(product: string, address: string): string {
  return `${product} ${address}`;
}

function canonical(text: string): string {
  return parseAddress(text)?.canonical ?? text;
}

/** Score 1 to 29 is a bot's; 0 is "not computed" (`reference/cloudflare.md` §10). */
function scoreOf({ dimensions: { botScore } }: EventFacts): number | undefined {
  return typeof botScore === 'number' && botScore >= 1 && botScore <= 29 ? botScore : undefined;
}

function textIn({ dimensions }: EventFacts, dimension: keyof EventGroup['dimensions']): string | undefined {
  const value = dimensions[dimension];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function textsIn(facts: EventFacts, dimension: keyof EventGroup['dimensions']): readonly string[] {
  const text = textIn(facts, dimension);
  return text === undefined ? NO_TEXTS : [text];
}

function lower(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

function union(known: readonly string[] = [], more: readonly string[] = [], most: number): readonly string[] {
  const added = known.length >= most ? [] : more.filter((text) => !known.includes(text));
  return added.length === 0 ? known : [...known, ...added].slice(0, most);
}
