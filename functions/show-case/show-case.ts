import { evidencePath, signedPath } from '../core/case-link.ts';
import { DAY, MINUTE } from '../core/time.ts';
import { jsonFile, type PageResponse, page, plainPage, type Shown, takesGzip } from '../runtime/page/answers.ts';
import type { OpenLink } from '../runtime/page/open-link.ts';
import type { PageRequest } from '../runtime/page/page-request.ts';
import { missingPage } from '../runtime/page/plain-pages.ts';
import { showBehindLink } from '../runtime/page/show-behind-link.ts';
import { evidenceText, gzippedEvidence } from './evidence-document.ts';
import { casePage } from './html/case-page.ts';
import { CASE_SHELL } from './html/case-shell.ts';
import type { Services } from './services.ts';
import { type Wanted, wantedBy } from './wanted.ts';

/**
 * Shows a case, or everything known about it, to whoever has a link that was signed for it.
 * @throws TransientError and ConfigError where the table could not be read
 */
export async function showCase(request: PageRequest, services: Services): Promise<PageResponse> {
  const wanted = wantedBy(request);
  const behind = wanted && {
    path: wanted.path,
    show: (link: OpenLink) => caseOf(wanted, link, request, services),
    logged: { what: wanted.what, shownCase: wanted.caseId },
  };
  return await showBehindLink(request, behind, services);
}

async function caseOf(
  { what, caseId }: Wanted,
  link: OpenLink,
  request: PageRequest,
  services: Services,
): Promise<Shown> {
  const { settings, environment, clock, gitlabUrl, axiomDataset, axiomAddressField } = services;
  const file = await services.files.load(caseId);
  if (file === undefined) return plainPage(404, missingPage(settings.retentionDays));
  const now = clock.now();
  if (what === 'evidence') {
    const name = `${caseId}.json`;
    if (!takesGzip(request)) return jsonFile(name, evidenceText(file, { now, environment }));
    const { text, gzipped } = await gzippedEvidence(file, { now, environment });
    return { ...jsonFile(name, text), gzipped };
  }
  const facts = {
    file,
    now,
    gitlabUrl,
    environment,
    slack: settings.window.slackMinutes * MINUTE,
    lookMinutes: settings.looks.minutes,
    threshold: settings.page.threshold,
    evidenceHref: signedPath(evidencePath(caseId), link.expires, link.key),
    keptUntil: file.openedAt + settings.retentionDays * DAY,
    axiomDataset,
    axiomAddressField,
  };
  return page(CASE_SHELL, 200, casePage(facts));
}
