import { inert, type Paint } from './paint.ts';

const WIDTH = 150;

/** Lines in a frame, `edge` colouring it. */
export function framed(title: string, lines: readonly string[], edge: (text: string) => string): string[] {
  return [edge(`┌ ${title}`), ...lines.map((line) => `${edge('│')} ${line}`), edge('└')];
}

/** A title and its first `shown` rows, or nothing where there are none. */
export function section<Row>(
  title: string,
  rows: readonly Row[],
  shown: number,
  line: (row: Row) => string,
  paint: Paint,
): string[] {
  if (rows.length === 0) return [];
  const rest = rows.length > shown ? [paint.dim(`  … and ${rows.length - shown} more`)] : [];
  return [paint.cyan(title), ...rows.slice(0, shown).map((row) => `  ${line(row)}`), ...rest];
}

/** The parts that are there, on one line. */
export function fields(parts: readonly (string | undefined)[]): string {
  return text(parts.filter((part) => part !== undefined && part !== '').join('  '));
}

/** A link and what it leads to, whole: one that is cut opens nothing. */
export function link(href: string | undefined, words: string | undefined): string {
  return inert([words, href].filter((part) => part !== undefined && part !== '').join('  '));
}

/** Any value as one line that a terminal shows as it is. */
export function text(value: unknown): string {
  const line = inert(typeof value === 'string' ? value : JSON.stringify(value));
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line;
}
