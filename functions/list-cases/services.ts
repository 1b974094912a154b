import type { CaseState } from '../core/case.ts';
import type { CaseListing, RunningNow } from '../core/case-list.ts';
import type { Incident } from '../core/incident.ts';
import type { StepLogger } from '../runtime/logger.ts';
import type { LinkServices } from '../runtime/page/open-link.ts';
import type { Settings } from './settings.ts';

/** What this step needs of the world. It changes nothing there. */
export interface Services extends LinkServices {
  readonly index: {
    recent(options: {
      readonly before?: string;
      readonly limit: number;
      readonly wants: (listing: CaseListing) => boolean;
    }): Promise<{
      readonly listings: readonly CaseListing[];
      readonly older: string | undefined;
      readonly stoppedEarly: boolean;
      readonly unread: number;
    }>;
  };
  /** What each case came to. */
  readonly states: {
    load(caseId: string): Promise<CaseState | undefined>;
  };
  readonly incidents: {
    load(id: string): Promise<Incident | undefined>;
  };
  readonly running: {
    /** Undefined where it could not be asked. */
    list(): Promise<RunningNow | undefined>;
  };
  readonly settings: Settings;
  /** Name of this deployment. */
  readonly environment: string;
  readonly logger: StepLogger;
}
