import { table } from '../table.ts';
import type { ReducedRow } from './reduced-set.ts';

/** How the fast mode compares with the stack, as text. */
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
  return table(head, lines);
}

/** One line of `--json` for each scene that was played through the stack. */
export function reducedEvent(row: ReducedRow): object {
  return { event: 'stand-in', ...row };
}

/** What the stack did otherwise than the fast mode says, a sentence each: a goal is that there is nothing. */
export function reducedMisses(rows: readonly ReducedRow[]): string[] {
  return rows.flatMap(({ kind, mix, stack, fast, said }) => {
    const where = `${kind} through the stack (${mix})`;
    const woken = (stack.pagedBy === undefined) !== (fast.pagedBy === undefined);
    const misses: string[] = [];
    if (woken) misses.push(`${where}: wakes ${wokenText(stack.pagedBy)}, in the fast mode ${wokenText(fast.pagedBy)}`);
    if (stack.falsePages !== fast.falsePages) {
      const quoted = said.length === 0 ? '' : ` (${said.join(' · ')})`;
      misses.push(`${where}: ${stack.falsePages} false pages, in the fast mode ${fast.falsePages}${quoted}`);
    }
    return misses;
  });
}

function wokenText(pagedBy: string | undefined): string {
  return pagedBy === undefined ? 'nobody' : `somebody by a ${pagedBy}`;
}
