import type { CaseFile } from '../../case-file.ts';
import type { EpochMs } from '../../time.ts';
import type { Command } from './command.ts';

/** What steps are made of; the facts of a case's page are such. */
export interface NextStepsFacts {
  readonly file: CaseFile;
  readonly now: EpochMs;
  /** Milliseconds that a sighting and a use may lie apart. */
  readonly slack: number;
  readonly lookMinutes: readonly number[];
  /** Root of the GitLab site; undefined where it is not known. */
  readonly gitlabUrl: string | undefined;
  /** Axiom dataset of Cloudflare's requests, and its column of client addresses; missing: no query is made. */
  readonly axiomDataset?: string | undefined;
  readonly axiomAddressField?: string | undefined;
}

/** Something a person does next. */
export interface NextStep {
  /** Kebab-case, unique among the steps of a case. */
  readonly id: string;
  readonly title: string;
  /** It asks for what is done already. */
  readonly isEnded?: true;
  readonly blocks: readonly StepBlock[];
}

/** Part of a step, mostly of one credential. Texts are safe to print, links lead where they say. */
export interface StepBlock {
  readonly heading?: string;
  readonly sentences: readonly string[];
  readonly links: readonly { readonly href: string; readonly text: string }[];
  readonly commands: readonly Command[];
}

/** A block of sentences; empty ones are left out. */
export function block(sentences: readonly string[]): StepBlock {
  return { sentences: sentences.filter((text) => text !== ''), links: [], commands: [] };
}
