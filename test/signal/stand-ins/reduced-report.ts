import { table } from '../table.ts';
import type { ReducedRow } from './reduced-set.ts';

/** How the fast mode compares with the stack, as text; `said` is what pages said that no intrusion is behind. */
export function reducedText(rows: readonly ReducedRow[]): string {
  const head = ['through the stack', 'evidence', 'intrusion', 'woken by', 'fast mode', 'false pages', 'fast mode', ''];
  const lines = rows.map(({ kind, mix, intrusion, stack, fast, agrees }) => [
    kind,
    mix,
    intrusion ?? '-',
    stack.pagedBy ?? '-',
    fast.pagedBy ?? '-',
    `${stack.falsePages}`,
    `${fast.falsePages}`,
    agrees ? '' : 'disagrees',
  ]);
  const quoted = rows.flatMap(({ kind, said }) => said.map((text) => `  false page at ${kind}: ${text}`));
  return [table(head, lines), ...quoted].join('\n');
}

/** One line of `--json` for each scene that was played through the stack. */
export function reducedEvent(row: ReducedRow): object {
  return { event: 'stand-in', ...row };
}

/**
 * Intrusions that woke somebody in the fast mode and nobody through the stack, a sentence each: a goal is that there are
 * none. A false page more or less is told in the table and is no miss: a scene learns from four hours a day of the week
 * before, the fast mode from every hour of every day.
 */
export function reducedMisses(rows: readonly ReducedRow[]): string[] {
  return rows.flatMap(({ kind, mix, stack, fast }) =>
    stack.pagedBy === undefined && fast.pagedBy !== undefined
      ? [`${kind} through the stack (${mix}): wakes nobody, in the fast mode somebody by a ${fast.pagedBy}`]
      : [],
  );
}
