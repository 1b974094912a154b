import type { CaseState } from './case.ts';
import type { Coverage, SourceCoverage, SourceName } from './coverage.ts';
import { plainText, withoutSecrets } from './hostile-text.ts';
import type { PagerEvent } from './pager-event.ts';
import { DAY, type EpochMs, toIso } from './time.ts';

/** What the pipeline's owner is told about: one alert per source, however many cases meet the same trouble. */
export interface HealthChange {
  readonly source: string;
  readonly action: 'raise' | 'resolve';
  /** One plain sentence. */
  readonly why: string;
}

export interface HealthFacts {
  /** The state as this look leaves it: counts, coverage and decision of this look included. */
  readonly state: CaseState;
  /** No further look follows in this case. */
  readonly lastLook: boolean;
  /** Coverage of this look. */
  readonly coverage: Coverage;
  /** GitLab answered at this look or an earlier one of this case. */
  readonly gitlabAnsweredEver: boolean;
  /** Every GitLab address read at this look is one of Cloudflare's own. */
  readonly realIpMissing: boolean;
  /** Sources that stand raised now. */
  readonly raised: readonly string[];
  /** Shadow mode, and nothing said about it yet today; see {@link shadowDigestDue}. */
  readonly shadowDigestDue: boolean;
  /** Cloudflare answered at an earlier look of this case; false when not given. */
  readonly cloudflareAnsweredEver?: boolean;
}

/**
 * Sources that are asked what GitLab knows: when none of these answers, GitLab could not be asked. What was streamed to
 * us lies in our own table, and would always answer.
 */
const GITLAB_SOURCES: readonly SourceName[] = ['logs', 'inventory', 'audit'];

/** Those that are asked with GitLab's own token. */
const API_SOURCES: readonly SourceName[] = ['inventory', 'audit'];

/**
 * What changed in the pipeline's health (design §8). A blip is no news: a source that gives no answer is raised at the
 * case's last look only, or at once when it refuses us for good. A raise that stands is not repeated.
 */
export function healthChanges(facts: HealthFacts): HealthChange[] {
  const changes = [
    gitlabChange(facts),
    logsChange(facts),
    cloudflareChange(facts),
    axiomChange(facts),
    logpushChange(facts),
    reportChange(facts),
    realIpChange(facts),
    pipelineChange(facts),
    pageChange(facts),
    shadowChange(facts),
  ];
  return changes.filter((change) => change !== undefined);
}

/** Whether a source of this coverage answered, in whole or in part. */
export function answered(seen: SourceCoverage | undefined): boolean {
  return seen?.status === 'complete' || seen?.status === 'partial';
}

/** Whether GitLab itself answered anything at the look with this coverage. */
export function gitlabAnswered(coverage: Coverage): boolean {
  return GITLAB_SOURCES.some((source) => answered(coverage[source]));
}

/** Whether it did at this look or an earlier one of a case. Its verdict does not tell: streamed events alone make one. */
export function gitlabEverAnswered({ coverage }: Pick<CaseState, 'coverage'>): boolean {
  return GITLAB_SOURCES.some((source) => coverage[source] === 'complete' || coverage[source] === 'partial');
}

/** Whether the daily word about shadow mode is still to be said on `now`'s UTC day. */
export function shadowDigestDue(
  shadow: boolean,
  raised: readonly { readonly source: string; readonly since: EpochMs }[],
  now: EpochMs,
): boolean {
  const last = raised.find(({ source }) => source === 'shadow-mode')?.since;
  return shadow && (last === undefined || Math.floor(last / DAY) < Math.floor(now / DAY));
}

/** The event for one change: class `pipeline-health`, one alert per source. */
export function healthEvent(change: HealthChange, at: EpochMs, environment: string, caseId?: string): PagerEvent {
  const dedup_key = `latchkey-health/${plainText(change.source, 60)}`;
  if (change.action === 'resolve') return { event_action: 'resolve', dedup_key };
  return {
    event_action: 'trigger',
    dedup_key,
    payload: {
      summary: withoutSecrets(`Latchkey: ${change.why}`, 1000),
      source: `latchkey/${plainText(environment, 100)}`,
      severity: 'warning',
      timestamp: toIso(at),
      component: change.source,
      group: 'latchkey',
      class: 'pipeline-health',
      custom_details: {
        source: change.source,
        why: withoutSecrets(change.why, 1000),
        environment: plainText(environment, 100),
        ...(caseId === undefined ? {} : { case_id: caseId }),
      },
    },
    client: 'Latchkey',
  };
}

function gitlabChange(facts: HealthFacts): HealthChange | undefined {
  const { coverage, raised, gitlabAnsweredEver } = facts;
  const api = API_SOURCES.flatMap((source) => coverage[source] ?? []);
  if (api.some(answered)) return recovered('gitlab', raised, 'GitLab answers again');
  if (raised.includes('gitlab')) return undefined;
  // Nothing that this token may read or this plan offers stays so, too, until somebody changes it.
  const forGood = api.some(isRefusal) || (api.length > 0 && api.every(({ status }) => status === 'off'));
  if (!forGood && (!facts.lastLook || gitlabAnsweredEver)) return undefined;
  return raise('gitlab', `GitLab could not be asked, so ${effectOf(facts)}: ${reasons(api)}`);
}

function effectOf({ state, coverage, gitlabAnsweredEver }: HealthFacts): string {
  if (answered(coverage.logs)) return 'scopes, owners and what its logs do not show are unknown';
  if (gitlabAnsweredEver) return 'later evidence cannot be seen';
  return `whether a bot held a${state.counts.findings > 0 ? 'nother' : ''} credential is unknown`;
}

/** GitLab's logs at Axiom: without them a hunt does not close its hour. */
function logsChange({ coverage: { logs, axiom }, raised, lastLook }: HealthFacts): HealthChange | undefined {
  if (answered(logs)) return recovered('logs', raised, "GitLab's logs can be read at Axiom again");
  // Axiom as a whole is told of by another alert.
  if (logs?.status !== 'unavailable' || axiom?.status === 'unavailable') return undefined;
  if (!lastLook || raised.includes('logs')) return undefined;
  return raise('logs', `GitLab's logs could not be read at Axiom, so exact uses are not seen: ${reasons([logs])}`);
}

function cloudflareChange(facts: HealthFacts): HealthChange | undefined {
  const seen = facts.coverage.cloudflare;
  if (seen === undefined || seen.status === 'off') return undefined;
  if (answered(seen)) return recovered('cloudflare', facts.raised, 'Cloudflare answers again');
  if (facts.raised.includes('cloudflare')) return undefined;
  if (!isRefusal(seen) && (!facts.lastLook || facts.cloudflareAnsweredEver === true)) return undefined;
  return raise('cloudflare', `Cloudflare could not be asked which addresses act as bots: ${reasons([seen])}`);
}

/** A hunt reads an hour once: what it could not read is news at once, and read again an hour later. */
function axiomChange({ state, coverage, raised }: HealthFacts): HealthChange | undefined {
  const seen = coverage.axiom;
  if (state.trigger !== 'hunt' || seen === undefined || seen.status === 'off') return undefined;
  if (answered(seen)) return recovered('axiom', raised, 'Axiom answers again');
  if (raised.includes('axiom')) return undefined;
  return raise(
    'axiom',
    `Axiom could not be read, so the hour from ${state.window.start} is not hunted yet; the next hunt tries again: ${reasons([seen])}`,
  );
}

/** Logs of the hour hunted are there, after Cloudflare had switched a Logpush job off. */
function logpushChange({ coverage, raised }: HealthFacts): HealthChange | undefined {
  const rows = answered(coverage.axiom) ? (coverage.axiom?.counts.rows ?? 0) : 0;
  return rows > 0 ? recovered('logpush', raised, "Cloudflare's logs arrive at Axiom again") : undefined;
}

/** A hunt's report was written, after one that was not. */
function reportChange({ state, raised }: HealthFacts): HealthChange | undefined {
  return state.hunt?.written
    ? recovered('hunt-report', raised, 'reports of hunts are written to Axiom again')
    : undefined;
}

function realIpChange(facts: HealthFacts): HealthChange | undefined {
  if (!facts.realIpMissing) {
    // No GitLab address read at all says nothing about what GitLab would record.
    return facts.state.counts.tokenUses > 0
      ? recovered('real-ip', facts.raised, 'GitLab records client addresses again')
      : undefined;
  }
  if (facts.raised.includes('real-ip')) return undefined;
  return raise(
    'real-ip',
    "Every address GitLab recorded is one of Cloudflare's own, so nothing can ever match: restore the client's address in front of GitLab (real_ip_header CF-Connecting-IP)",
  );
}

function pipelineChange({ raised }: HealthFacts): HealthChange | undefined {
  // Whoever asks has joined and scored a look: the pipeline works again.
  return recovered('pipeline', raised, 'a case went through the whole pipeline again');
}

/** A page of this case was accepted, after one that was not. */
function pageChange({ state, raised }: HealthFacts): HealthChange | undefined {
  const delivered = state.decision.page && !state.due.page && !state.shadow;
  return delivered ? recovered('page', raised, 'PagerDuty takes pages again') : undefined;
}

function shadowChange({ state, raised, shadowDigestDue }: HealthFacts): HealthChange | undefined {
  if (!state.shadow) return recovered('shadow-mode', raised, 'Latchkey runs live and pages');
  if (!shadowDigestDue) return undefined;
  return raise(
    'shadow-mode',
    'Latchkey runs in shadow mode: it decides and records, and pages nobody. Set mode to live to turn paging on',
  );
}

function raise(source: string, why: string): HealthChange {
  return { source, action: 'raise', why };
}

function recovered(source: string, raised: readonly string[], why: string): HealthChange | undefined {
  return raised.includes(source) ? { source, action: 'resolve', why } : undefined;
}

/** A refusal stays until somebody changes a token or a permission; waiting for the last look would help nobody. */
function isRefusal({ why }: SourceCoverage): boolean {
  return why.some(
    (reason) =>
      /\b(?:refused|rejected|denied|401|403)\b/i.test(reason) && !/ECONNREFUSED|connection refused/i.test(reason),
  );
}

function reasons(seen: readonly SourceCoverage[]): string {
  const all = [...new Set(seen.flatMap(({ why }) => why))];
  return all.length === 0 ? 'no reason known' : plainText(all.slice(0, 4).join('; '), 500);
}
