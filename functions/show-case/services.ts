import type { CaseFile } from '../core/case-file.ts';
import type { StepLogger } from '../runtime/logger.ts';
import type { LinkServices } from '../runtime/page/open-link.ts';
import type { Settings } from './settings.ts';

/** What this step needs of the world. It changes nothing there. */
export interface Services extends LinkServices {
  readonly files: {
    /** Undefined where there is no such case. */
    load(caseId: string): Promise<CaseFile | undefined>;
  };
  readonly settings: Settings;
  /** Root of the GitLab site; undefined: no links there. */
  readonly gitlabUrl: string | undefined;
  /** Axiom dataset of Cloudflare's requests, and its column of client addresses; undefined: there is none. */
  readonly axiomDataset: string | undefined;
  readonly axiomAddressField: string | undefined;
  /** Name of this deployment. */
  readonly environment: string;
  readonly logger: StepLogger;
}
