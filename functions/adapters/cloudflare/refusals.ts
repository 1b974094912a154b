import { BadInputError, ConfigError } from '../../runtime/errors.ts';

/** A refused field, and the id of the zone that refuses it where the message names one. */
export interface FieldRefusal {
  /** As Cloudflare writes it: lower-cased. */
  readonly field: string;
  readonly zoneId?: string;
}

/** A zone's plan does not include these fields; one of them fails the whole query (`reference/cloudflare.md` §4.7). */
export class FieldsRefusedError extends ConfigError {
  readonly refusals: readonly FieldRefusal[];
  /** As Cloudflare writes them, each once. */
  readonly fields: readonly string[];

  constructor(refusals: readonly FieldRefusal[]) {
    const fields = [...new Set(refusals.map(({ field }) => field))];
    super(`Cloudflare refused the field ${fields.join(', ')} for this zone`);
    this.refusals = refusals;
    this.fields = fields;
  }
}

/** A zone's plan does not include an analytics node at all. */
export class NodeRefusedError extends ConfigError {
  /** Ids of the zones that the message names. */
  readonly zoneIds: readonly string[];

  constructor(zoneIds: readonly string[] = []) {
    super('Cloudflare gives this zone no access to the analytics node that was asked');
    this.zoneIds = zoneIds;
  }
}

/** The token may not read zones that the message names. */
export class ZonesRefusedError extends ConfigError {
  readonly zoneIds: readonly string[];

  constructor(zoneIds: readonly string[]) {
    super(NOT_AUTHORIZED);
    this.zoneIds = zoneIds;
  }
}

export const NOT_AUTHORIZED =
  'Cloudflare says the API token is not authorized: it needs Account Analytics Read and, for each zone, Analytics Read';

/** The query reads too much at once: a shorter window may pass. */
export class QueryTooHeavyError extends BadInputError {
  constructor(why: string) {
    super(`Cloudflare refused the query: ${why}`);
  }
}

/** The query is wrong in Cloudflare's eyes, and stays wrong. */
export class QueryRefusedError extends BadInputError {
  constructor(why: string) {
    super(`Cloudflare refused the query: ${why}`);
  }
}
