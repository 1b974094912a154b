import { createHash } from 'node:crypto';
import type { EpochMs } from './time.ts';

/** Which of a zone's security events a monitor watches: one entry of setting `monitor.filters`. Empty lists let all through. */
export interface MonitorFilter {
  /** What people call this monitor. */
  readonly name: string;
  readonly rulesetIds: readonly string[];
  readonly ruleIds: readonly string[];
  /** Cloudflare's spelling: `firewallManaged`, `l7ddos`, `ratelimit` … */
  readonly sources: readonly string[];
  /** Cloudflare's spelling: `block`, `managed_challenge` … */
  readonly actions: readonly string[];
  readonly hosts: readonly string[];
  /** A pattern for the event's description with `%` for any text; '' for any. */
  readonly description: string;
  /** Networks left out, by number. */
  readonly excludeAsns: readonly number[];
}

/** What one zone showed one monitor at one poll. */
export interface Reading {
  /** Events of the whole span, by Cloudflare's estimate. */
  readonly total: number;
  /** Of the stable keys of what was seen, without counts ({@link digestOf}). */
  readonly digest: string;
  /** The digest is of part of the keys only, which part may change by itself: nothing is judged by it. */
  readonly digestIsPartial?: boolean;
}

/** When a monitor alerts. */
export interface MonitorRule {
  /**
   * `growth`: the total reached `factor` times the reference · `change`: other keys than before are seen; where there
   * are more of them than can be read, growth all the same.
   */
  readonly alertOn: 'growth' | 'change';
  /** Above 1. */
  readonly factor: number;
  /** Totals up to this alert nobody. */
  readonly floor: number;
  /** Milliseconds after an alert in which there is no other. */
  readonly coolDown: number;
}

/** What is remembered of one zone and filter. */
export interface MonitorState {
  /** At `alertOn: change`, what was told last; else what was seen last. */
  readonly digest: string;
  /** At the last poll. */
  readonly total: number;
  /** What growth is measured against: the total of the last alert, or the smallest total since. */
  readonly reference: number;
  /** How many alerts there were: a number in the name of each. */
  readonly alerts: number;
  /** When the last alert was claimed. */
  readonly alertedAt?: EpochMs;
  /** An alert that is under way: it becomes the state when it was delivered, or when its delivery is tried again later. */
  readonly claim?: Claim;
}

/** An alert that a poll began. */
export interface Claim extends Reading {
  readonly caseId: string;
  readonly at: EpochMs;
  /** The smallest total since, at most its own. */
  readonly reference: number;
  /** Until then nobody asks what became of it. */
  readonly until: EpochMs;
}

/** How long an alert may be under way before a poll asks what became of it, in milliseconds. */
export const CLAIM_LEASE = 15 * 60_000;

const UNSEEN: MonitorState = { digest: '', total: 0, reference: 0, alerts: 0 };

/** What a poll means. */
export interface Judgement {
  readonly fires: boolean;
  /** The state after this poll; where it fires, without its claim. Equal to the state before where nothing changed. */
  readonly next: MonitorState;
}

/**
 * Whether a reading alerts, and what is remembered of it. A zone and filter never seen before has the reference 0: its
 * first events alert. While an alert is under way there is no other, and the totals seen meanwhile count as if it had
 * been delivered at once.
 */
export function judge(before: MonitorState | undefined, reading: Reading, rule: MonitorRule, now: EpochMs): Judgement {
  const state = before ?? UNSEEN;
  const { claim } = state;
  if (claim !== undefined) {
    const reference = Math.min(claim.reference, reading.total);
    return { fires: false, next: { ...state, total: reading.total, claim: { ...claim, reference } } };
  }
  const byChange = rule.alertOn === 'change' && reading.digestIsPartial !== true;
  const isNews = byChange ? reading.digest !== state.digest : hasGrown(state, reading, rule);
  const loud = reading.total > rule.floor;
  const cooled = state.alertedAt === undefined || now - state.alertedAt >= rule.coolDown;
  const fires = isNews && loud && cooled;
  // A change that only the floor or the cool-down kept back is still to be told, and part of a digest tells nothing.
  const keptBack = rule.alertOn === 'change' && reading.total > 0 && (isNews || !byChange);
  return {
    fires,
    next: {
      ...state,
      digest: keptBack ? state.digest : reading.digest,
      total: reading.total,
      reference: Math.min(state.reference, reading.total),
    },
  };
}

function hasGrown({ reference }: MonitorState, { total }: Reading, { factor }: MonitorRule): boolean {
  return total >= factor * reference;
}

/** The state with an alert under way. */
export function claimed(state: MonitorState, reading: Reading, caseId: string, now: EpochMs): MonitorState {
  const { total, digest } = reading;
  const claim = { caseId, total, digest, at: now, reference: total, until: now + CLAIM_LEASE };
  return { ...state, alerts: state.alerts + 1, claim };
}

/**
 * The state once the alert of that case was delivered, or lies where its delivery is tried again: nothing is lost from
 * then on. Unchanged where another alert, or none, is under way.
 */
export function settled(state: MonitorState, caseId: string): MonitorState {
  const { claim, ...rest } = state;
  if (claim?.caseId !== caseId) return state;
  return { ...rest, digest: claim.digest, reference: claim.reference, alertedAt: claim.at };
}

/**
 * The state where the alert of that case came to nothing: the next poll judges as if there had been none, but for the
 * smaller totals seen meanwhile.
 */
export function withdrawn(state: MonitorState, caseId: string): MonitorState {
  const { claim, ...rest } = state;
  if (claim?.caseId !== caseId) return state;
  return { ...rest, reference: Math.min(rest.reference, claim.reference) };
}

/** The state with the alert of that case given more time. */
export function extended(state: MonitorState, caseId: string, now: EpochMs): MonitorState {
  const { claim } = state;
  return claim?.caseId === caseId ? { ...state, claim: { ...claim, until: now + CLAIM_LEASE } } : state;
}

/** Whether two states say the same, so that nothing needs to be written. */
export function isSameState(a: MonitorState | undefined, b: MonitorState): boolean {
  return a !== undefined && canonicalState(a) === canonicalState(b);
}

function canonicalState({ digest, total, reference, alerts, alertedAt, claim }: MonitorState): string {
  const under =
    claim === undefined ? [] : [claim.caseId, claim.total, claim.digest, claim.at, claim.reference, claim.until];
  return JSON.stringify([digest, total, reference, alerts, alertedAt ?? null, under]);
}

/** What stays the same about an attack while counts and minutes move on. */
export interface StableKey {
  readonly ruleId: string;
  readonly source: string;
  readonly action: string;
  readonly clientIP: string;
}

/** SHA-256 (hex) over the keys in a canonical form: their order, their repetition and their script change nothing. */
export function digestOf(keys: Iterable<StableKey>): string {
  const texts = new Set<string>();
  for (const { ruleId, source, action, clientIP } of keys)
    texts.add(JSON.stringify([ruleId, source, action, clientIP]));
  return createHash('sha256')
    .update(JSON.stringify([...texts].sort()))
    .digest('hex');
}

/**
 * Under what a zone and filter are remembered. The name is no part of it: a monitor that is renamed has seen what it
 * has seen, one that watches something else has not.
 */
export function monitorKey(zoneId: string, filter: MonitorFilter): string {
  const { rulesetIds, ruleIds, sources, actions, hosts, description, excludeAsns } = filter;
  const sets = [rulesetIds, ruleIds, sources, actions, hosts, [description], excludeAsns.map(String)];
  const canonical = JSON.stringify(sets.map((set) => [...new Set(set)].sort()));
  return `${zoneId}#${createHash('sha256').update(canonical).digest('hex').slice(0, 32)}`;
}

/** Milliseconds until the next try at an alert that was tried `attempts` times: 1, 2, 4 … 60 minutes. */
export function pauseAfter(attempts: number): number {
  return Math.min(60, 2 ** Math.min(10, Math.max(0, attempts - 1))) * 60_000;
}
