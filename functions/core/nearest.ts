/** The names nearest to a mistyped one, the nearest first; at most `count`. Letter case does not matter. */
export function nearest(typed: string, names: Iterable<string>, count: number): string[] {
  return [...names]
    .map((name) => ({ name, distance: edits(typed, name) }))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, count)
    .map(({ name }) => name);
}

/** Levenshtein distance: single-character insertions, deletions and replacements, letter case aside. */
export function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, left] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, right] of [...b].entries()) {
      const replace = (row[j] ?? 0) + (left.toLowerCase() === right.toLowerCase() ? 0 : 1);
      next.push(Math.min(replace, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
