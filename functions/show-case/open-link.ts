import { checkLink, type OpenedLink } from '../core/case-link.ts';
import type { EpochMs } from '../core/time.ts';
import type { PageRequest, Wanted } from './page-request.ts';
import type { Services } from './services.ts';

/** What opened the door, and opens everything behind it for as long. */
export type OpenLink = NonNullable<ReturnType<typeof checkLink>>;

/** The link that was used; undefined where it opens nothing. Throws where the keys could not be read. */
export async function openLink(
  { path }: Wanted,
  { queryStringParameters: query = {} }: PageRequest,
  { keys, clock }: Pick<Services, 'keys' | 'clock'>,
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
