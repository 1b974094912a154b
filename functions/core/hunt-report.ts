import { createHash } from 'node:crypto';
import type { Verdict } from './case.ts';
import { type Coverage, SOURCE_NAMES } from './coverage.ts';
import type { Finding, FindingAddress } from './finding.ts';
import type { OperatorUse } from './operators.ts';
import { toIso, type Window } from './time.ts';

/** Part of `run_id`: a new one where rows change their meaning, so that readers never mix the two. */
const REPORT_VERSION = 1;

/** What a field of a row may hold. Nothing is nested, as dashboards cannot join (`reference/axiom.md` §2). */
export type RowValue = string | number | boolean | readonly string[];

/** One row of the correlation dataset, without what only the attempt that writes it knows. */
export type ReportRow = Readonly<Record<string, RowValue>> & {
  readonly kind: 'row';
  /** The same at every attempt: readers keep the newest attempt of each key. */
  readonly row_key: string;
};

/** A hunt's report as it is stored before it is written: a later attempt writes the very same. */
export interface HuntReport {
  /** Epoch milliseconds, half-open. */
  readonly window: Window;
  readonly runId: string;
  readonly rows: readonly ReportRow[];
  /**
   * From which operators' networks people and machines worked: learned from once the report is written. Missing in
   * reports of earlier versions, which are written all the same.
   */
  readonly operators?: readonly OperatorUse[];
  /** What the manifest says beside the number of rows. */
  readonly summary: Readonly<Record<string, RowValue>>;
}

export interface HuntFacts {
  readonly caseId: string;
  readonly window: Window;
  /** Ranked, the worst first. */
  readonly findings: readonly Finding[];
  readonly coverage: Coverage;
  readonly verdict: Verdict;
  readonly sightings: number;
  readonly tokenUses: number;
  /** Requests of all sighted addresses, where the source counted them. */
  readonly requests?: number;
  /** The incident a credential belongs to, by `Credential.id`. */
  readonly incidents: ReadonlyMap<string, string>;
  readonly shadow: boolean;
  readonly operators: readonly OperatorUse[];
}

/** The report of a joined hunt: one row for each address of each finding, in the order of their rank. */
export function huntReport(facts: HuntFacts): HuntReport {
  const runId = runIdOf(facts.window);
  return {
    window: facts.window,
    runId,
    operators: facts.operators,
    rows: facts.findings.flatMap((finding, index) =>
      finding.addresses.map((address) => rowOf(finding, index + 1, address, runId, facts)),
    ),
    summary: {
      ...windowOf(facts.window),
      case_id: facts.caseId,
      verdict: facts.verdict,
      top_score: facts.findings.reduce((top, { score }) => Math.max(top, score), 0),
      findings: facts.findings.length,
      sightings: facts.sightings,
      token_uses: facts.tokenUses,
      ...(facts.requests === undefined ? {} : { requests: facts.requests }),
      ...coverageOf(facts.coverage),
      coverage_why: SOURCE_NAMES.flatMap((name) => facts.coverage[name]?.why.map((why) => `${name}: ${why}`) ?? []),
      shadow: facts.shadow,
    },
  };
}

/** `run_id` of every row of a window, whatever the attempt. */
function runIdOf(window: Window): string {
  return `${toIso(window.start)}/${REPORT_VERSION}`;
}

/** A row as one attempt writes it. */
export function asWritten(row: ReportRow, runId: string, attempt: number, computedAt: number, window: Window): object {
  return { ...row, ...stamp(runId, attempt, computedAt, window) };
}

/** The row that closes a window: written last, so that a window without it is unfinished. */
export function manifestOf(report: HuntReport, attempt: number, computedAt: number, retracted: number): object {
  const { window, runId, rows, summary } = report;
  return {
    ...summary,
    kind: 'run',
    row_key: hash(`${runId}|manifest`),
    status: 'complete',
    rows_expected: rows.length,
    retracted,
    ...stamp(runId, attempt, computedAt, window),
  };
}

/** Takes back a row of an earlier attempt that this one does not have: readers see the newest attempt of its key. */
export function retractionOf(rowKey: string, runId: string, attempt: number, computedAt: number, window: Window) {
  return { kind: 'retracted', row_key: rowKey, ...windowOf(window), ...stamp(runId, attempt, computedAt, window) };
}

function rowOf(
  { credential, score, verdict, decision, parts, matchCount, sharedNetworks, usualNetworks = [] }: Finding,
  rank: number,
  found: FindingAddress,
  runId: string,
  { coverage, incidents, caseId, window, shadow }: HuntFacts,
): ReportRow {
  const { owner } = credential;
  return {
    kind: 'row',
    row_key: hash(`${runId}|${credential.id}|${found.address}`),
    ...windowOf(window),
    case_id: caseId,
    ...defined({ incident_id: incidents.get(credential.id) }),
    rank,
    score,
    ...Object.fromEntries(parts.map(({ name, points }) => [`score_${name.replaceAll('-', '_')}`, points])),
    score_why: parts.map(({ sentence }) => sentence),
    verdict,
    decision,
    shadow,
    strength: found.strength,
    credential_id: credential.id,
    credential_kind: credential.kind,
    scopes_known: credential.scopes !== undefined,
    ...defined({
      credential_name: credential.name,
      scopes: credential.scopes,
      resource: credential.resource,
      access_level: credential.accessLevel,
      owner_id: owner?.id,
      owner: owner?.username,
      owner_admin: owner?.admin,
    }),
    address: found.address,
    network: found.network,
    network_shared: sharedNetworks.includes(found.network),
    network_usual: usualNetworks.includes(found.network),
    matched_by: found.rule,
    ...defined({ asn: found.asn, country: found.country, lowest_bot_score: found.lowestBotScore }),
    requests: found.requests,
    uses: found.uses,
    matches: matchCount,
    first_use: toIso(found.firstUse),
    last_use: toIso(found.lastUse),
    sources: found.sources,
    ...coverageOf(coverage),
  };
}

function windowOf(window: Window) {
  return { window_start: toIso(window.start), window_end: toIso(window.end) };
}

function coverageOf(coverage: Coverage): Record<string, string> {
  return Object.fromEntries(
    SOURCE_NAMES.flatMap((name) => {
      const status = coverage[name]?.status;
      return status === undefined ? [] : [[`coverage_${name}`, status]];
    }),
  );
}

/** `_time` is the window's start, so that a window written late still lies where it belongs in a chart. */
function stamp(runId: string, attempt: number, computedAt: number, window: Window) {
  return { _time: toIso(window.start), run_id: runId, attempt, computed_at: toIso(computedAt) };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function defined(values: Readonly<Record<string, RowValue | undefined>>): Record<string, RowValue> {
  const kept: Record<string, RowValue> = {};
  for (const [name, value] of Object.entries(values)) if (value !== undefined) kept[name] = value;
  return kept;
}
