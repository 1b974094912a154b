import { isCursor } from '../adapters/dynamodb/case-index.ts';
import { CASES_PATH, casePath, signedPath } from '../core/case-link.ts';
import { type PageResponse, page, plainPage, type Shown } from '../runtime/page/answers.ts';
import type { OpenLink } from '../runtime/page/open-link.ts';
import type { PageRequest } from '../runtime/page/page-request.ts';
import { badFilterPage } from '../runtime/page/plain-pages.ts';
import { showBehindLink } from '../runtime/page/show-behind-link.ts';
import { listPage } from './html/list-page.ts';
import { LIST_SHELL } from './html/list-shell.ts';
import { listFacts } from './list-facts.ts';
import { readListQuery } from './list-query.ts';
import type { Services } from './services.ts';

/**
 * Shows the list of cases to whoever has a link that was signed for it.
 * @throws TransientError and ConfigError where the table could not be read
 */
export async function listCases(request: PageRequest, services: Services): Promise<PageResponse> {
  const behind = {
    path: CASES_PATH,
    show: (link: OpenLink) => listOf(request, link, services),
    logged: { what: 'list' },
  };
  return await showBehindLink(request, behind, services);
}

async function listOf({ queryStringParameters }: PageRequest, link: OpenLink, services: Services): Promise<Shown> {
  const query = readListQuery(queryStringParameters ?? {}, isCursor);
  if ('reason' in query) return plainPage(400, badFilterPage(query.reason));
  const caseHref = (caseId: string) => signedPath(casePath(caseId), link.expires, link.key);
  return page(LIST_SHELL, 200, listPage(await listFacts(query, link, caseHref, services)));
}
