import { parseAddress } from '../../core/address.ts';
import { normalHost } from '../../core/host-name.ts';
import type { EventGroup } from '../../core/security-events.ts';
import type { SightingMethod } from '../../core/sighting.ts';
import { type Interval, MINUTE } from '../../core/time.ts';
import { methodOf, outcomeOf } from './event-values.ts';
import { type Evidence, originOf } from './evidence.ts';
import { addEvents, solvedKey } from './firewall-rung.ts';

/** What some security events have in common, and about how many there were. */
export interface EventFacts {
  readonly dimensions: EventGroup['dimensions'];
  /** Cloudflare knows the client as a good bot. */
  readonly verifiedBotCategory?: unknown;
  readonly count: number;
  readonly sampleInterval: number;
  /** When; exact where `seenExactly`, else the span that was asked about. */
  readonly seen: Interval;
  readonly seenExactly: boolean;
}

/** One method's evidence against one address, and the minutes it comes from where they are known. */
export interface EventEvidence {
  readonly evidence: Evidence;
  readonly minutes: readonly Minute[];
}

/** What was seen of an address inside one minute. */
export interface Minute {
  readonly seen: Interval;
  readonly count: number;
}

/** A client can make any of these many. */
const KEPT = { ja4: 10, hosts: 20, paths: 20 } as const;

/** What one event says about its client. */
interface Judgement {
  /** The address in canonical form where it is one, else as it came. */
  readonly address: string;
  readonly original: string;
  /** Undefined: no evidence. */
  readonly method?: SightingMethod;
  /** It would be evidence on any host but GitLab's. */
  readonly onGitlabHost?: boolean;
  /** The product whose challenge the client solved. */
  readonly solved?: SightingMethod;
  readonly lowestBotScore?: number;
}

/**
 * Security events added up by address and method while they are read. A bot score, else the product that acted, says by
 * which method. On GitLab's own hosts only rate limits and DDoS rules count (design §7); an address that solved a
 * product's challenge is no bot by that product (`reference/cloudflare.md` §13.9).
 */
export class EventEvidenceBook {
  /** Events that were no evidence only because they were on GitLab's own hosts. */
  onGitlabHosts = 0;
  /** Rows without an address, source or action. */
  malformed = 0;
  readonly #gitlabHosts: ReadonlySet<string>;
  readonly #byMethod = new Map<string, Evidence>();
  readonly #minutes = new Map<string, Map<number, Minute>>();
  readonly #solved = new Set<string>();
  /** By which methods the events of an address, source and action were evidence. */
  readonly #methods = new Map<string, Set<SightingMethod>>();

  constructor(gitlabHosts: readonly string[]) {
    this.#gitlabHosts = new Set(gitlabHosts);
  }

  /** Adds events that say who acted and how. */
  add(facts: EventFacts): void {
    const judged = this.#judge(facts);
    if (judged === undefined) {
      this.malformed++;
      return;
    }
    const { address, method, solved } = judged;
    if (solved !== undefined) this.#solved.add(solvedKey(address, solved));
    if (judged.onGitlabHost) this.onGitlabHosts += facts.count;
    const methods = this.#methodsOf(facts, address, this.#isOnGitlab(facts));
    if (method === undefined) return;
    methods.add(method);
    this.#keep(judged, method, facts);
    if (facts.seenExactly) this.#addMinute(solvedKey(address, method), facts);
  }

  /**
   * Adds a minute of events that {@link add} knows without their times. One of an address, source and action that it
   * does not know (its list was cut) is evidence by its product alone.
   * @param onGitlab Whether the minute was asked for with GitLab's own hosts, or with all others
   */
  addTimes(facts: EventFacts, onGitlab: boolean): void {
    const judged = this.#judge(facts);
    if (judged === undefined) {
      this.malformed++;
      return;
    }
    const { address, method, solved } = judged;
    const listed = this.#methods.get(keyOf(facts, address, onGitlab));
    for (const known of listed ?? []) this.#addMinute(solvedKey(address, known), facts);
    if (listed !== undefined) return;
    if (solved !== undefined) this.#solved.add(solvedKey(address, solved));
    if (method === undefined) return;
    this.#keep(judged, method, facts);
    this.#addMinute(solvedKey(address, method), facts);
  }

  /** What remains: no address that solved the challenge of the very product. With the number of those. */
  evidence(): { readonly found: readonly EventEvidence[]; readonly solvedChallenges: number } {
    const kept = [...this.#byMethod].filter(([key]) => !this.#solved.has(key));
    const found = kept.map(([key, evidence]) => ({ evidence, minutes: [...(this.#minutes.get(key)?.values() ?? [])] }));
    return { found, solvedChallenges: this.#byMethod.size - kept.length };
  }

  #judge(facts: EventFacts): Judgement | undefined {
    const original = textIn(facts, 'clientIP');
    const source = textIn(facts, 'source');
    const action = textIn(facts, 'action');
    if (original === undefined || source === undefined || action === undefined) return undefined;
    const who = { address: canonical(original), original };
    const product = methodOf(source) ?? 'security-event';
    const outcome = outcomeOf(action);
    if (outcome === 'solved') return { ...who, solved: product };
    const isLogged = product === 'security-event' && action.toLowerCase() === 'log';
    const acted = outcome === 'mitigated' || isLogged ? product : undefined;
    const score = scoreOf(facts);
    if (this.#isOnGitlab(facts)) {
      if (acted === 'rate-limit' || acted === 'l7ddos') return { ...who, method: acted };
      return { ...who, onGitlabHost: acted !== undefined || score !== undefined };
    }
    if (score !== undefined) return { ...who, method: 'bot-score', lowestBotScore: score };
    return acted === undefined ? who : { ...who, method: acted };
  }

  #keep({ address, original, lowestBotScore }: Judgement, method: SightingMethod, facts: EventFacts): void {
    const key = solvedKey(address, method);
    const { count, sampleInterval, seen, seenExactly, dimensions, verifiedBotCategory } = facts;
    const before = this.#byMethod.get(key);
    const more: Evidence = {
      address: original,
      method,
      requests: count,
      sampleInterval,
      seen,
      seenExactly,
      ...originOf({ ...dimensions, verifiedBotCategory }),
    };
    const lowest = lower(before?.lowestBotScore, lowestBotScore);
    this.#byMethod.set(key, {
      ...addEvents(before, more),
      ...(lowest === undefined ? {} : { lowestBotScore: lowest }),
      ja4: withText(before?.ja4, textIn(facts, 'ja4'), KEPT.ja4),
      hosts: withText(before?.hosts, textIn(facts, 'clientRequestHTTPHost'), KEPT.hosts),
      paths: withText(before?.paths, textIn(facts, 'clientRequestPath'), KEPT.paths),
    });
  }

  #addMinute(key: string, { seen, count }: EventFacts): void {
    const minutes = this.#minutes.get(key) ?? new Map<number, Minute>();
    this.#minutes.set(key, minutes);
    const minute = Math.floor(seen.notBefore / MINUTE);
    const before = minutes.get(minute);
    minutes.set(minute, {
      seen: {
        notBefore: Math.min(seen.notBefore, before?.seen.notBefore ?? seen.notBefore),
        notAfter: Math.max(seen.notAfter, before?.seen.notAfter ?? seen.notAfter),
      },
      count: count + (before?.count ?? 0),
    });
  }

  #methodsOf(facts: EventFacts, address: string, onGitlab: boolean): Set<SightingMethod> {
    const key = keyOf(facts, address, onGitlab);
    const methods = this.#methods.get(key) ?? new Set<SightingMethod>();
    this.#methods.set(key, methods);
    return methods;
  }

  #isOnGitlab(facts: EventFacts): boolean {
    return this.#gitlabHosts.has(normalHost(textIn(facts, 'clientRequestHTTPHost') ?? '') ?? '');
  }
}

function keyOf(facts: EventFacts, address: string, onGitlab: boolean): string {
  return JSON.stringify([address, textIn(facts, 'source'), textIn(facts, 'action'), onGitlab]);
}

function canonical(text: string): string {
  return parseAddress(text)?.canonical ?? text;
}

/** Score 1 to 29 is a bot's unless Cloudflare knows it as a good one; 0 is "not computed" (`reference/cloudflare.md` §10). */
function scoreOf({ dimensions: { botScore }, verifiedBotCategory }: EventFacts): number | undefined {
  const isVerified = typeof verifiedBotCategory === 'string' && verifiedBotCategory !== '';
  if (isVerified || typeof botScore !== 'number') return undefined;
  return botScore >= 1 && botScore <= 29 ? botScore : undefined;
}

function textIn({ dimensions }: EventFacts, dimension: keyof EventGroup['dimensions']): string | undefined {
  const value = dimensions[dimension];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function lower(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

function withText(known: readonly string[] = [], value: string | undefined, most: number): readonly string[] {
  return value === undefined || known.length >= most || known.includes(value) ? known : [...known, value];
}
