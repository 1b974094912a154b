import { casePage } from '../../functions/show-case/html/case-page.ts';
import { casePageFactsOf, largeCaseFile } from '../support/case-files.ts';
import { atMost, type Figure } from './figure.ts';

/** How large the page of a case gets: 10,000 sightings, 300 findings, 60,000 token uses. */
export function casePageFigures(): Figure[] {
  const page = casePage(casePageFactsOf(largeCaseFile()));
  return [atMost(500, { name: 'case-page/10,000-sightings', value: Buffer.byteLength(page) / 1000, unit: 'kB' })];
}
