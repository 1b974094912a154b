import type { CaseAnswer } from './case-answer.ts';

const WORDS: Readonly<Record<CaseAnswer['verdict'], string>> = {
  confirmed: 'confirmed',
  probable: 'probable',
  corroborated: 'corroborated',
  'not-observed': 'not observed',
  undetermined: 'undetermined',
  pending: 'not known yet',
};

/** A verdict as people read it. */
export function verdictWord(verdict: CaseAnswer['verdict']): string {
  return WORDS[verdict];
}
