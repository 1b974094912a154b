import * as z from 'zod/mini';
import { column } from '../../../functions/adapters/axiom/apl.ts';
import { TokenRefusedError } from '../../../functions/adapters/axiom/axiom-errors.ts';
import type { AxiomClient } from '../../../functions/adapters/axiom/client.ts';
import type { SchemaCache } from '../../../functions/adapters/axiom/schema.ts';
import { nearest } from '../../../functions/core/nearest.ts';
import { DAY, type EpochMs, HOUR, MINUTE } from '../../../functions/core/time.ts';
import { LatchkeyError } from '../../../functions/runtime/errors.ts';
import type { AxiomDataset } from '../axiom-datasets.ts';
import type { Credential } from '../inputs.ts';
import { fail, type Line, ok, type Say, warn } from '../report.ts';
import type { Checking } from './checking.ts';

/** What every check of a dataset is given. */
export interface AxiomAsking {
  readonly checking: Checking;
  readonly client: AxiomClient;
  readonly cache: SchemaCache;
  readonly token: Credential;
  /** The datasets the token may see; undefined when it may not list them. */
  readonly known: readonly AxiomDataset[] | undefined;
  readonly deadline: EpochMs;
}

/** Checks one dataset. Whatever goes wrong is a line about it; the other datasets are still looked at. */
export async function lookAt(
  say: Say,
  what: string,
  dataset: string,
  asking: AxiomAsking,
  check: (say: Say, asking: AxiomAsking) => Promise<void>,
): Promise<void> {
  try {
    await check(say, asking);
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    say(fail(what, whyUnread(error, dataset, asking)));
  }
}

/** Why a dataset could not be queried, and what its name may have been meant to be. */
export function whyUnread(error: LatchkeyError, dataset: string, { token, known }: AxiomAsking): string {
  const why =
    error instanceof TokenRefusedError
      ? `Axiom refuses ${token.from} for ${dataset}: give it Query on that dataset`
      : error.message;
  if (known === undefined || known.some(({ name }) => name === dataset)) return why;
  const names = nearest(
    dataset,
    known.map(({ name }) => name),
    3,
  );
  return `${why}; ${names.length === 0 ? 'the token sees no dataset' : `the nearest datasets it sees are ${names.join(', ')}`}`;
}

/** What has arrived at a dataset in the last 24 hours. */
export interface Arrivals {
  readonly rows: number;
  readonly newest?: EpochMs;
}

const Counted = z.object({ rows: z.number(), newest: z.catch(z.string(), '') });

/** @throws as `AxiomClient.query` */
export async function arrivalsAt(dataset: string, { client, checking, deadline }: AxiomAsking): Promise<Arrivals> {
  const now = checking.clock.now();
  const apl = `${column(dataset)} | summarize rows = count(), newest = max(_time) | limit 1`;
  const [row] = await client.query(apl, { range: { start: now - DAY, end: now }, deadline });
  const { rows = 0, newest = '' } = Counted.safeParse(row).data ?? {};
  const at = Date.parse(newest);
  return rows === 0 || Number.isNaN(at) ? { rows } : { rows, newest: at };
}

/** @param advice what to look for where nothing arrives */
export function arrivalsLine(
  what: string,
  dataset: string,
  { rows, newest }: Arrivals,
  advice: string,
  now: EpochMs,
): Line {
  if (rows === 0) return fail(what, `${dataset} can be queried, but has no row of the last 24 h: ${advice}`);
  const facts = `${dataset}: ${rowsText(rows)} in the last 24 h`;
  if (newest === undefined) return ok(what, facts);
  const age = now - newest;
  const newestText = `the newest ${age < HOUR ? `${Math.ceil(age / MINUTE)} min` : `${Math.floor(age / HOUR)} h`} ago`;
  return age < HOUR ? ok(what, `${facts}, ${newestText}`) : warn(what, `${facts}, but ${newestText}: ${advice}`);
}

/** A number of rows, as people read it. */
export function rowsText(rows: number): string {
  return `${rows.toLocaleString('en-US')} ${rows === 1 ? 'row' : 'rows'}`;
}
