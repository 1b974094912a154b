import type { CaseState } from '../../core/case.ts';
import { EvidenceGapError } from '../../runtime/errors.ts';
import { openState } from './case-records.ts';
import type { TableReader } from './table-reader.ts';

/**
 * The state that the newest look of a case stored; undefined where none did.
 * @throws EvidenceGapError for one that this version does not know; TransientError and ConfigError of the table
 */
export async function loadState(table: TableReader, caseId: string): Promise<CaseState | undefined> {
  const unread: string[] = [];
  const state = openState(await table.get({ pk: `case#${caseId}`, sk: 'case-state' }), unread);
  const [why] = unread;
  if (why !== undefined) throw new EvidenceGapError(why);
  return state;
}
