import type { SourceCoverage, SourceName } from '../core/coverage.ts';
import type { EpochMs, Window } from '../core/time.ts';
import type { Credential, TokenUse } from '../core/token-use.ts';

/** A place where evidence of token use comes from. */
export interface EvidenceSource {
  readonly name: SourceName;
  /**
   * What it says about a window (already widened by the slack), as far as it can by the deadline. An outside system
   * that fails is coverage, not an error.
   */
  read(request: { readonly window: Window; readonly deadline: EpochMs }): Promise<{
    readonly credentials: readonly Credential[];
    readonly uses: readonly TokenUse[];
    readonly coverage: SourceCoverage;
  }>;
}

/** All sources of one reading, made anew for each. */
export interface EvidenceSources {
  readonly sources: readonly EvidenceSource[];
  /** `Credential.id` of the token Latchkey itself reads with; undefined where nobody told. */
  ownCredential(deadline: EpochMs): Promise<string | undefined>;
}
