import { createHash } from 'node:crypto';
import type { ZoneRef } from '../adapters/cloudflare/zones.ts';
import { type CaseState, openCase } from '../core/case.ts';
import type { Claim, MonitorFilter, MonitorRule } from '../core/monitor.ts';
import type { EventsPicture } from '../core/security-events.ts';
import { type EpochMs, toIso } from '../core/time.ts';
import type { Services } from './services.ts';

/** What a case is about. Made of what is remembered, so that a later poll can begin the same case. */
export interface Beginning {
  readonly key: string;
  readonly zone: ZoneRef;
  readonly filter: MonitorFilter;
  readonly claim: Claim;
  /** What the total was measured against. */
  readonly reference: number;
  /** Missing where the zone could not be read when a later poll began the case. */
  readonly picture: EventsPicture | undefined;
  /** What fired: growth also where a change alerts and there are too many keys to tell one by. */
  readonly alertOn: MonitorRule['alertOn'];
}

/**
 * The id of a zone and filter's alert, and the name of its execution. In lower case: a long word of digits and capitals
 * is taken for a secret, and an id is to stay readable in what people are told.
 * @param at when the poll was
 * @param number which alert of this zone and filter it is, from 1
 */
export function monitorCaseId(key: string, number: number, at: EpochMs): string {
  const moment = toIso(at)
    .replace(/[-:]|\.\d+/g, '')
    .toLowerCase();
  const hash = createHash('sha256').update(`${key}#${number}`).digest('hex').slice(0, 12);
  return `monitor-${moment}-${hash}`;
}

/** Opens the case of a claim and starts its execution. Repeating it is harmless. */
export async function beginCase(beginning: Beginning, services: Services): Promise<void> {
  const { claim, filter, picture } = beginning;
  const { cases, executions, clock } = services;
  const { caseId } = claim;
  const state = firstState(beginning, services);
  await cases.open({ caseId, trigger: 'monitor', openedAt: clock.now(), filter });
  if (picture !== undefined) await cases.savePicture(caseId, 0, picture);
  // The last of what is stored: where it is there, so is the rest.
  await cases.saveState(caseId, state);
  await executions.start(state, caseId);
}

function firstState(
  { key, zone, filter, claim, reference, picture, alertOn }: Beginning,
  { settings }: Services,
): CaseState {
  const { gitlabMs, windowMs, shadow } = settings;
  const window = picture?.window ?? { start: claim.at - windowMs, end: claim.at };
  return openCase({
    caseId: claim.caseId,
    trigger: 'monitor',
    window: { start: toIso(claim.at - gitlabMs), end: toIso(claim.at) },
    shadow,
    monitor: {
      name: filter.name,
      key,
      zone: { id: zone.id, ...(zone.name === undefined ? {} : { name: zone.name }) },
      total: claim.total,
      reference,
      isEstimate: (picture?.sampleInterval ?? 1) > 1,
      isLowerBound: picture?.totalIsLowerBound ?? false,
      window: { start: toIso(window.start), end: toIso(window.end) },
      alertOn,
      resend: false,
    },
  });
}
