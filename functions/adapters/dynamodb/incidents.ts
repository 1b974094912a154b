import type { Incident } from '../../core/incident.ts';
import { DAY, type EpochMs } from '../../core/time.ts';
import { readDocument, writeDocument } from './chunks.ts';
import { numberOf, textOf } from './codec.ts';
import { absent, type Condition, either, type Table } from './table.ts';
import type { Key, TableReader } from './table-reader.ts';

/**
 * Incidents, and which of them holds a credential. A claim lasts until an instant the caller names, to the millisecond;
 * incidents expire `retentionDays` after their last write.
 */
export class IncidentStore {
  readonly #table: Table;
  readonly #retentionMs: number;

  constructor(table: Table, retentionDays: number) {
    this.#table = table;
    this.#retentionMs = retentionDays * DAY;
  }

  /**
   * Claims the credential for the incident until `until`, unless one holds it at `now`. Answers the incident that holds
   * it, ours or the other; of claims at one moment exactly one wins and all answer the same.
   */
  async claim(credentialId: string, incidentId: string, now: EpochMs, until: EpochMs): Promise<string> {
    const onlyIf = either(absent(now), { expression: '#until <= :now', values: { now } });
    const claimed = await this.#table.put(
      claimKey(credentialId),
      { incidentId, until },
      { expires: keptTill(until), onlyIf },
    );
    if (claimed.stored) return incidentId;
    return (await this.holder(credentialId, now)) ?? (await this.claim(credentialId, incidentId, now, until));
  }

  /**
   * Makes the incident's claim last until `until`, never shorter than it is, and only while the incident holds it. A
   * claim that `heldBy` holds, which was bridged to the incident, becomes the incident's and ends at `until`.
   */
  async extend(credentialId: string, incidentId: string, until: EpochMs, heldBy = incidentId): Promise<void> {
    const onlyIf =
      heldBy === incidentId
        ? { expression: '#incidentId = :incidentId AND #until < :until', values: { incidentId, until } }
        : { expression: '#incidentId = :heldBy', values: { heldBy } };
    await this.#table.update(claimKey(credentialId), { incidentId, until }, { expires: keptTill(until), onlyIf });
  }

  /** The incident that holds the credential at `now`. */
  async holder(credentialId: string, now: EpochMs): Promise<string | undefined> {
    const item = await this.#table.get(claimKey(credentialId), now);
    return item === undefined || numberOf(item, 'until') <= now ? undefined : textOf(item, 'incidentId');
  }

  async load(id: string): Promise<Incident | undefined> {
    return await loadIncident(this.#table, id);
  }

  /**
   * Writes the incident as version `expectedVersion + 1`, whatever version it carries. False when the stored version is
   * not `expectedVersion` (0: there must be none): somebody else wrote it; load it and decide again. A write whose
   * answer was lost is repeated by the SDK and then fails for the version it wrote itself: its mark tells.
   */
  async save(incident: Incident, expectedVersion: number): Promise<boolean> {
    const now = this.#table.clock.now();
    const version = expectedVersion + 1;
    const onlyIf: Condition =
      expectedVersion === 0
        ? absent(now)
        : { expression: '#version = :expected', values: { expected: expectedVersion } };
    const stored: Incident = { ...incident, version };
    const key = incidentKey(incident.id);
    const mark = this.#table.newId();
    const options = { expires: now + this.#retentionMs, onlyIf, attributes: { version, mark } };
    if (await writeDocument(this.#table, key, stored, options)) return true;
    return (await this.#table.get(key))?.mark === mark;
  }
}

/** The incident; undefined where there is none (any more). Throws as `readDocument`. */
export async function loadIncident(table: TableReader, id: string): Promise<Incident | undefined> {
  return await readDocument<Incident>(table, incidentKey(id));
}

/** TTL works in whole seconds and `until` is exact: the item must outlive it. */
function keptTill(until: EpochMs): EpochMs {
  return until + 1_000;
}

function claimKey(credentialId: string): Key {
  return { pk: `claim#${credentialId}`, sk: 'claim' };
}

function incidentKey(id: string): Key {
  return { pk: `incident#${id}`, sk: 'incident' };
}
