import { type CaseFile, newestWith } from '../case-file.ts';
import { type EpochMs, MINUTE } from '../time.ts';

/** How far a case is. */
export interface LooksDue {
  /** Looks that were joined. */
  readonly done: number;
  /** As many as there will be. */
  readonly due: number;
  /** About when the next one comes, or should have come; missing where none does, or nothing tells when. */
  readonly nextAt?: EpochMs;
  /** That time is so long past that the look is late, or will not come. */
  readonly isLate: boolean;
}

/** What it may mean that a look is late, behind a comma. */
export const BROKEN = 'so something in the pipeline may be broken.';

/** Looks take a while themselves; only after this is one called late. */
const PATIENCE = 5 * MINUTE;

/** The looks of a case, done and to come. @param lookMinutes minutes after the first look at which there are more */
export function looksDue(file: CaseFile, lookMinutes: readonly number[], now: EpochMs): LooksDue {
  const done = looksJoined(file);
  const due = Math.max(done, file.trigger === 'hunt' ? 1 : lookMinutes.length + 1);
  if (done >= due) return { done, due, isLate: false };
  const nextAt = done === 0 ? file.openedAt : afterLook(file, done, lookMinutes);
  if (nextAt === undefined) return { done, due, isLate: false };
  return { done, due, nextAt, isLate: now > nextAt + PATIENCE };
}

/** Looks that were joined: by the state, else by what they stored last. What a look reads at its start joins nothing. */
export function looksJoined({ state, looks }: CaseFile): number {
  return state?.look ?? Math.max(0, ...looks.map(({ look, at }) => (at === undefined ? 0 : look)));
}

/** The workflow waits from one look to the next, so each moves those behind it. */
function afterLook(file: CaseFile, done: number, lookMinutes: readonly number[]): EpochMs | undefined {
  const last = newestWith(file, 'at');
  const minutes = lookMinutes[done - 1];
  if (last?.look !== done || minutes === undefined) return undefined;
  return last.at + (minutes - (lookMinutes[done - 2] ?? 0)) * MINUTE;
}
