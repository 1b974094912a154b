import type { CaseFile, CaseLook } from '../case-file.ts';

/**
 * Whether a look after `last` found what the look before had not, or decided it otherwise (as `join/join.ts` judges what
 * is worth an analysis), and no analysis of it is stored: that failed, or is not done yet.
 *
 * @param last the look of the newest analysis; 0 where there is none
 */
export function isUnexplained({ looks, trigger }: CaseFile, last: number): boolean {
  return looks.some((one, index) => {
    if (one.look <= last || one.analysis !== undefined) return false;
    if (trigger === 'monitor' && one.look === 1) return true;
    const before = looks[index - 1];
    const known = new Set(before && printsOf(before));
    return printsOf(one).some((print) => !known.has(print));
  });
}

function printsOf({ findings = [] }: CaseLook): string[] {
  return findings.flatMap(({ decision, evidence }) => evidence.map((print) => `${decision} ${print}`));
}
