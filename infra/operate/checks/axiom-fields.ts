import type { FieldNames } from '../../../functions/adapters/axiom/fields.ts';
import { type FieldNaming, resolveFields, type Schema } from '../../../functions/adapters/axiom/schema.ts';
import { nearest } from '../../../functions/core/nearest.ts';
import { ConfigError } from '../../../functions/runtime/errors.ts';
import { fail, ok, type Say, warn } from '../report.ts';

/** What is lost where none of these fields has a column. */
export interface Loss<Field extends string> {
  readonly fields: readonly Field[];
  readonly loss: string;
  /** Only something less to show. */
  readonly minor?: true;
}

/** The column names nearest to one that is missing. */
const NEAREST = 2;

/**
 * Finds the columns of a dataset as the product does, and says what is missing and what that costs. A field somebody
 * turned off is not missed.
 * @returns undefined where nothing works
 */
export function checkFields<Field extends string>(
  say: Say,
  what: string,
  schema: Schema,
  naming: FieldNaming<Field>,
  losses: readonly Loss<Field>[],
): FieldNames<Field> | undefined {
  const found = resolved(say, what, schema, naming);
  if (found === undefined) return undefined;
  const namesOf = ({ fields }: Loss<Field>) =>
    fields.flatMap((field) => naming.overrides[field] ?? naming.preset[field] ?? []).filter((name) => name !== '');
  const lost = losses.filter(
    (loss) => namesOf(loss).length > 0 && loss.fields.every((field) => found[field] === undefined),
  );
  const serious = lost
    .filter(({ minor }) => minor === undefined)
    .map((loss) => `no ${namesOf(loss).join(' or ')}${alike(namesOf(loss), schema)}: ${loss.loss}`);
  const minor = lost.filter((one) => one.minor).map((loss) => `${loss.loss} (${namesOf(loss).join()})`);
  const rest = minor.length === 0 ? [] : [`not there, and so not shown: ${minor.join(', ')}`];
  if (serious.length > 0) say(warn(what, `${[...serious, ...rest].join('; ')}. Name others in ${naming.setting}`));
  else say(ok(what, [`${Object.keys(found).length} of use are there`, ...rest].join('; ')));
  return found;
}

function resolved<Field extends string>(say: Say, what: string, schema: Schema, naming: FieldNaming<Field>) {
  try {
    return resolveFields(schema, naming);
  } catch (error) {
    // Fails toward saying so: it names the setting, the column and the nearest ones.
    if (!(error instanceof ConfigError)) throw error;
    say(fail(what, error.message));
    return undefined;
  }
}

function alike([name = '']: readonly string[], { columns }: Schema): string {
  const near = nearest(name, columns.keys(), NEAREST);
  return near.length === 0 ? '' : ` (the nearest are ${near.join(', ')})`;
}
