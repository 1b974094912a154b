import { AlertStore } from '../../../functions/adapters/dynamodb/alerts.ts';
import { CaseStore } from '../../../functions/adapters/dynamodb/cases.ts';
import { IncidentStore } from '../../../functions/adapters/dynamodb/incidents.ts';
import { ReadingStore } from '../../../functions/adapters/dynamodb/readings.ts';
import type { CaseFile, CaseLook } from '../../../functions/core/case-file.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import type { LocalTable } from './local-table.ts';

/** Stores a case as the workflow's steps do, each look's documents at the look's time. */
export async function storeCaseFile({ table, clock }: LocalTable, file: CaseFile): Promise<void> {
  const cases = new CaseStore(table, 30);
  const alerts = new AlertStore(table, 30);
  const { caseId, trigger, openedAt, alert, filter, state } = file;
  clock.advance(openedAt - clock.now());
  const opened = { ...(alert === undefined ? {} : { alert }), ...(filter === undefined ? {} : { filter }) };
  await cases.open({ caseId, trigger, openedAt, delivery: { body: '{"text":"as it came"}' }, ...opened });
  for (const look of file.looks) {
    if (look.at !== undefined) clock.advance(look.at - clock.now());
    await storeLook(cases, caseId, look);
  }
  if (file.uses !== undefined) await storeReading(new ReadingStore(table, 30), cases, file, file.uses);
  for (const { order, look, sentAt } of file.pages) {
    await cases.orderPage(caseId, order, look);
    if (sentAt !== undefined) await cases.markSent(caseId, order, look, sentAt);
  }
  for (const { sentAt, ...order } of file.alerts) {
    await alerts.order(caseId, order);
    if (sentAt !== undefined) await alerts.markSent(caseId, order, sentAt);
  }
  for (const incident of file.incidents) await saveIncident(new IncidentStore(table, 30), incident);
  for (const at of file.ends) await cases.recordEnd(caseId, at, { body: '{}' });
  if (state !== undefined) await cases.saveState(caseId, state);
}

async function storeLook(cases: CaseStore, caseId: string, look: CaseLook): Promise<void> {
  const { look: number, sightings, traffic, findings, coverage, analysis, picture } = look;
  if (picture !== undefined) await cases.savePicture(caseId, number, picture);
  if (traffic !== undefined) await cases.saveTraffic(caseId, number, traffic);
  if (sightings !== undefined) await cases.saveSightings(caseId, number, sightings);
  if (findings !== undefined) await cases.saveFindings(caseId, number, findings);
  if (coverage !== undefined) await cases.saveCoverage(caseId, number, coverage);
  if (analysis !== undefined) await cases.saveAnalysis(caseId, number, analysis);
}

async function storeReading(
  readings: ReadingStore,
  cases: CaseStore,
  { caseId, looks }: CaseFile,
  { readAt, uses }: NonNullable<CaseFile['uses']>,
): Promise<void> {
  const window = { start: readAt - 60 * MINUTE, end: readAt };
  const evidence = { window, readAt, credentials: [], uses, coverage: {}, realIpMissing: false };
  const id = `reading-of-${caseId}`;
  await readings.save(`window-of-${caseId}`, id, evidence, readAt + MINUTE);
  for (const { look } of looks) if (look > 0) await cases.linkReading(caseId, look, id);
}

async function saveIncident(incidents: IncidentStore, incident: CaseFile['incidents'][number]): Promise<void> {
  for (let version = 0; version < incident.version; version++) await incidents.save(incident, version);
}
