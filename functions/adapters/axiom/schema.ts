import * as z from 'zod/mini';
import { plainText } from '../../core/hostile-text.ts';
import { nearest } from '../../core/nearest.ts';
import { DAY, type EpochMs, HOUR } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { ConfigError } from '../../runtime/errors.ts';
import { column } from './apl.ts';
import { type AxiomClient, ROW_CEILING } from './client.ts';
import type { FieldNames } from './fields.ts';

/** Axiom's name of a type, such as `string` or `integer`. */
export type ColumnType = string;

/** The columns of a dataset. */
export interface Schema {
  readonly columns: ReadonlyMap<string, ColumnType>;
}

/** What outlives a process, so that a dataset is asked for its columns once an hour. */
export interface SchemaCache {
  get(key: string): Promise<unknown>;
  put(key: string, value: unknown, expiresAt: EpochMs): Promise<void>;
}

/** How the product's words become a dataset's columns. */
export interface FieldNaming<Field extends string> {
  /** Names to try; a column that is not there is not asked for. */
  readonly preset: FieldNames<Field>;
  /** Names somebody configured, which must be there; empty for a field that is not to be used. */
  readonly overrides: FieldNames<NoInfer<Field>>;
  /** Fields that nothing works without. */
  readonly required: readonly NoInfer<Field>[];
  readonly dataset: string;
  /** The setting that holds the overrides, to name it in errors. */
  readonly setting: string;
}

/** The most columns an error names. */
const NAMED = 3;

const Stored = z.object({ columns: z.array(z.tuple([z.string(), z.string()])) });
const Described = z.object({ ColumnName: z.string(), ColumnType: z.catch(z.string(), 'unknown') });

/**
 * The dataset's columns, as its events of the last 24 hours have them, asked for once an hour.
 * @throws as `AxiomClient.query`
 */
export async function readSchema(
  client: Pick<AxiomClient, 'query'>,
  cache: SchemaCache,
  dataset: string,
  clock: Clock,
  deadline: EpochMs,
): Promise<Schema> {
  const key = `axiom/schema/${dataset}`;
  const stored = Stored.safeParse(await cache.get(key));
  if (stored.success) return { columns: new Map(stored.data.columns) };
  const now = clock.now();
  const rows = await client.query(`${column(dataset)} | getschema | limit ${ROW_CEILING}`, {
    range: { start: now - DAY, end: now },
    deadline,
  });
  const columns = rows.flatMap((row): [string, string][] => {
    const described = Described.safeParse(row);
    return described.success ? [[described.data.ColumnName, described.data.ColumnType]] : [];
  });
  // A dataset without events is asked again, as it has columns once the first event is there.
  if (columns.length > 0) await cache.put(key, { columns }, now + HOUR);
  return { columns: new Map(columns) };
}

/**
 * The column of every field that can be asked for.
 * @throws ConfigError for a configured name or a required field without a column; names setting, field, column and the
 *   nearest columns there are
 */
export function resolveFields<Field extends string>(schema: Schema, naming: FieldNaming<Field>): FieldNames<Field> {
  const { preset, overrides, required } = naming;
  const found: Partial<Record<Field, string>> = {};
  for (const field of fieldsOf(preset, overrides)) {
    const configured = overrides[field];
    const name = configured ?? preset[field] ?? '';
    const there = columnNamed(schema, name);
    if (there !== undefined) found[field] = there;
    else if (configured !== undefined && configured !== '') throw missing(schema, naming, field, name);
  }
  for (const field of required) {
    if (found[field] === undefined) throw missing(schema, naming, field, overrides[field] ?? preset[field] ?? '');
  }
  return found;
}

function fieldsOf<Field extends string>(...names: readonly FieldNames<Field>[]): Field[] {
  const isField = (key: string): key is Field => names.some((known) => Object.hasOwn(known, key));
  return [...new Set(names.flatMap((known) => Object.keys(known)))].filter(isField);
}

/**
 * Axiom writes a dot that was part of a key as `\.`, so that `meta.remote_ip` in one flat line of log becomes
 * `meta\.remote_ip` (`axiomhq/skills`, `skills/sre/reference/apl.md`); the names people know have neither.
 */
function columnNamed(schema: Schema, name: string): string | undefined {
  if (name === '' || schema.columns.has(name)) return name || undefined;
  return [...schema.columns.keys()].find((there) => there.replaceAll('\\.', '.') === name);
}

function missing<Field extends string>(
  schema: Schema,
  { dataset, setting, overrides }: FieldNaming<Field>,
  field: Field,
  name: string,
): ConfigError {
  const path = `${setting}.${field}`;
  if (overrides[field] === '')
    return new ConfigError(`Setting ${path} is empty, and nothing works without this field.`);
  if (name === '')
    return new ConfigError(`Setting ${path} is missing: name the column of dataset ${dataset} it is in.`);
  const near = nearest(name, schema.columns.keys(), NAMED).map((known) => plainText(known, 80));
  const there =
    near.length === 0
      ? 'it has no columns at all: has anything arrived in the last 24 hours?'
      : `the nearest it has are ${near.join(', ')}`;
  const shown = plainText(name, 80);
  return new ConfigError(`Dataset ${dataset} has no column ${shown} for ${path}; ${there}.`);
}
