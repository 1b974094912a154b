import {
  DecryptionFailure,
  GetSecretValueCommand,
  InvalidRequestException,
  ResourceNotFoundException,
  SecretsManagerClient,
  SecretsManagerServiceException,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeSecrets } from '../../functions/runtime/secrets.ts';
import { FakeClock } from './fake-clock.ts';

const aws = mockClient(SecretsManagerClient);
const NAME = 'latchkey/gitlab';

beforeEach(() => {
  aws.reset();
});

function stored(...texts: readonly string[]) {
  let behaviour = aws.on(GetSecretValueCommand);
  for (const SecretString of texts) behaviour = behaviour.resolvesOnce({ SecretString });
  const clock = new FakeClock();
  return { clock, secrets: makeSecrets(new SecretsManagerClient({ region: 'us-east-1' }), clock) };
}

function calls(): number {
  return aws.commandCalls(GetSecretValueCommand).length;
}

describe('forms', () => {
  it.each([
    ['glpat-abc', 'glpat-abc'],
    ['glpat-abc\n', 'glpat-abc'],
    ['{"token":"glpat-abc"}', 'glpat-abc'],
    [' {"token": "glpat-abc"}\n', 'glpat-abc'],
  ])('reads a token from %j', async (text, token) => {
    expect(await stored(text).secrets.token(NAME)).toBe(token);
    expect(aws.commandCalls(GetSecretValueCommand)[0]?.args[0].input).toEqual({ SecretId: NAME });
  });

  it.each([
    ['s3cret with spaces', { current: 's3cret with spaces' }],
    ['{"current":"new"}', { current: 'new' }],
    ['{"current":"new","previous":"old"}', { current: 'new', previous: 'old' }],
  ])('reads a rotating secret from %j', async (text, secret) => {
    expect(await stored(text).secrets.rotating(NAME)).toEqual(secret);
  });

  it.each([
    ['main', { routingKey: 'main', healthRoutingKey: 'main' }],
    ['{"routingKey":"main"}', { routingKey: 'main', healthRoutingKey: 'main' }],
    ['{"routingKey":"main","healthRoutingKey":"health"}', { routingKey: 'main', healthRoutingKey: 'health' }],
  ])('reads routing keys from %j', async (text, keys) => {
    expect(await stored(text).secrets.routingKeys(NAME)).toEqual(keys);
  });

  it.each([
    ['https://hooks.example/T0/B0/x?key=a%2Fb', 'https://hooks.example/T0/B0/x?key=a%2Fb'],
    ['https://hooks.example/T0/B0/x\n', 'https://hooks.example/T0/B0/x'],
    ['{"url":"https://hooks.example/T0/B0/x"}', 'https://hooks.example/T0/B0/x'],
    ['http://127.0.0.1:9000/slack', 'http://127.0.0.1:9000/slack'],
    ['http://127.0.0.2:9000/slack', 'http://127.0.0.2:9000/slack'],
    ['http://[::1]:9000/', 'http://[::1]:9000/'],
    ['http://localhost/x', 'http://localhost/x'],
  ])('reads the URL of a webhook from %j', async (text, url) => {
    expect(await stored(text).secrets.webhookUrl(NAME)).toBe(url);
  });

  it.each([
    ['no URL', 'hush'],
    ['without TLS', 'http://hooks.example/hush'],
    ['of another scheme', 'ftp://hooks.example/hush'],
    ['with a password', 'https://user:hush@hooks.example/'],
    ['with a user name', 'https://hush@hooks.example/'],
    ['of a host that only begins as this machine', 'http://127.0.0.1.example/hush'],
    ['of two lines', 'https://hooks.example/hush\nhush'],
    ['with another field', '{"url":"https://hooks.example/hush","channel":"hush"}'],
    ['with a field that is no text', '{"url":["https://hooks.example/hush"]}'],
    ['empty', ' '],
  ])('refuses a webhook that is %s, saying what is allowed and not what it holds', async (_, text) => {
    await expect(stored(text).secrets.webhookUrl(NAME)).rejects.toThrow(
      expect.objectContaining({
        name: 'ConfigError',
        message: expect.stringMatching(/^(?=.*latchkey\/gitlab)(?=.*\{"url":"https:\/\/…"\})(?!.*hush)/),
      }),
    );
  });

  it.each([
    ['empty', ''],
    ['only space', ' \n'],
    ['no JSON', '{"token":"hush"'],
    ['without the field', '{}'],
    ['with another field', '{"token":"hush","tokne":"hush"}'],
    ['with an empty field', '{"token":""}'],
    ['with a field that is no text', '{"token":5}'],
    ['two lines', 'hush\nhush'],
    ['with a space inside', 'hush hush'],
    ['with a letter no header carries', 'hush\u00fc'],
    ['far too long', 'hush'.repeat(2000)],
  ])('refuses one that is %s, saying what is allowed and not what it holds', async (_, text) => {
    await expect(stored(text).secrets.token(NAME)).rejects.toThrow(
      expect.objectContaining({
        name: 'ConfigError',
        message: expect.stringMatching(/^(?=.*latchkey\/gitlab)(?=.*\{"token":"…"\})(?!.*hush)/),
      }),
    );
  });

  it('refuses an empty previous value instead of accepting empty headers', async () => {
    const { secrets } = stored('{"current":"new","previous":""}');
    await expect(secrets.rotating(NAME)).rejects.toThrow('{"current":"…","previous":"…"}');
  });

  it('refuses a binary secret', async () => {
    aws.on(GetSecretValueCommand).resolves({ SecretBinary: new Uint8Array([1]) });
    const secrets = makeSecrets(new SecretsManagerClient({ region: 'us-east-1' }), new FakeClock());
    await expect(secrets.token(NAME)).rejects.toMatchObject({ name: 'ConfigError' });
  });
});

describe('cache', () => {
  it('reads again after 300 s and not before', async () => {
    const { clock, secrets } = stored('one', 'two');
    expect(await secrets.token(NAME)).toBe('one');
    clock.advance(299_999);
    expect(await secrets.token(NAME)).toBe('one');
    clock.advance(1);
    expect(await secrets.token(NAME)).toBe('two');
    expect(calls()).toBe(2);
  });

  it('reads again when a fresh value is asked for, and keeps it', async () => {
    const { clock, secrets } = stored('one', 'two');
    await secrets.token(NAME);
    clock.advance(1_000);
    expect(await secrets.token(NAME, { fresh: true })).toBe('two');
    expect(await secrets.token(NAME)).toBe('two');
  });

  it('does not turn a flood of refused requests into a flood of reads', async () => {
    const { clock, secrets } = stored('one', 'two');
    await secrets.token(NAME);
    clock.advance(1_000);
    for (let count = 0; count < 50; count++) await secrets.rotating(NAME, { fresh: true });
    expect(calls()).toBe(2);
  });

  it('asks once for callers that come together, and per name', async () => {
    const { secrets } = stored('one', 'two');
    const tokens = [secrets.token(NAME), secrets.token(NAME), secrets.token('latchkey/cloudflare')];
    expect(await Promise.all(tokens)).toEqual(['one', 'one', 'two']);
  });

  it('goes on with the old value while Secrets Manager fails', async () => {
    const { clock, secrets } = stored('one');
    aws.on(GetSecretValueCommand).resolvesOnce({ SecretString: 'one' }).rejects(new Error('down'));
    await secrets.token(NAME);
    clock.advance(300_000);
    expect(await secrets.token(NAME)).toBe('one');
    expect(calls()).toBe(2);
  });

  it('does not go on with the old value when the secret is gone', async () => {
    const { clock, secrets } = stored();
    const gone = new ResourceNotFoundException({ message: '', $metadata: {} });
    aws.on(GetSecretValueCommand).resolvesOnce({ SecretString: 'one' }).rejects(gone);
    await secrets.token(NAME);
    clock.advance(300_000);
    await expect(secrets.token(NAME)).rejects.toMatchObject({ name: 'ConfigError' });
  });

  it('does not remember a failure', async () => {
    const { secrets } = stored();
    aws.on(GetSecretValueCommand).rejectsOnce(new Error('down')).resolves({ SecretString: 'one' });
    await expect(secrets.token(NAME)).rejects.toMatchObject({ name: 'TransientError' });
    expect(await secrets.token(NAME)).toBe('one');
  });
});

describe('failures', () => {
  const details = { message: 'hush', $metadata: {} };
  it.each([
    ['ConfigError', 'does not exist', new ResourceNotFoundException(details)],
    ['ConfigError', 'marked for deletion', new InvalidRequestException(details)],
    ['ConfigError', 'decrypted', new DecryptionFailure(details)],
    [
      'ConfigError',
      'may not read',
      new SecretsManagerServiceException({ ...details, name: 'AccessDeniedException', $fault: 'client' }),
    ],
    [
      'TransientError',
      'could not be read',
      new SecretsManagerServiceException({ ...details, name: 'ThrottlingException', $fault: 'client' }),
    ],
    ['TransientError', 'could not be read', new Error('hush')],
  ])('are a %s that says "%s"', async (name, words, error) => {
    const { secrets } = stored();
    aws.on(GetSecretValueCommand).rejects(error);
    const message = expect.stringMatching(new RegExp(`^(?=.*${NAME})(?=.*${words})(?!.*hush)`));
    await expect(secrets.token(NAME)).rejects.toMatchObject({ name, message });
  });
});
