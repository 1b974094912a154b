import { type EpochMs, HOUR } from '../../../functions/core/time.ts';
import type { SimPage } from '../outcome.ts';
import type { LookSeen } from '../play.ts';

/**
 * A rule that others use, over the same evidence: it is told of every look of ours (so that it reads as often and as
 * late as we do), knows the same list of known egress, and has the same week to learn.
 */
export interface Baseline {
  readonly name: string;
  readonly title: string;
  /** Looks must come in order of time. */
  see(look: LookSeen): void;
  /** The rule at each strictness; the first is the rule as it is published. */
  readonly points: readonly BaselinePoint[];
}

export interface BaselinePoint {
  /** For example `at least 5 uses`. */
  readonly strictness: string;
  readonly pages: readonly SimPage[];
}

/** A credential that a rule would wake somebody for. */
export interface Alarm {
  readonly credential: string;
  /** Where the rule tells them apart: an alarm about another network of the credential is news of its own. */
  readonly network?: string;
  /** `Intrusion.id`s that what the rule saw is evidence of. */
  readonly intrusions: readonly string[];
}

/** How long a credential, or a network of it, that somebody was woken for wakes nobody again. */
const QUIET = 24 * HOUR;

/** One strictness of a rule: which of the alarms it raises pass. */
export interface Strictness<Raised extends Alarm> {
  readonly strictness: string;
  readonly passes: (alarm: Raised) => boolean;
}

/**
 * Pages of a rule at one strictness. What one look alarms is one page with all its credentials, which is generous: each
 * on its own would be a page each. A credential, or a network of it where the rule tells them apart, pages once in 24
 * hours, and nobody is paged in shadow mode.
 */
export class Pager<Raised extends Alarm> implements BaselinePoint {
  readonly strictness: string;
  readonly pages: SimPage[] = [];
  readonly #passes: (alarm: Raised) => boolean;
  readonly #pagedAt = new Map<string, EpochMs>();

  constructor({ strictness, passes }: Strictness<Raised>) {
    this.strictness = strictness;
    this.#passes = passes;
  }

  page({ at, caseId, shadow }: Pick<LookSeen, 'at' | 'caseId' | 'shadow'>, alarms: readonly Raised[]): void {
    if (shadow) return;
    const fresh = alarms.filter((alarm) => this.#passes(alarm) && this.#isQuiet(keyOf(alarm), at));
    if (fresh.length === 0) return;
    for (const alarm of fresh) this.#pagedAt.set(keyOf(alarm), at);
    const intrusions = [...new Set(fresh.flatMap((alarm) => alarm.intrusions))].sort();
    this.pages.push({ at, incident: caseId, intrusions });
  }

  #isQuiet(key: string, at: EpochMs): boolean {
    return at - (this.#pagedAt.get(key) ?? -Infinity) >= QUIET;
  }
}

function keyOf({ credential, network = '' }: Alarm): string {
  return `${credential} ${network}`;
}
