import type { Finding } from '../../functions/core/finding.ts';
import type { PageOrder } from '../../functions/core/incident.ts';
import { claimUntil } from '../../functions/core/incident-update.ts';
import type { EpochMs } from '../../functions/core/time.ts';
import type { Labels } from './labels.ts';
import type { Claim, Run, Scored, SimPage, Why } from './outcome.ts';
import type { KeptIncident, LookSeen } from './play.ts';

/** Who sent web requests from an address at about that time. */
export type ActorsAt = (finding: Finding) => readonly string[];

/**
 * Findings of one credential that on-call would take for one thing: those of an incident, or, where nothing paged, those
 * that an incident would have taken (24 hours after the last, 7 days in all).
 */
interface Thread {
  incident: string;
  readonly openedAt: EpochMs;
  until: EpochMs;
}

interface Told {
  readonly thread: Thread;
  readonly claim: Omit<Claim, 'incident'>;
}

/** Keeps what our rule said of every credential in the month that counts, and what it woke somebody with. */
export class ClaimBook {
  readonly #labels: Labels;
  readonly #actorsAt: ActorsAt;
  readonly #threads = new Map<string, Thread>();
  readonly #told = new Map<Thread, Map<string, Told>>();
  readonly #pages: SimPage[] = [];

  constructor(labels: Labels, actorsAt: ActorsAt) {
    this.#labels = labels;
    this.#actorsAt = actorsAt;
  }

  /** Looks must come in order of time. Those of shadow mode say nothing to anybody. */
  add(look: LookSeen): void {
    if (look.shadow) return;
    const paging = new Set(look.pages.flatMap(({ paging = [] }) => paging));
    for (const finding of look.findings) this.#tell(finding, paging.has(finding.credential.id), look);
    for (const page of look.pages) this.#pages.push(this.#pageOf(page, look));
  }

  #tell(finding: Finding, paged: boolean, { at, incidents }: LookSeen): void {
    const credential = finding.credential.id;
    const thread = this.#threadOf(credential, incidents.get(credential), at);
    const ids = this.#labels.ofFinding(finding, at);
    for (const intrusion of ids.length === 0 ? [undefined] : ids) {
      const why = intrusion === undefined && finding.score < 50 ? {} : { why: whyOf(finding) };
      const claim = { at, score: finding.score, before: [], paged, credential, intrusion, ...why };
      const ofThread = this.#told.get(thread) ?? new Map<string, Told>();
      const before = ofThread.get(intrusion ?? '')?.claim;
      ofThread.set(intrusion ?? '', { thread, claim: before === undefined ? claim : better(before, claim) });
      this.#told.set(thread, ofThread);
    }
  }

  #threadOf(credential: string, incident: string | undefined, at: EpochMs): Thread {
    const known = this.#threads.get(credential);
    const goes = known !== undefined && at < known.until;
    const thread = goes ? known : { incident: `reported/${credential}/${at}`, openedAt: at, until: at };
    thread.until = claimUntil(thread.openedAt, at);
    if (incident !== undefined) thread.incident = incident;
    this.#threads.set(credential, thread);
    return thread;
  }

  #pageOf({ incidentId, paging = [] }: PageOrder, { at, findings }: LookSeen): SimPage {
    const named = findings.filter(({ credential }) => paging.includes(credential.id));
    const intrusions = new Set(named.flatMap((finding) => this.#labels.ofFinding(finding, at)));
    const worst = named.reduce<Finding | undefined>(
      (a, b) => (a === undefined || b.score > a.score ? b : a),
      undefined,
    );
    return {
      at,
      incident: incidentId,
      intrusions: [...intrusions].sort(),
      ...(worst === undefined ? {} : { why: whyOf(worst), actors: this.#actorsAt(worst) }),
    };
  }

  /** Everything told, with bridged incidents under the one that was kept. */
  async run(kept: KeptIncident): Promise<Run> {
    const claims = new Map<string, Claim>();
    for (const told of [...this.#told.values()].flatMap((ofThread) => [...ofThread.values()])) {
      const claim: Claim = { ...told.claim, incident: await kept(told.thread.incident) };
      const key = JSON.stringify([claim.incident, claim.credential, claim.intrusion]);
      const before = claims.get(key);
      claims.set(key, before === undefined ? claim : { ...better(before, claim), incident: claim.incident });
    }
    const pages = await Promise.all(
      this.#pages.map(async (page) => ({ ...page, incident: await kept(page.incident) })),
    );
    return { claims: [...claims.values()], pages };
  }
}

/** The higher score, the earlier where they are equal, after all that came before; woken by either is woken. */
function better(a: Omit<Claim, 'incident'>, b: Omit<Claim, 'incident'>): Omit<Claim, 'incident'> {
  const best = b.score > a.score || (b.score === a.score && b.at < a.at) ? b : a;
  const before = rises([...a.before, ...b.before, a, b]).slice(0, -1);
  return { ...best, before, paged: a.paged || b.paged };
}

/** Those that score higher than all before them, in order of time; the last is the best. */
function rises(said: readonly Scored[]): Scored[] {
  const rising: Scored[] = [];
  for (const { at, score } of said.toSorted((a, b) => a.at - b.at || b.score - a.score)) {
    if (score > (rising.at(-1)?.score ?? -1)) rising.push({ at, score });
  }
  return rising;
}

function whyOf({ credential, score, parts, verdict, reasons }: Finding): Why {
  return { credential, score, parts, verdict, reasons };
}
