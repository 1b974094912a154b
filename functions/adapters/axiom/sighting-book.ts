import { phasesOf } from '../../core/activity.ts';
import type { Sighting } from '../../core/sighting.ts';
import { EvidenceGapError } from '../../runtime/errors.ts';
import type { AxiomRow } from './client.ts';
import { readSightingRow, type SightingContext } from './sighting-rows.ts';

/** About 120 MB of sightings: whoever moves from address to address in one IPv6 network must not fill a function's memory. */
export const MOST_ROWS = 100_000;

/** Rows of answers about addresses, put together by address. */
export class SightingBook {
  /** Requests of rows whose text of an address is none. */
  noAddress = 0;
  /** Different texts that are no address. */
  noAddressTexts = 0;
  /** Requests of rows that cannot be read. */
  unreadable = 0;
  /** Rows that are sightings: several of one address where it was written in several ways, or seen over some time. */
  rows = 0;
  readonly #sighted = new Map<string, Sighting[]>();
  readonly #onGitlab = new Map<string, Sighting[]>();
  readonly #context: SightingContext;

  constructor(context: SightingContext) {
    this.#context = context;
  }

  /** @throws EvidenceGapError for more rows than there is room for; all before them are kept */
  add(rows: readonly AxiomRow[]): void {
    if (this.rows + rows.length > MOST_ROWS) {
      throw new EvidenceGapError(`Bots used more addresses of GitLab's networks than can be kept (${MOST_ROWS} rows)`);
    }
    for (const row of rows) this.#addRow(row);
  }

  /** Sightings of each address: those at most `quiet` milliseconds apart are one. */
  sightings(quiet: number): Sighting[] {
    return together(this.#sighted, quiet);
  }

  /** The same of requests to GitLab's own hosts. */
  onGitlabHosts(quiet: number): Sighting[] {
    return together(this.#onGitlab, quiet);
  }

  #addRow(row: AxiomRow): void {
    const read = readSightingRow(row, this.#context);
    switch (read.kind) {
      case 'unreadable':
        this.unreadable += read.requests;
        break;
      case 'no-address':
        this.noAddress += read.requests;
        this.noAddressTexts += 1;
        break;
      case 'of-cloudflare':
        break;
      case 'sighting':
        this.rows += 1;
        keep(read.onGitlab ? this.#onGitlab : this.#sighted, read.sighting);
    }
  }
}

function keep(book: Map<string, Sighting[]>, sighting: Sighting): void {
  const known = book.get(sighting.address);
  if (known === undefined) book.set(sighting.address, [sighting]);
  else known.push(sighting);
}

function together(book: ReadonlyMap<string, readonly Sighting[]>, quiet: number): Sighting[] {
  return [...book.values()].flatMap((some) => phasesOf(some, quiet));
}
