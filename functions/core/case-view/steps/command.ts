/** Something to run or paste. Latchkey runs none of them. */
export interface Command {
  /** What leads to it on a page, where something does. */
  readonly id?: string;
  readonly title: string;
  /** `shell`: for sh, bash and zsh; every value in it stands in quotes. */
  readonly language: 'shell' | 'apl' | 'json';
  readonly text: string;
  /** Who may do it, with what permission; a sentence. */
  readonly needs: string;
  /** What stops working, or changes, when it was done; a sentence. */
  readonly breaks: string;
}

/** What a command breaks that changes nothing. */
export const ONLY_READS = 'Nothing: it only reads.';

/** Part of a shell word: text that is kept as it is, or a variable that the shell fills in. */
export type WordPart = string | { readonly variable: 'GITLAB_URL' | 'GITLAB_GROUP' };

/** One word of a shell command, whatever the text holds: nothing in it ends the word, or is anything but itself. */
export function shellWord(...parts: readonly WordPart[]): string {
  return parts.map((part) => (typeof part === 'string' ? quoted(part) : `"$${part.variable}"`)).join('');
}

/** In single quotes nothing is special but their end; a line's end could still surprise who pastes it. */
function quoted(text: string): string {
  return `'${text.replaceAll(/\p{Cc}/gu, ' ').replaceAll("'", `'\\''`)}'`;
}
