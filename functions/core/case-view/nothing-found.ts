import { count } from '../amount-text.ts';
import { type CaseFile, newestWith } from '../case-file.ts';
import { gitlabAnswered } from '../health.ts';
import { caseAnswer, isNothing } from './case-answer.ts';
import { namedByPages } from './page-level.ts';
import { isCut, type SeenAttacking, seenAttacking, sourceGaps } from './source-gaps.ts';

/**
 * Why a page shows no finding, and what that is worth: only where GitLab answered and there was something to compare is
 * it good news.
 */
export function nothingFound(file: CaseFile): readonly string[] {
  const unread = file.unread.length === 0 ? [] : ['Part of what is stored of this case could not be read.'];
  return [...reasons(file), ...unread];
}

function reasons(file: CaseFile): string[] {
  const { verdict } = caseAnswer(file);
  if (verdict !== 'pending' && !isNothing(verdict)) {
    const named = namedByPages(file);
    return [`This case is ${verdict}, and its findings are not stored${named === '' ? '' : `: it is about ${named}`}.`];
  }
  if (newestWith(file, 'findings') === undefined) {
    return ['Nothing is stored of a comparison with GitLab: nothing is known.'];
  }
  const answers = file.looks.map(({ coverage }) => coverage).filter((coverage) => coverage !== undefined);
  if (answers.length === 0) return ['What GitLab answered is not stored: that there is no finding says nothing.'];
  if (!answers.some(gitlabAnswered)) return ['GitLab could not be asked: nothing is known.'];
  const seen = seenAttacking(file);
  if (seen.report === undefined) {
    const why = seen.isSilent ? 'could not be read' : 'is not stored';
    return [`GitLab answered, but what ${seen.source} saw ${why}: nothing is known.`];
  }
  const silent = seen.isSilent ? [`At the newest look ${seen.source} could not be read.`] : [];
  return [comparedWords(seen), ...silent, ...cutWords(seen), sourceGaps(file).sentence];
}

function comparedWords({ listed, report }: SeenAttacking): string {
  if (listed === 0) {
    const where = report?.coverage.status === 'partial' ? ' in what could be read' : '';
    return `No address was sighted${where}, so that there was nothing to compare with GitLab.`;
  }
  if (listed === 1) return 'No credential was seen at the 1 address sighted.';
  return `No credential was seen at any of the ${count(listed)} addresses sighted.`;
}

/** A thief is in the tail that a list cuts off: so the other side is asked back, and this says whether it was. */
export function cutWords({ report, listed, source }: SeenAttacking): string[] {
  if (report === undefined || !isCut(report, listed)) return [];
  const { totalAddresses, coverage } = report;
  const of = totalAddresses === undefined ? '' : `: ${source} counted ${count(totalAddresses)}`;
  const { askedBack = 0 } = coverage.counts;
  return [
    `The list of addresses was cut or sampled${of}. To complete it, addresses that GitLab saw were asked about: ${askedBack === 0 ? 'none' : count(askedBack)}.`,
  ];
}
