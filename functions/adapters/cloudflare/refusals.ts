import { BadInputError, ConfigError } from '../../runtime/errors.ts';

/** A zone's plan does not include these fields; one of them fails the whole query (`reference/cloudflare.md` §4.7). */
export class FieldsRefusedError extends ConfigError {
  /** As Cloudflare writes them: lower-cased. */
  readonly fields: readonly string[];

  constructor(fields: readonly string[]) {
    super(`Cloudflare refused the field ${fields.join(', ')} for this zone`);
    this.fields = fields;
  }
}

/** A zone's plan does not include an analytics node at all. */
export class NodeRefusedError extends ConfigError {
  constructor() {
    super('Cloudflare gives this zone no access to the analytics node that was asked');
  }
}

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
