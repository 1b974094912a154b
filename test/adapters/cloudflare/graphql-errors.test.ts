import { describe, expect, it } from 'vitest';
import { graphqlFailure } from '../../../functions/adapters/cloudflare/graphql-errors.ts';
import {
  FieldsRefusedError,
  NodeRefusedError,
  ZonesRefusedError,
} from '../../../functions/adapters/cloudflare/refusals.ts';
import { RateLimitedError } from '../../../functions/runtime/errors.ts';

const failure = (...messages: string[]) => graphqlFailure(messages.map((message) => ({ message })));

describe('GraphQL errors', () => {
  it.each([
    ['cannot request data older than 2678400s', 'QueryRefusedError'],
    ['query time range is too large', 'QueryTooHeavyError'],
    ['cannot request a time range wider than 86400s', 'QueryTooHeavyError'],
    ['limit must be positive number and not greater than 10000', 'QueryRefusedError'],
    ["number of fields can't be more than 30", 'QueryRefusedError'],
    ['not authorized for that account', 'ConfigError'],
    ['zones [abc] are not authorized', 'ConfigError'],
    ["zone 'abc' does not have access to the path", 'NodeRefusedError'],
    ["zone 'abc' does not have access to the field 'botscore'", 'FieldsRefusedError'],
    ['unknown field "ja4"', 'FieldsRefusedError'],
    ['rate limiter budget depleted, try again after 5 minutes', 'RateLimitedError'],
    ['in combination, your request queries too many nodes, zones and accounts', 'QueryTooHeavyError'],
    ['too many zones requested', 'QueryTooHeavyError'],
    ['query consumed excessive resources', 'QueryTooHeavyError'],
    ['unable to execute query, please try again later', 'TransientError'],
    ['too many queries in progress', 'TransientError'],
    ['something new', 'TransientError'],
  ])('%s is a %s', (message, name) => {
    expect(failure(message)?.constructor.name).toBe(name);
  });

  it('none is no failure', () => {
    expect([graphqlFailure(null), graphqlFailure(undefined), graphqlFailure([])]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('in a form nobody documented are a failure all the same', () => {
    expect(graphqlFailure({ message: 'x' })).toBeDefined();
    expect(graphqlFailure([{ message: 7 }])).toBeDefined();
  });

  it('name all refused fields', () => {
    const refused = failure("does not have access to the field 'botscore'", "does not have access to the field 'ja4'");
    expect(refused instanceof FieldsRefusedError && refused.fields).toEqual(['botscore', 'ja4']);
  });

  it('say which zone refuses what, where the message names it', () => {
    const [a, b] = ['a'.repeat(32), 'b'.repeat(32)];
    const fields = failure(
      `zone '${a}' does not have access to the field 'botscore'`,
      `zone '${b.toUpperCase()}' does not have access to the field 'botscore'`,
      "does not have access to the field 'ja4'",
    );
    expect(fields instanceof FieldsRefusedError && [fields.refusals, fields.fields]).toEqual([
      [{ field: 'botscore', zoneId: a }, { field: 'botscore', zoneId: b }, { field: 'ja4' }],
      ['botscore', 'ja4'],
    ]);
    const node = failure(`zone '${a}' does not have access to the path`);
    expect(node instanceof NodeRefusedError && node.zoneIds).toEqual([a]);
    const zones = failure(`zones [${a} ${b}] are not authorized`);
    expect(zones instanceof ZonesRefusedError && zones.zoneIds).toEqual([a, b]);
    expect(zones?.name).toBe('ConfigError');
  });

  it('ask for five minutes unless the answer says otherwise', () => {
    const wait = (error: unknown) => error instanceof RateLimitedError && error.retryAfterMs;
    expect(wait(failure('budget depleted'))).toBe(300_000);
    expect(wait(graphqlFailure([{ message: 'budget depleted' }], 2_000))).toBe(2_000);
  });

  it('never repeat what the other side wrote', () => {
    expect(failure('unknown: SECRET-BODY budget depleted')?.message).not.toContain('SECRET-BODY');
  });
});
