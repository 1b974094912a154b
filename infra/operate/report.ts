import { plainText } from '../../functions/core/hostile-text.ts';
import type { Paint } from '../local/paint.ts';

/** How one thing stands: `warn` works, but sees or does less than it could; `fail` needs somebody. */
export type Status = 'ok' | 'warn' | 'fail';

/** One thing that was looked at: what it is, and what its state means or what to do about it. */
export interface Line {
  readonly status: Status;
  readonly what: string;
  readonly why: string;
}

/** Takes the lines of one system, as they become known. */
export type Say = (line: Line) => void;

export function ok(what: string, why: string): Line {
  return { status: 'ok', what, why };
}

export function warn(what: string, why: string): Line {
  return { status: 'warn', what, why };
}

export function fail(what: string, why: string): Line {
  return { status: 'fail', what, why };
}

export interface ReportOptions {
  /** Takes one line of output, without its end. */
  readonly write: (line: string) => void;
  readonly json: boolean;
  readonly paint: Paint;
  /** Characters of the column that says what a line is about. */
  readonly nameColumns: number;
  /** Characters of a terminal's line; undefined where nothing is wrapped. */
  readonly columns?: number | undefined;
  /** Shows what is still being waited for; '' takes it away. */
  readonly progress?: ((text: string) => void) | undefined;
}

interface Group {
  readonly title: string;
  readonly waiting: Line[];
  done: boolean;
}

const INDENT = '  ';
const LONGEST_TEXT = 2_000;

/**
 * Writes lines as they come, those of one system together: the system that spoke first is written live, the others'
 * lines wait until it is done. With `json` each line is written at once, as one JSON object.
 *
 * Lines quote outside systems, so everything that a terminal would act on is taken out, and so is every secret that was
 * handed to {@link hide}, whoever repeated it.
 */
export class Report {
  readonly counts: Record<Status, number> = { ok: 0, warn: 0, fail: 0 };
  readonly #options: ReportOptions;
  readonly #groups = new Map<string, Group>();
  readonly #secrets = new Set<string>();

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  /** Never writes this text. */
  hide(secret: string): void {
    if (secret.length > 3) this.#secrets.add(secret);
  }

  /** Opens a system's group. */
  open(system: string, title: string): Say {
    this.#groups.set(system, { title, waiting: [], done: false });
    this.#showProgress();
    return (line) => this.#take(system, line);
  }

  /** Every line of this system has been said. */
  close(system: string): void {
    const group = this.#groups.get(system);
    if (group === undefined) return;
    group.done = true;
    this.#flush();
  }

  #take(system: string, line: Line): void {
    const group = this.#groups.get(system);
    if (group === undefined) return;
    this.counts[line.status]++;
    const { what, why } = line;
    const safe = { ...line, what: this.#safe(what), why: this.#safe(why) };
    if (this.#options.json) {
      this.#options.write(JSON.stringify({ event: 'check', system, ...safe }));
      return;
    }
    group.waiting.push(safe);
    this.#flush();
  }

  #live: { readonly system: string; readonly group: Group } | undefined;

  #flush(): void {
    if (this.#options.json) return;
    this.#options.progress?.('');
    for (;;) {
      this.#live ??= this.#next();
      if (this.#live === undefined) break;
      const { system, group } = this.#live;
      for (const line of group.waiting.splice(0)) this.#write(line);
      if (!group.done) break;
      this.#groups.delete(system);
      this.#live = undefined;
    }
    this.#showProgress();
  }

  /** The next group to write: one that is done before one that has only begun. */
  #next(): { system: string; group: Group } | undefined {
    const speaking = [...this.#groups].filter(([, { waiting }]) => waiting.length > 0);
    const [system, group] = speaking.find(([, { done }]) => done) ?? speaking[0] ?? [];
    if (system === undefined || group === undefined) return undefined;
    this.#options.write('');
    this.#options.write(this.#options.paint.bold(this.#safe(group.title)));
    return { system, group };
  }

  #write({ status, what, why }: Line): void {
    const { paint, columns, nameColumns, write } = this.#options;
    const colour = { ok: paint.green, warn: paint.yellow, fail: paint.red }[status];
    const head = `${INDENT}${colour(status.padEnd(4))}  ${what.padEnd(nameColumns)}  `;
    const indent = INDENT.length + 4 + 2 + nameColumns + 2;
    const [first = '', ...rest] = wrap(why, columns === undefined ? undefined : Math.max(30, columns - indent));
    write(`${head}${first}`.trimEnd());
    for (const more of rest) write(' '.repeat(indent) + more);
  }

  #showProgress(): void {
    const waiting = [...this.#groups.values()].filter(({ done }) => !done).map(({ title }) => title.split(' ')[0]);
    this.#options.progress?.(waiting.length === 0 ? '' : `${INDENT}… waiting for ${waiting.join(', ')}`);
  }

  #safe(text: string): string {
    let safe = text;
    for (const secret of this.#secrets) safe = safe.replaceAll(secret, '[secret]');
    return plainText(safe, LONGEST_TEXT);
  }
}

/** Breaks at spaces; a word longer than the line stays whole. */
function wrap(text: string, width: number | undefined): string[] {
  if (width === undefined) return [text];
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
