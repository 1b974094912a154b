import type { LogFields, StepLogger } from '../logger.ts';
import { answerTo, type PageResponse, refused, type Shown } from './answers.ts';
import { type LinkServices, type OpenLink, openLink } from './open-link.ts';
import type { PageRequest } from './page-request.ts';

/** What lies behind a link. */
export interface Behind {
  /** What the link must be signed for. */
  readonly path: string;
  /** Makes what is shown; runs only for a link that is good. */
  readonly show: (link: OpenLink) => Promise<Shown>;
  /** What of it is logged when it was shown. */
  readonly logged: LogFields;
}

/**
 * Shows something to whoever has a link that was signed for it. The link is checked before anything else is done, and a
 * stranger learns nothing by what is answered: neither whether something is there, nor what is wrong with the link.
 * @param behind undefined where there is nothing of the kind
 * @throws TransientError and ConfigError where the keys, or what is shown, could not be read
 */
export async function showBehindLink(
  request: PageRequest,
  behind: Behind | undefined,
  services: LinkServices & { readonly logger: StepLogger },
): Promise<PageResponse> {
  const link = behind === undefined ? undefined : await openLink(behind.path, request, services);
  if (behind === undefined || link === undefined) {
    services.logger.info('refused', { status: 403 });
    return refused();
  }
  const shown = await behind.show(link);
  services.logger.info('shown', { ...behind.logged, status: shown.statusCode });
  return await answerTo(request, shown);
}
