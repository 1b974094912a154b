import { casePath, signedPath, siteOf } from '../../core/case-link.ts';
import { DAY } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { ConfigError } from '../../runtime/errors.ts';
import type { LinkKeyStore } from './link-keys.ts';

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
