import { isObject, type JsonObject, numberAt, stringAt } from './json.ts';

/** A hunt's report as a reader of its dataset sees it. */
export interface WrittenReport {
  readonly dataset: string;
  /** The newest attempt of each row that was not taken back, in the order of rank, the surest bots first. */
  readonly rows: readonly JsonObject[];
  /** Every manifest of the newest attempt that wrote one; one of them, when all is well. */
  readonly manifests: readonly JsonObject[];
}

/**
 * What was written about a case, read as a dashboard would: of each `row_key` the newest attempt counts.
 * @param ingested rows by dataset, as the outbox shows them; undefined when no row among them is this case's manifest.
 */
export function readReport(
  ingested: Readonly<Record<string, readonly unknown[]>>,
  caseId: string,
): WrittenReport | undefined {
  for (const [dataset, events] of Object.entries(ingested)) {
    const all = events.filter(isObject);
    const manifests = newest(all.filter((row) => row.kind === 'run' && row.case_id === caseId));
    const runId = stringAt(manifests[0], 'run_id');
    if (runId === undefined) continue;
    const ofRun = all.filter((row) => row.run_id === runId && row.kind !== 'run');
    const rows = [...Map.groupBy(ofRun, ({ row_key }) => row_key).values()].flatMap((same) => newest(same));
    return { dataset, manifests, rows: rows.filter(({ kind }) => kind === 'row').sort(byRank) };
  }
  return undefined;
}

function newest(rows: readonly JsonObject[]): JsonObject[] {
  const attempts = rows.map((row) => numberAt(row, 'attempt') ?? 0);
  const last = attempts.reduce((a, b) => Math.max(a, b), 0);
  return rows.filter((_, index) => attempts[index] === last);
}

function byRank(a: JsonObject, b: JsonObject): number {
  return (
    (numberAt(a, 'rank') ?? 0) - (numberAt(b, 'rank') ?? 0) ||
    (numberAt(a, 'lowest_bot_score') ?? 100) - (numberAt(b, 'lowest_bot_score') ?? 100) ||
    (numberAt(b, 'requests') ?? 0) - (numberAt(a, 'requests') ?? 0)
  );
}
