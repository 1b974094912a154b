import { checkLink, type LinkKey, type OpenedLink } from '../../core/case-link.ts';
import type { EpochMs } from '../../core/time.ts';
import type { Clock } from '../clock.ts';
import type { PageRequest } from './page-request.ts';

/** What opened the door, and opens everything behind it for as long. */
export type OpenLink = NonNullable<ReturnType<typeof checkLink>>;

/** What a link is checked with. */
export interface LinkServices {
  readonly keys: {
    /** Every key whose links may still work. */
    live(): Promise<readonly LinkKey[]>;
  };
  readonly clock: Clock;
}

/**
 * The link that was used; undefined where it opens nothing. Throws where the keys could not be read.
 * @param path what the link must be signed for
 */
export async function openLink(
  path: string,
  { queryStringParameters: query = {} }: PageRequest,
  { keys, clock }: LinkServices,
): Promise<OpenLink | undefined> {
  const opened: OpenedLink = { path, expires: query.expires, signature: query.signature };
  // Whoever only found the address costs no question to the table.
  if (!mayBeSigned(opened, clock.now())) return undefined;
  return checkLink(opened, await keys.live(), clock.now());
}

function mayBeSigned({ expires, signature }: OpenedLink, now: EpochMs): boolean {
  return (
    signature?.length === 43 && expires !== undefined && /^\d{1,11}$/.test(expires) && Number(expires) * 1000 > now
  );
}
