import type { CaseFile } from '../core/case-file.ts';
import type { LinkKey } from '../core/case-link.ts';
import type { CaseListing, RunningExecution } from '../core/case-list.ts';
import type { Incident } from '../core/incident.ts';
import type { Clock } from '../runtime/clock.ts';
import type { StepLogger } from '../runtime/logger.ts';
import type { Settings } from './settings.ts';

/** What this step needs of the world. It changes nothing there. */
export interface Services {
  readonly keys: {
    /** Every key whose links may still work. */
    live(): Promise<readonly LinkKey[]>;
  };
  readonly files: {
    /** Undefined where there is no such case. */
    load(caseId: string): Promise<CaseFile | undefined>;
  };
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
  readonly incidents: {
    load(id: string): Promise<Incident | undefined>;
  };
  readonly running: {
    /** Undefined where it could not be asked. */
    list(): Promise<readonly RunningExecution[] | undefined>;
  };
  readonly settings: Settings;
  /** Root of the GitLab site; undefined: no links there. */
  readonly gitlabUrl: string | undefined;
  /** Name of this deployment. */
  readonly environment: string;
  readonly clock: Clock;
  readonly logger: StepLogger;
}
