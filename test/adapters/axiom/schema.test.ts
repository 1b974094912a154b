import { describe, expect, it } from 'vitest';
import {
  CLOUDFLARE_PRESETS,
  type CloudflareField,
  type FieldNames,
  GITLAB_LOG_FIELDS,
} from '../../../functions/adapters/axiom/fields.ts';
import { type FieldNaming, resolveFields } from '../../../functions/adapters/axiom/schema.ts';
import { ConfigError } from '../../../functions/runtime/errors.ts';

function schemaOf(...names: readonly string[]) {
  return { columns: new Map(names.map((name) => [name, 'string'])) };
}

function resolve(columns: readonly string[], overrides: FieldNames<CloudflareField> = {}) {
  return resolveFields(schemaOf(...columns), {
    preset: CLOUDFLARE_PRESETS.logpush,
    overrides,
    required: ['address'],
    dataset: 'cloudflare-logpush',
    setting: 'axiom.cloudflareFields',
  });
}

function failureOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('the columns of fields', () => {
  it('are those of the preset that are there', () => {
    expect(resolve(['_time', 'ClientIP', 'BotScore', 'Unrelated'])).toEqual({ address: 'ClientIP', score: 'BotScore' });
  });

  it('are the configured ones before those of the preset', () => {
    const columns = ['ClientIP', 'BotScore', 'client.ip', 'verified'];
    expect(resolve(columns, { address: 'client.ip', verifiedBot: 'verified' })).toEqual({
      address: 'client.ip',
      score: 'BotScore',
      verifiedBot: 'verified',
    });
  });

  it('are left out where somebody configured none', () => {
    expect(resolve(['ClientIP', 'BotScore'], { score: '' })).toEqual({ address: 'ClientIP' });
  });

  it('are found where Axiom escaped the dots of their keys', () => {
    const found = resolveFields(schemaOf('meta\\.remote_ip', 'meta.caller_id', 'token_id', 'meta\\.auth_fail_reason'), {
      preset: GITLAB_LOG_FIELDS,
      overrides: {},
      required: ['address', 'tokenId'],
      dataset: 'gitlab',
      setting: 'axiom.gitlabFields',
    });
    expect(found).toEqual({
      address: 'meta\\.remote_ip',
      caller: 'meta.caller_id',
      tokenId: 'token_id',
      failReason: 'meta\\.auth_fail_reason',
    });
  });

  it('are taken as written where both spellings are there', () => {
    expect(resolve(['a\\.b', 'a.b', 'ClientIP'], { score: 'a.b' }).score).toBe('a.b');
  });

  it('fail for a configured one that is not there, and name the nearest', () => {
    const columns = ['_time', 'ClientIP', 'bot_score', 'BotScore', 'BotScoreSrc', 'Unrelated'];
    const error = failureOf(() => resolve(columns, { score: 'BotScor' }));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toHaveProperty(
      'message',
      'Dataset cloudflare-logpush has no column BotScor for axiom.cloudflareFields.score; the nearest it has are BotScore, bot_score, BotScoreSrc.',
    );
  });

  it('fail for a required one of the preset that is not there', () => {
    expect(failureOf(() => resolve(['_time', 'client_ip', 'RayID']))).toHaveProperty(
      'message',
      'Dataset cloudflare-logpush has no column ClientIP for axiom.cloudflareFields.address; the nearest it has are client_ip, RayID, _time.',
    );
  });

  it('fail for a required one that is configured away', () => {
    const error = failureOf(() => resolve(['ClientIP'], { address: '' }));
    expect(error).toHaveProperty('message', expect.stringContaining('axiom.cloudflareFields.address is empty'));
  });

  it('fail for a required one that nobody names', () => {
    const naming: FieldNaming<'address'> = {
      preset: {},
      overrides: {},
      required: ['address'],
      dataset: 'd',
      setting: 's',
    };
    expect(failureOf(() => resolveFields(schemaOf('x'), naming))).toHaveProperty(
      'message',
      'Setting s.address is missing: name the column of dataset d it is in.',
    );
  });

  it('fail for a dataset without columns, and say so', () => {
    expect(failureOf(() => resolve([]))).toHaveProperty('message', expect.stringContaining('no columns at all'));
  });

  it('fail without repeating what could do harm on a screen', () => {
    const error = failureOf(() => resolve(['Client\u202eIP\n', `x${'y'.repeat(500)}`]));
    const message = error instanceof Error ? error.message : '';
    expect(message).toContain('ClientIP, ');
    expect(message).not.toMatch(/[\n\u202e]/);
    expect(message.length).toBeLessThan(400);
  });
});
