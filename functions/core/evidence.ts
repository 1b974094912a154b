import type { Coverage } from './coverage.ts';
import type { SharedNetwork } from './learned.ts';
import type { KnownOperators } from './operators.ts';
import type { EpochMs, Window } from './time.ts';
import type { Credential, TokenUse } from './token-use.ts';

/** One reading of GitLab: everything its sources said about one window, shared by every case that looks at it. */
export interface TokenEvidence {
  readonly window: Window;
  readonly readAt: EpochMs;
  /** Every credential named by a use, plus every credential of the inventory whose use could touch the window. */
  readonly credentials: readonly Credential[];
  readonly uses: readonly TokenUse[];
  readonly coverage: Coverage;
  /** `Credential.id` of the token Latchkey itself reads GitLab with, where GitLab told. */
  readonly ownCredential?: string;
  /** Every GitLab address read lies in Cloudflare's own ranges: real-IP is not restored and nothing can match. */
  readonly realIpMissing: boolean;
  /** Networks of the uses that were learned to be shared, from days before the window only. Missing: nothing learned. */
  readonly sharedNetworks?: Readonly<Record<string, SharedNetwork>>;
  /** As far as Cloudflare told, from days before the window only. Missing: nothing learned. */
  readonly knownOperators?: KnownOperators;
}
