import type { CaseState, Trigger } from '../../functions/core/case.ts';
import type { TokenEvidence } from '../../functions/core/evidence.ts';
import type { Finding } from '../../functions/core/finding.ts';
import { huntReads } from '../../functions/core/hunt.ts';
import type { PageOrder } from '../../functions/core/incident.ts';
import { followLinks } from '../../functions/core/incident-links.ts';
import type { OperatorUse } from '../../functions/core/operators.ts';
import type { Sighting } from '../../functions/core/sighting.ts';
import { type EpochMs, HOUR, MINUTE, type Window } from '../../functions/core/time.ts';
import { extract } from '../../functions/extract/extract.ts';
import { type JoinServices, join } from '../../functions/join/join.ts';
import { planReading } from '../../functions/query-gitlab/shared-reading.ts';
import { JOIN_SETTINGS } from '../support/join-settings.ts';
import { MemoryAlerts, MemoryCases, MemoryHunts, MemoryIncidents } from '../support/memory-books.ts';
import { memberOf } from './member-of.ts';
import type { Observed } from './observed.ts';
import { type Appointment, schedule } from './schedule.ts';
import type { Story } from './truth.ts';

/** What of a story a player may know: when it begins and counts, and what an operator sets. Never who is an intruder. */
export type Stage = Pick<Story, 'begin' | 'from' | 'to'> & {
  readonly organisation: Pick<Story['organisation'], 'own' | 'knownEgress'>;
};

/** What earlier readings teach about a later one. */
export interface Learning {
  learn(evidence: TokenEvidence): void;
  learnOperators(uses: readonly OperatorUse[]): void;
  describe(evidence: TokenEvidence): TokenEvidence;
}

/** One look, as a witness who may read everything that Latchkey read sees it. */
export interface LookSeen {
  readonly at: EpochMs;
  readonly caseId: string;
  readonly trigger: Trigger;
  /** Before the month that counts: nobody is paged. */
  readonly shadow: boolean;
  /** The case's, as this look leaves it. */
  readonly window: Window;
  /** The list of sightings, and what was answered about addresses that were asked about; GitLab's own hosts left out. */
  readonly sightings: readonly Sighting[];
  /** What was answered about the same addresses on GitLab's own hosts. */
  readonly onGitlabHosts: readonly Sighting[];
  /** As GitLab gave it, without what was learned. */
  readonly evidence: TokenEvidence;
  readonly findings: readonly Finding[];
  /** The incident that holds each credential found, where one does, by `Credential.id`. */
  readonly incidents: ReadonlyMap<string, string>;
  /** What this look woke somebody with. */
  readonly pages: readonly PageOrder[];
}

/** Where the end of a bridged incident's links is looked up, once everything was played. */
export type KeptIncident = (incidentId: string) => Promise<string>;

interface OpenCase {
  state: CaseState;
  readonly cases: MemoryCases;
  readonly alerts: MemoryAlerts;
}

/** Everything that was answered about addresses in one look. */
interface Asked {
  readonly sightings: Sighting[];
  readonly onGitlabHosts: Sighting[];
}

interface Theatre {
  readonly stage: Stage;
  readonly observed: Observed;
  readonly learning: Learning;
  readonly incidents: MemoryIncidents;
  readonly hunts: MemoryHunts;
  readonly isKnownEgress: (address: string) => boolean;
  readonly isOwnEgress: (address: string) => boolean;
}

/**
 * Plays a story, as far as it is observed, through the steps that decide: the real `extract` and `join`, with books in
 * memory, in order of time. Windows, looks and readings are those of a deployment with default settings; the monitor is
 * the observer's, which has a floor of 500 and a cool-down of an hour. A case's books are dropped after its last look;
 * incidents stay.
 *
 * @param see told of every look, in order of time
 */
export async function play(
  stage: Stage,
  observed: Observed,
  learning: Learning,
  see: (look: LookSeen) => void,
): Promise<KeptIncident> {
  const { knownEgress, own } = stage.organisation;
  const incidents = new MemoryIncidents();
  const theatre: Theatre = {
    stage,
    observed,
    learning,
    incidents,
    hunts: new MemoryHunts(),
    isKnownEgress: memberOf(knownEgress),
    isOwnEgress: memberOf([own.address]),
  };
  const open = new Map<string, OpenCase>();
  for (const appointment of schedule(stage, observed)) {
    const { caseId, opened, isLast } = appointment;
    const current = open.get(caseId) ?? { state: opened, cases: new MemoryCases(), alerts: new MemoryAlerts() };
    see(await look(current, appointment, theatre));
    if (isLast) open.delete(caseId);
    else open.set(caseId, current);
  }
  return async (id) => (await followLinks(id, (of) => incidents.load(of))).id;
}

async function look(current: OpenCase, appointment: Appointment, theatre: Theatre): Promise<LookSeen> {
  const { at, caseId, trigger, look: number } = appointment;
  const { cases } = current;
  const extracted = await extract(current.state, extractServices(current, appointment, theatre));
  const window = { start: Date.parse(extracted.window.start), end: Date.parse(extracted.window.end) };
  const evidence = readGitlab(appointment, window, theatre);
  cases.evidence.set(`${caseId} ${number}`, theatre.learning.describe(evidence));
  if (trigger === 'hunt') theatre.learning.learn(evidence);
  const listed = cases.sightings.get(`${caseId} ${number}`)?.sightings ?? [];
  const asked: Asked = { sightings: [], onGitlabHosts: [] };
  current.state = await join(extracted, joinServices(current, appointment, asked, theatre));
  const findings = cases.findings.get(`${caseId} ${number}`) ?? [];
  const pages = takePages(cases);
  forgetLook(cases, caseId, number - 1);
  if (trigger === 'hunt') {
    const report = cases.reports.get(caseId);
    if (report !== undefined) theatre.learning.learnOperators(report.operators ?? []);
    theatre.hunts.pairs.delete(window.start - 2 * HOUR);
  }
  return {
    at,
    caseId,
    trigger,
    shadow: extracted.shadow,
    window,
    sightings: [...listed, ...asked.sightings],
    onGitlabHosts: asked.onGitlabHosts,
    evidence,
    findings,
    incidents: extracted.shadow ? new Map() : await incidentsOf(findings, theatre.incidents, at),
    pages,
  };
}

function extractServices({ cases }: OpenCase, { at, zone = '' }: Appointment, { observed }: Theatre) {
  const monitored = (end: EpochMs) => ({ start: end - 24 * HOUR, end });
  // Requests over time are to look at, and nobody looks.
  const traffic = Promise.resolve({ step: MINUTE, points: [] });
  return {
    cases,
    finders: {
      spike: {
        source: 'cloudflare' as const,
        find: async ({ window }: { window: Window }) => {
          return { report: observed.spikeSightings(zone, window, at), traffic };
        },
      },
      monitor: {
        source: 'cloudflare' as const,
        find: async ({ window }: { window: Window }) => {
          return { report: observed.monitorSightings(zone, monitored(window.end), at), traffic };
        },
      },
      hunt: {
        source: 'axiom' as const,
        find: async ({ window }: { window: Window }) => {
          return { report: observed.flaggedSightings(window, at), traffic };
        },
      },
    },
    clock: clockAt(at),
    deadline: at + MINUTE,
    logger: { info: () => undefined, warn: () => undefined },
  };
}

/** One reading, of the span that the step which queries GitLab would ask for. */
function readGitlab({ at, trigger, look: number }: Appointment, window: Window, { observed }: Theatre): TokenEvidence {
  const slack = JOIN_SETTINGS.window.slackMinutes * MINUTE;
  const { hunt } = JOIN_SETTINGS;
  const hunted = huntReads(window, {
    slack,
    overlap: hunt.overlapMinutes * MINUTE,
    delay: hunt.delayMinutes * MINUTE,
    lateness: hunt.latenessMinutes * MINUTE,
  });
  const plan = trigger === 'hunt' ? planReading(hunted.uses, number, at, 0) : planReading(window, number, at, slack);
  return observed.readGitlab(plan.window, at);
}

function joinServices(
  { cases, alerts }: OpenCase,
  { at, zone }: Appointment,
  asked: Asked,
  { stage, observed, incidents, hunts, isKnownEgress, isOwnEgress }: Theatre,
): JoinServices {
  const { knownEgress, own } = stage.organisation;
  return {
    cases,
    alerts,
    incidents,
    hunts,
    readEvidence: cases.readEvidence,
    health: { raised: async () => [] },
    askBack: async (_state, addresses, window) => {
      const answer = observed.askBack(zone, addresses, window, at);
      asked.sightings.push(...answer.sightings);
      asked.onGitlabHosts.push(...answer.onGitlabHosts);
      return answer;
    },
    isKnownEgress,
    isOwnEgress,
    settings: { ...JOIN_SETTINGS, knownEgress: [...knownEgress], ownEgress: [own.address] },
    clock: clockAt(at),
  };
}

function clockAt(at: EpochMs) {
  return { now: () => at, sleep: async () => undefined };
}

/** The pages that were ordered now, marked as sent: PagerDuty takes them at once. */
function takePages(cases: MemoryCases): PageOrder[] {
  const unsent = cases.orders.filter(({ sent }) => !sent);
  for (const order of unsent) order.sent = true;
  return unsent.map(({ order }) => order).filter(({ kind }) => kind === 'page');
}

/** Only the findings of the look before are read again. */
function forgetLook(cases: MemoryCases, caseId: string, number: number): void {
  for (const book of [cases.sightings, cases.evidence, cases.coverage, cases.findings])
    book.delete(`${caseId} ${number}`);
}

async function incidentsOf(
  findings: readonly Finding[],
  incidents: MemoryIncidents,
  now: EpochMs,
): Promise<ReadonlyMap<string, string>> {
  const held = new Map<string, string>();
  for (const { credential } of findings) {
    const holder = await incidents.holder(credential.id, now);
    if (holder === undefined) continue;
    const { id } = await followLinks(holder, (of) => incidents.load(of));
    held.set(credential.id, id);
  }
  return held;
}
