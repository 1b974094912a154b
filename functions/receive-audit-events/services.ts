import type { EventRow } from '../adapters/gitlab/schemas.ts';
import type { StepLogger } from '../runtime/logger.ts';

/** What this step needs of the world. */
export interface Services {
  readonly auth: {
    /** Whether the header holds a current streaming token. */
    accepts(given: string | undefined): Promise<boolean>;
  };
  readonly events: {
    /** Stores what one delivery brought. `skippedMalformed`: rows of it that could not be read. */
    save(events: readonly EventRow[], skippedMalformed: number): Promise<void>;
  };
  readonly logger: StepLogger;
}
