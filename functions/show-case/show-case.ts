import { isCursor } from '../adapters/dynamodb/case-index.ts';
import { casePath, evidencePath, signedPath } from '../core/case-link.ts';
import { MINUTE } from '../core/time.ts';
import { answerTo, type PageResponse, page, refused, type Shown } from './answers.ts';
import { evidenceText } from './evidence-document.ts';
import { casePage } from './html/case-page.ts';
import { listPage } from './html/list-page.ts';
import { badFilterPage, missingPage } from './html/plain-pages.ts';
import { listFacts } from './list-facts.ts';
import { readListQuery } from './list-query.ts';
import { type OpenLink, openLink } from './open-link.ts';
import { type PageRequest, type Wanted, wantedBy } from './page-request.ts';
import type { Services } from './services.ts';

/**
 * Shows a case, everything known about it, or the list of cases, to whoever has a link that was signed for it. The link
 * is checked before anything else is done, and a stranger learns nothing by what is answered.
 * @throws TransientError and ConfigError where the table could not be read
 */
export async function showCase(request: PageRequest, services: Services): Promise<PageResponse> {
  const wanted = wantedBy(request);
  const link = wanted === undefined ? undefined : await openLink(wanted, request, services);
  if (wanted === undefined || link === undefined) {
    services.logger.info('refused', { status: 403 });
    return refused();
  }
  const shown = wanted.what === 'list' ? await listOf(request, link, services) : await caseOf(wanted, link, services);
  services.logger.info('shown', {
    what: wanted.what,
    status: shown.statusCode,
    ...(wanted.what === 'list' ? {} : { shownCase: wanted.caseId }),
  });
  return await answerTo(request, shown);
}

async function caseOf(
  { what, caseId }: Exclude<Wanted, { what: 'list' }>,
  link: OpenLink,
  services: Services,
): Promise<Shown> {
  const { settings, environment, clock, gitlabUrl } = services;
  const file = await services.files.load(caseId);
  if (file === undefined) return page(404, missingPage(settings.retentionDays));
  const now = clock.now();
  if (what === 'evidence') {
    const body = evidenceText(file, { now, environment });
    return { statusCode: 200, contentType: 'application/json; charset=utf-8', body, fileName: `${caseId}.json` };
  }
  const facts = {
    ...{ file, now, gitlabUrl, environment },
    slack: settings.window.slackMinutes * MINUTE,
    lookMinutes: settings.looks.minutes,
    threshold: settings.page.threshold,
    evidenceHref: signedPath(evidencePath(caseId), link.expires, link.key),
  };
  return page(200, casePage(facts));
}

async function listOf({ queryStringParameters }: PageRequest, link: OpenLink, services: Services): Promise<Shown> {
  const query = readListQuery(queryStringParameters ?? {}, isCursor);
  if ('reason' in query) return page(400, badFilterPage(query.reason));
  const caseHref = (caseId: string) => signedPath(casePath(caseId), link.expires, link.key);
  return page(200, listPage(await listFacts(query, link, caseHref, services)));
}
