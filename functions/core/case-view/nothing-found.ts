import { count } from '../amount-text.ts';
import { type CaseFile, newestWith } from '../case-file.ts';
import { gitlabAnswered } from '../health.ts';
import type { SightingReport } from '../sighting.ts';
import { sourceGaps } from './source-gaps.ts';

/**
 * Why a page shows no finding, and what that is worth: only where GitLab answered and there was something to compare is
 * it good news.
 */
export function nothingFound(file: CaseFile): readonly string[] {
  const unread = file.unread.length === 0 ? [] : ['Part of what is stored of this case could not be read.'];
  const joined = newestWith(file, 'findings');
  if (joined === undefined) return ['Nothing is stored of a comparison with GitLab: nothing is known.', ...unread];
  const answers = file.looks.map(({ coverage }) => coverage).filter((coverage) => coverage !== undefined);
  if (answers.length === 0)
    return ['What GitLab answered is not stored: that there is no finding says nothing.', ...unread];
  if (!answers.some(gitlabAnswered)) return ['GitLab could not be asked: nothing is known.', ...unread];
  const seen = newestWith(file, 'sightings')?.sightings;
  if (seen === undefined)
    return ['GitLab answered, but what Cloudflare saw is not stored: nothing is known.', ...unread];
  const addresses = new Set(seen.sightings.map(({ address }) => address)).size;
  return [comparedWords(addresses), ...cutWords(seen, addresses), sourceGaps(file).sentence, ...unread];
}

function comparedWords(addresses: number): string {
  if (addresses === 0) return 'No address was sighted, so that there was nothing to compare with GitLab.';
  if (addresses === 1) return 'No credential was seen at the 1 address sighted.';
  return `No credential was seen at any of the ${count(addresses)} addresses sighted.`;
}

function cutWords({ whole, totalAddresses = 0 }: SightingReport, listed: number): string[] {
  if (whole || totalAddresses <= listed) return [];
  return [`That list was cut: Cloudflare counted ${count(totalAddresses)}.`];
}
