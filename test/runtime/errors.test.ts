import { describe, expect, it } from 'vitest';
import { ERROR_NAMES } from '../../functions/runtime/error-names.ts';
import {
  BadInputError,
  ConfigError,
  EvidenceGapError,
  LatchkeyError,
  RateLimitedError,
  TransientError,
} from '../../functions/runtime/errors.ts';
import { errorFields, safeError } from '../../functions/runtime/safe-error.ts';

const SECRET = 'glpat-do-not-tell';

/** An error as libraries throw them: of a class of its own, the message quoting what we sent. */
function foreign(name: string): Error {
  const error = new Error(`request with ${SECRET} failed\n    at ${SECRET}`, { cause: new RangeError(SECRET) });
  error.name = name;
  return error;
}

describe('errors', () => {
  it.each([
    [new TransientError('m'), 'TransientError'],
    [new RateLimitedError('m', 5), 'RateLimitedError'],
    [new BadInputError('m'), 'BadInputError'],
    [new ConfigError('m'), 'ConfigError'],
    [new EvidenceGapError('m'), 'EvidenceGapError'],
  ])('%s carries the name the state machine matches on', (error, name) => {
    expect(error.name).toBe(name);
    expect(Object.values(ERROR_NAMES)).toContain(name);
    expect(error).toBeInstanceOf(LatchkeyError);
  });

  it('keep what was caught', () => {
    const cause = new Error('below');
    expect(new TransientError('above', cause).cause).toBe(cause);
    expect(new TransientError('above')).not.toHaveProperty('cause');
  });
});

describe('safeError', () => {
  it.each([TransientError, BadInputError, ConfigError, EvidenceGapError])('keeps name and message of %o', (Kind) => {
    const safe = safeError(new Kind('what was wrong', foreign('GitbeakerRequestError')));
    expect(safe).toMatchObject({ name: new Kind('').name, message: 'what was wrong' });
    expect(safe.cause).toBeUndefined();
  });

  it('keeps how long we were asked to wait', () => {
    expect(safeError(new RateLimitedError('slow down', 1500, foreign('Error')))).toMatchObject({ retryAfterMs: 1500 });
  });

  it.each(['AccessDeniedException', 'ResourceNotFoundException', 'CredentialsProviderError'])(
    'takes %s for a fault of set-up, which no retry mends',
    (name) => {
      expect(safeError(foreign(name))).toMatchObject({ name: 'ConfigError', message: expect.stringContaining(name) });
    },
  );

  it.each([
    [foreign('GitbeakerRequestError'), 'GitbeakerRequestError'],
    [new TypeError(SECRET), 'TypeError'],
    [foreign(SECRET.concat(' \n')), 'Error'],
    [SECRET, 'string'],
    [undefined, 'undefined'],
  ])('has everything else retried under a name of ours, saying its class only: %s', (error, named) => {
    const safe = safeError(error);
    expect(safe.name).toBe('TransientError');
    expect(safe.message).toContain(named);
    expect(JSON.stringify([safe.message, safe.stack, safe.cause])).not.toContain(SECRET);
  });
});

describe('errorFields', () => {
  it('says classes and places, never a foreign message', () => {
    const fields = errorFields(foreign('GitbeakerRequestError'));
    expect(fields).toMatchObject({ error: 'GitbeakerRequestError', causes: ['RangeError'] });
    expect(fields.frames).toEqual(expect.arrayContaining([expect.stringContaining('errors.test.ts')]));
    expect(JSON.stringify(fields)).not.toContain(SECRET);
  });

  it('says our own message, which is written to be read', () => {
    expect(errorFields(new ConfigError('Secret latchkey/gitlab is empty.'))).toMatchObject({
      reason: 'Secret latchkey/gitlab is empty.',
    });
  });

  it('ends on causes that go round', () => {
    const error = new Error('a');
    error.cause = error;
    expect(errorFields(error).causes).toHaveLength(5);
  });
});
