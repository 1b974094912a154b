import type { CaseFile } from '../../core/case-file.ts';
import type { Incident } from '../../core/incident.ts';
import { openLooks } from './case-looks.ts';
import { openAlerts, openOpening, openPages, openState } from './case-records.ts';
import { readUses } from './credential-uses.ts';
import { loadIncident } from './incidents.ts';
import { isLost } from './stored-part.ts';
import type { Item, TableReader } from './table-reader.ts';

/** The most incidents of one case that are read. */
const INCIDENTS_READ = 20;

/** Cases with everything that is stored about them, to be read. */
export class CaseFiles {
  readonly #table: TableReader;

  constructor(table: TableReader) {
    this.#table = table;
  }

  /**
   * The case, or undefined when there is none (any more). What is lost, or was written in a form that is not known here,
   * is told in `unread`. Throws `TransientError` or `ConfigError` where the table could not be read: a case of which
   * nobody knows what is missing is none.
   */
  async load(caseId: string): Promise<CaseFile | undefined> {
    const items = new Map((await this.#table.query(`case#${caseId}`)).map((item) => [String(item.sk), item]));
    const record = items.get('case');
    if (record === undefined) return undefined;
    const unread: string[] = [];
    const state = openState(items.get('case-state'), unread);
    const [opening, looks, incidents] = await Promise.all([
      openOpening(this.#table, caseId, record, unread),
      openLooks(this.#table, caseId, items, unread),
      this.#incidentsOf(state?.incidentIds ?? [], unread),
    ]);
    const uses = await readUses(this.#table, readingIn(items), looks, unread);
    return {
      ...opening,
      ...(state === undefined ? {} : { state }),
      ends: endsIn(items),
      looks,
      pages: openPages(items, unread),
      alerts: openAlerts(items, unread),
      incidents,
      ...(uses === undefined ? {} : { uses }),
      // Whatever was read first: the same case reads the same.
      unread: unread.sort(),
    };
  }

  async #incidentsOf(ids: readonly string[], unread: string[]): Promise<Incident[]> {
    const wanted = ids.slice(0, INCIDENTS_READ);
    if (wanted.length < ids.length)
      unread.push(`Of ${ids.length} incidents, only the first ${wanted.length} were read.`);
    const loaded = await Promise.all(wanted.map((id) => this.#incident(id, unread)));
    return loaded.filter((incident) => incident !== undefined);
  }

  async #incident(id: string, unread: string[]): Promise<Incident | undefined> {
    try {
      return await loadIncident(this.#table, id);
    } catch (thrown) {
      if (!isLost(thrown)) throw thrown;
      unread.push(`Incident ${id} is stored, and parts of it are lost.`);
      return undefined;
    }
  }
}

/** The reading that the newest look worked with which has one. */
function readingIn(items: ReadonlyMap<string, Item>): string | undefined {
  const newest = [...items.keys()].findLast((sk) => /^look#\d\d#reading$/.test(sk));
  const id = newest === undefined ? undefined : items.get(newest)?.readingId;
  return typeof id === 'string' ? id : undefined;
}

function endsIn(items: ReadonlyMap<string, Item>): number[] {
  return [...items].flatMap(([sk, { at }]) => (sk.startsWith('case-end#') && typeof at === 'number' ? [at] : []));
}
