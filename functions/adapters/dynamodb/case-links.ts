import { randomBytes } from 'node:crypto';
import { casePath, signedPath, siteOf } from '../../core/case-link.ts';
import { DAY } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Environment } from '../../runtime/environment.ts';
import { ConfigError } from '../../runtime/errors.ts';
import { within } from '../../runtime/within.ts';
import { LinkKeyStore } from './link-keys.ts';
import type { Table } from './table.ts';

export interface CaseLinksOptions {
  readonly keys: Pick<LinkKeyStore, 'current'>;
  /** Where the case page lies; nothing: there are no links. */
  readonly baseUrl: string | undefined;
  /** Days that a link works. */
  readonly linkDays: number;
  readonly clock: Clock;
}

/** Makes the links to cases that pages and alerts carry. */
export class CaseLinks {
  readonly #options: CaseLinksOptions;

  /** Throws nothing, whatever the options are: whoever sends pages must come into being. */
  constructor(options: CaseLinksOptions) {
    this.#options = options;
  }

  /**
   * A link to the case that works for `linkDays` from now; undefined where there is no case page.
   * @throws ConfigError when `baseUrl` is no URL; TransientError and ConfigError of the table. A page goes out without
   *   its link then.
   */
  async caseUrl(caseId: string): Promise<string | undefined> {
    const { keys, baseUrl, linkDays, clock } = this.#options;
    if (!baseUrl) return undefined;
    const site = siteOf(baseUrl);
    if (site === undefined) throw new ConfigError('Variable LATCHKEY_CASES_URL must be an http or https URL.');
    const key = await keys.current();
    return site + signedPath(casePath(caseId), clock.now() + linkDays * DAY, key);
  }
}

/** The links of a function that pages or alerts, as its environment says where the case page lies. */
export function caseLinksFromEnvironment(env: Environment, table: Table, linkDays: number): CaseLinks {
  const keys = new LinkKeyStore(table, () => randomBytes(32));
  return new CaseLinks({ keys, baseUrl: env.LATCHKEY_CASES_URL, linkDays, clock: table.clock });
}

/** Milliseconds that a page or an alert waits for its link. */
const LINK_MS = 1_000;

/**
 * The link to the case, for whoever goes on without one: none where it could not be made, or not in time, and without
 * another try, even where one would help.
 * @param without hears why there is none
 */
export async function caseUrlInTime(
  links: Pick<CaseLinks, 'caseUrl'>,
  caseId: string,
  clock: Clock,
  without: (thrown: unknown) => void,
): Promise<string | undefined> {
  try {
    return await within(clock, LINK_MS, () => links.caseUrl(caseId));
  } catch (thrown) {
    // Toward the page and the alert.
    without(thrown);
    return undefined;
  }
}
